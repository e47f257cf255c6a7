// Whether NTLM can be switched off: who came with it in a period, why, and what each of them needs instead.

import { causeCure, causeSentence, type NtlmCause, type NtlmSurroundings } from '../mechanisms/ntlm/use.ts';
import type { NtlmUseRecord, NtlmUses } from '../stores/ntlm-store.ts';

/** One who needs something before he can do without NTLM: a user at a workstation, or at an address if it has no name, for one cause. */
export interface Need {
  /** Empty where NTLM is off: no message is read then. */
  readonly user: string;
  /** The most recent one. */
  readonly address: string;
  readonly workstation: string;
  /** Whether the workstation is more than the client's word. */
  readonly verified: boolean;
  /** A code of mechanisms/ntlm/use.ts. */
  readonly cause: string;
  /** What mends it. */
  readonly need: string;
  /** Why he came with NTLM, in words. */
  readonly sentence: string;
  /** How he called the gateway, most recently. */
  readonly target: string;
}

/** `safe` is null where it is not known. */
export interface Verdict {
  readonly safe: boolean | null;
  readonly needs: readonly Need[];
  /** Clients of NTLM version 1: they are refused now, and so they would be. */
  readonly broken: readonly Need[];
  /** How many further tries were refused, by reason. They speak neither for nor against it: whoever it was did not get in. */
  readonly otherRefused: ReadonlyMap<string, number>;
}

const causes: Readonly<Record<NtlmCause, true>> = {
  address_used: true, other_name: true, local_account: true, spn_missing: true, ntlm_chosen: true, no_ticket: true,
};

const isCause = (word: string): word is NtlmCause => Object.hasOwn(causes, word);

/** @param since seconds since the epoch */
export function judgeNtlm(found: NtlmUses, since: number, around: NtlmSurroundings): Verdict {
  const of = (reason: string): readonly NtlmUseRecord[] =>
    found.uses.filter((use) => use.outcome === 'refused' && refusalOf(use) === reason);
  const granted = found.uses.filter(({ outcome }) => outcome === 'granted');
  // Where NTLM was off these would have been sign-ins: nobody knows of whom.
  const needs = needsOf([...granted, ...of('ntlm_disabled')].sort((a, b) => b.lastAt - a.lastAt), around);
  const broken = needsOf(of('ntlmv1_refused'), around).map((need) => ({
    ...need, need: `set LmCompatibilityLevel to 3 or more on the client; to do without NTLM: ${need.need}`,
  }));
  const inPeriod = (outcome: NtlmUseRecord['outcome']): boolean => found.unlisted[outcome].count > 0 && found.unlisted[outcome].lastAt >= since;
  const isWatched = found.watchedSince !== undefined && found.watchedSince <= since;
  const safe = needs.length > 0 || inPeriod('granted') ? false : isWatched && !inPeriod('refused') ? true : null;
  return { safe, needs, broken, otherRefused: otherRefused(found.uses) };
}

/** The reason of the refusal, before the cause. */
const refusalOf = ({ reason }: NtlmUseRecord): string => reason.split(' ', 1)[0] ?? '';

/** Why NTLM: of a refused try it stands behind the reason of the refusal. */
const causeIn = ({ reason }: NtlmUseRecord): string => reason.slice(reason.lastIndexOf(' ') + 1);

/** @param uses the most recent first */
function needsOf(uses: readonly NtlmUseRecord[], around: NtlmSurroundings): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const use of uses) {
    const { user, address, workstation, isWorkstationVerified: verified, target } = use;
    const cause = causeIn(use);
    const key = JSON.stringify([user, ...(workstation === '' ? [address] : [workstation, verified]), cause]);
    if (!needs.has(key)) needs.set(key, { user, address, workstation, verified, cause, target, ...told(cause, around) });
  }
  return [...needs.values()];
}

/** A directory may know by now what was not known when it was counted. */
function told(counted: string, around: NtlmSurroundings): Pick<Need, 'sentence' | 'need'> {
  const cause = counted === 'no_ticket' && around.spnState().kind === 'missing' ? 'spn_missing' : counted;
  if (isCause(cause)) return { sentence: causeSentence(cause), need: causeCure(cause, around) };
  return { sentence: `the reason is ${cause}, which this version does not know`, need: 'use the version that counted it' };
}

function otherRefused(uses: readonly NtlmUseRecord[]): Verdict['otherRefused'] {
  const counts = new Map<string, number>();
  for (const use of uses) {
    const reason = refusalOf(use);
    if (use.outcome === 'granted' || ['ntlm_disabled', 'ntlmv1_refused'].includes(reason)) continue;
    counts.set(reason, (counts.get(reason) ?? 0) + use.count);
  }
  return counts;
}
