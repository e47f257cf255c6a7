// The single try of an open circuit, made by the gateway itself, so that an outage does not stay named until somebody signs in.

import type { DomainProbe } from './domain-probe.ts';
import type { NtlmExchange } from './exchange.ts';
import { caught, unavailable, type Finding } from './findings.ts';

/** The least NEGOTIATE_MESSAGE (MS-NLMP §2.2.1.1): Unicode, NTLM, and extended session security. */
const NEGOTIATE = Buffer.concat([Buffer.from('NTLMSSP\0\x01\0\0\0\x05\x82\x08\0', 'latin1'), Buffer.alloc(16)]);

/** Gives a helper a first message; undefined if none gets free in time. */
export type BeginOwn = (token: Uint8Array) => Promise<Finding<NtlmExchange> | undefined>;

/** Shows "well" if winbindd says so of the domain and of the rights of this account, and a helper gives a challenge. */
export async function ownTry(domain: DomainProbe, begin: BeginOwn): Promise<Finding<undefined>> {
  const state = await domain.look(0);
  if (state.kind === 'out') return { shows: 'out', error: unavailable(state.detail) };
  const finding = state.kind === 'well' && state.note === undefined ? await begin(NEGOTIATE).catch(caught('out')) : undefined;
  if (finding === undefined) return { shows: 'nothing', value: undefined };
  if ('error' in finding) return finding;
  finding.value[Symbol.dispose]();
  return { shows: 'well', value: undefined };
}
