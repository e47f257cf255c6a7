// A pool of helpers over programs that fail as a test wants, and a clock that goes forward when told.

import { existsSync, readFileSync } from 'node:fs';
import type { Test } from 'tap';
import { openNtlmHelpers, type NtlmExchange, type NtlmHelperOptions, type NtlmHelpers } from '../../../src/mechanisms/ntlm/helpers.ts';
import { fakeSamba, type FakeSamba } from './fake-samba.ts';

export const ADDRESS = '192.0.2.1';
/** For `domain`: no domain controller can be found. */
export const OUT = 'echo "failed to call wbcPingDc: WBC_ERR_DOMAIN_NOT_FOUND" >&2; [ "$1" = --ping ]';
export const bytes = (text: string): Uint8Array => Buffer.from(text);

/** The same, but it is an error if no helper gets free. */
export interface FreeHelpers extends NtlmHelpers {
  begin(token: Uint8Array, address: string): Promise<NtlmExchange>;
}

/** Throws an Error with the message "busy" from `begin`. */
export function freeHelpers(helpers: NtlmHelpers): FreeHelpers {
  return {
    begin: async (token, address) => {
      const exchange = await helpers.begin(token, address);
      if (exchange === undefined) throw new Error('busy');
      return exchange;
    },
    health: () => helpers.health(),
    get running() { return helpers.running; },
    close: () => helpers.close(),
  };
}

export interface Site {
  readonly helpers: FreeHelpers;
  readonly samba: FakeSamba;
  readonly warnings: readonly string[];
  /** Puts the clock forward by milliseconds; what really passes counts as well. */
  forward(milliseconds: number): void;
  /** A whole sign-in. */
  signIn(user: string): ReturnType<NtlmExchange['answer']>;
  /** How often wbinfo was asked what. */
  readonly looks: readonly string[];
  /** What wbinfo does from now on; it is counted. */
  domain(script: string): void;
}

/** Opens the pool, with two helpers at most. */
export function site(t: Test, options: Partial<NtlmHelperOptions> = {}): Site {
  const samba = fakeSamba(t);
  const warnings: string[] = [];
  let ahead = 0;
  const helpers = freeHelpers(openNtlmHelpers({
    path: samba.path, limit: 2, warn: (message) => { warnings.push(message); }, now: () => performance.now() + ahead, ...options,
  }));
  t.teardown(() => helpers.close());
  const log = `${samba.directory}/looks`;
  const domain = (script: string): void => { samba.wbinfo(`echo "$1" >> '${log}'\n${script}`); };
  domain('exit 0');
  return {
    helpers, samba, warnings, domain,
    forward: (milliseconds) => { ahead += milliseconds; },
    signIn: async (user) => (await helpers.begin(bytes('first'), ADDRESS)).answer(bytes(user)),
    get looks() { return existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []; },
  };
}

/** Fails at once, or after `most` milliseconds, as an outage whose detail is so. */
export async function fails(t: Test, trying: Promise<unknown>, detail: RegExp, most = 1500): Promise<void> {
  const begun = performance.now();
  await t.rejects(trying, { name: 'UnavailableError', statusCode: 503, detail });
  const took = performance.now() - begun;
  t.ok(took < most, `${String(Math.round(took))} ms`);
}

/** Opens the circuit by three outages. */
export async function out(t: Test, { samba, signIn }: Site): Promise<void> {
  samba.plan({ KK: 'BH NT_STATUS_UNSUCCESSFUL * NT_STATUS_UNSUCCESSFUL\n' });
  for (let n = 0; n < 3; n++) await fails(t, signIn('alice'), /NT_STATUS_UNSUCCESSFUL/);
}
