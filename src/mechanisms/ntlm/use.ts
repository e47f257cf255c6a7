// Why a client came with NTLM instead of a Kerberos ticket, as far as can be told, and what mends it.

import { isIP } from 'node:net';
import type { SpnState } from '../../identity/account.ts';

/** A code for the report and the log. */
export type NtlmCause = 'address_used' | 'other_name' | 'local_account' | 'spn_missing' | 'ntlm_chosen' | 'no_ticket';

/** What is known of the try. */
export interface NtlmTry {
  /** The host that the client called, without port; empty if it does not say. */
  readonly target: string;
  /** Whether it came under the scheme `NTLM`, though `Negotiate` was offered, too. */
  readonly isSchemeNtlm: boolean;
  /** The domain and workstation that its message names; empty before there is one. */
  readonly domain: string;
  readonly workstation: string;
}

export interface NtlmSurroundings {
  /** `[Server] Hostname`, in lower case. */
  readonly hostname: string;
  /** Whether the domain has HTTP/<Hostname>. */
  readonly spnState: () => SpnState;
}

/** The likeliest cause: what the client did comes before what the domain lacks. */
export function causeOf({ target, isSchemeNtlm, domain, workstation }: NtlmTry, { hostname, spnState }: NtlmSurroundings): NtlmCause {
  const called = target.toLowerCase().replace(/\.$/, '');
  if (isIP(called.replace(/^\[(.*)\]$/, '$1')) !== 0) return 'address_used';
  if (called !== '' && called !== hostname) return 'other_name';
  if (workstation !== '' && domain.toLowerCase() === workstation.toLowerCase()) return 'local_account';
  if (spnState().kind === 'missing') return 'spn_missing';
  return isSchemeNtlm ? 'ntlm_chosen' : 'no_ticket';
}

const sentences: Readonly<Record<NtlmCause, string>> = {
  address_used: 'the client used an IP address, for which there are no tickets',
  other_name: 'the client used another name than [Server] Hostname',
  local_account: 'the client is signed in with an account of its own machine, which is not in the domain',
  spn_missing: 'the domain has no such SPN',
  ntlm_chosen: 'the client is set to NTLM',
  no_ticket: 'the client used the right name and got no ticket: its machine is not in the domain, or reaches no domain controller, or the SPN is missing',
};

/** In words, for the log and the report. */
export const causeSentence = (cause: NtlmCause): string => sentences[cause];

/** What an admin, or the one who set up the client, can do. */
export function causeCure(cause: NtlmCause, { hostname, spnState }: NtlmSurroundings): string {
  const spn = `HTTP/${hostname}`;
  const state = spnState();
  const register = `register the SPN: setspn -S ${spn} <ACCOUNT>, where <ACCOUNT> is the one whose key is in the keytab`;
  switch (cause) {
    case 'address_used':
      return `let the client use https://${hostname}`;
    case 'other_name':
      return `let the client use https://${hostname}, or register the name it uses too: setspn -S HTTP/<NAME> <ACCOUNT>, with its key in the keytab`;
    case 'local_account':
      return 'join the machine to the domain, or let its user sign in with his domain account';
    case 'spn_missing':
      return register;
    case 'ntlm_chosen':
      return 'let the client use Negotiate (curl --negotiate instead of --ntlm)';
    case 'no_ticket':
      return state.kind === 'registered' ? `${spn} is registered on ${state.account}: see that the machine is in the domain and reaches a domain controller (klist get ${spn})`
        : `see that the SPN is there (setspn -Q ${spn}); if not, ${register}; else see that the machine is in the domain (klist get ${spn})`;
  }
}
