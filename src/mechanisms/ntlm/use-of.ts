// What the report is told of a sign-in with NTLM, granted or refused.

import type { NtlmUse } from '../../stores/ntlm-store.ts';
import type { Outcome, StepContext } from '../mechanism.ts';
import { printable } from '../token/printable.ts';
import type { AuthenticateMessage } from './message.ts';
import type { NtlmWrapping } from './token.ts';
import { causeOf, type NtlmSurroundings } from './use.ts';

/** Of a text in the report, in UTF-16 units. */
const MAX_TEXT = 100;

export interface NtlmTried {
  readonly message: AuthenticateMessage;
  readonly wrapping: NtlmWrapping;
  readonly outcome: Outcome;
  readonly context: StepContext;
}

/** Who, from where, to which name, and why. */
export function useOf({ message, wrapping, outcome, context }: NtlmTried, surroundings: NtlmSurroundings): NtlmUse {
  const { domain, user, workstation, hasMic, targetName } = message;
  const target = printable(targetName === undefined ? context.calledAs ?? '' : hostOf(targetName), MAX_TEXT);
  const cause = causeOf({ target, isSchemeNtlm: wrapping === 'ntlm', domain, workstation }, surroundings);
  const who = outcome.kind === 'proved' && outcome.proof.subject.kind === 'principal' ? outcome.proof.subject.principal.canonical : undefined;
  return {
    outcome: who === undefined ? 'refused' : 'granted',
    user: who ?? printable(domain === '' ? user : `${domain}\\${user}`, MAX_TEXT),
    address: context.address,
    workstation: printable(workstation, MAX_TEXT),
    isWorkstationVerified: who !== undefined && hasMic,
    target,
    reason: outcome.kind === 'refused' ? `${outcome.reason} ${cause}` : cause,
  };
}

/** Of the service class, host and port that a target name may have, the host. */
const hostOf = (targetName: string): string => targetName.replace(/^[^/]*\//, '').replace(/:\d+$/, '').toLowerCase();
