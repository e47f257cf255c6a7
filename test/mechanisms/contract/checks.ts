// What the contract of mechanisms demands of an outcome: that it is the right proof, or surely none.

import type { Test } from 'tap';
import { refusalReasons } from '../../../src/identity/refusal.ts';
import { subjectName } from '../../../src/identity/subject.ts';
import type { Outcome } from '../../../src/mechanisms/mechanism.ts';

/** A proof of the person with this canonical name. */
export function isProved(t: Test, outcome: Outcome, user: string): void {
  t.equal(outcome.kind === 'proved' ? subjectName(outcome.proof.subject) : JSON.stringify(outcome), user);
}

/** A refusal with a known reason and a detail that is fit for a log, in which nothing of what was sent can be read. */
export function isRefused(t: Test, outcome: Outcome, sent: readonly Uint8Array[], what: string): void {
  if (outcome.kind !== 'refused') return void t.fail(`${what}: ${outcome.kind}`);
  t.ok(Object.hasOwn(refusalReasons, outcome.reason), `${what}: ${outcome.reason}`);
  t.ok(outcome.detail.length > 0 && outcome.detail.length < 2000, `${what}: ${outcome.detail.slice(0, 80)}`);
  t.notOk(/[\p{Cc}\p{Bidi_Control}]/u.test(outcome.detail + (outcome.cure ?? '')), `${what}: nothing raw in the detail or the cure`);
  t.notOk(holds(JSON.stringify(outcome), sent), `${what}: the outcome does not hold the credential`);
}

/** Refused, or passed over as if the handshake began now. */
export function isNotProved(t: Test, outcome: Outcome): void {
  t.ok(outcome.kind === 'refused' || outcome.kind === 'continue', outcome.kind);
  if (outcome.kind === 'continue') outcome.leg[Symbol.dispose]();
}

/** True if 18 bytes of what was sent (or all, if it is shorter), on some border, can be read in the text: as they are, as base64 or hex. */
export function holds(text: string, sent: readonly Uint8Array[]): boolean {
  const lower = text.toLowerCase();
  return sent.some((bytes) => {
    const size = Math.min(18, bytes.length);
    for (let at = 0; at + size <= bytes.length; at += size || 1) {
      const piece = Buffer.from(bytes.subarray(at, at + size));
      const seen = [piece.toString('base64'), piece.toString('latin1')].some((words) => text.includes(words)) || lower.includes(piece.toString('hex'));
      // A run of one byte may be in any text.
      if (new Set(piece).size > 4 && seen) return true;
    }
    return false;
  });
}
