// The domain's "no" to an NTLM answer (MS-ERREF §2.3.1): as a reason, and in words for the log.

import type { RefusalReason } from '../../identity/refusal.ts';
import { printable } from '../token/printable.ts';

/** Why, and what mends it. Strangers read the same sentence for all that concern an account. */
export interface RefusedStatus {
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly cure?: string;
}

const details: Readonly<Record<string, readonly [detail: string, cure?: string]>> = {
  NT_STATUS_LOGON_FAILURE: ['the password is wrong, or the domain has no such user'],
  NT_STATUS_WRONG_PASSWORD: ['the password is wrong'],
  NT_STATUS_NO_SUCH_USER: ['the domain has no such user'],
  NT_STATUS_NOT_FOUND: ['the domain has no such user'],
  NT_STATUS_ACCOUNT_DISABLED: ['the account is disabled', 'enable it in the domain'],
  NT_STATUS_ACCOUNT_LOCKED_OUT: ['the domain has locked the account', 'unlock it in the domain'],
  NT_STATUS_ACCOUNT_EXPIRED: ['the account has expired'],
  NT_STATUS_ACCOUNT_RESTRICTION: ['the domain forbids this sign-in: the user may be in Protected Users, which have no NTLM', 'let him use Kerberos'],
  NT_STATUS_PASSWORD_EXPIRED: ['the password has expired'],
  NT_STATUS_PASSWORD_MUST_CHANGE: ['the password must be changed first'],
  NT_STATUS_INVALID_LOGON_HOURS: ['the user may not sign in at this time'],
  NT_STATUS_INVALID_WORKSTATION: ['the user may not sign in from this workstation'],
  NT_STATUS_LOGON_TYPE_NOT_GRANTED: ['the user may not sign in over the network'],
  NT_STATUS_NTLM_BLOCKED: ['the domain itself blocks NTLM', 'set [Security] KerberosOnly=True'],
};

/** The status as ntlm_auth spells it. */
export function explainStatus(status: string): RefusedStatus {
  if (status === 'NT_STATUS_INVALID_PARAMETER') {
    return { reason: 'ntlm_altered', detail: 'the message does not answer the challenge, or its MIC is wrong: it was replayed or changed on its way' };
  }
  if (status === 'NT_STATUS_ACCESS_DENIED') {
    return { reason: 'ntlm_altered', detail: 'the signature under the list of mechanisms that the client offered is wrong: the list was changed on its way' };
  }
  const [detail, cure] = details[status] ?? ['the domain refused it'];
  return { reason: 'wrong_secret', detail: `${detail} (${printable(status)})`, ...(cure === undefined ? {} : { cure }) };
}
