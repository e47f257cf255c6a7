// Why no Kerberos token could be made, in words that name what to change: read from the texts of MIT Kerberos and of Windows (SSPI).

import { ClientError, type ClientReason, oneLine } from '../error.ts';

/**
 * @param error what npm kerberos or libgssapi threw when it made a token for this host
 * @returns always a ClientError; what no text tells is `kerberos_failed`, with the text
 */
export function kerberosFailure(error: unknown, host: string): ClientError {
  if (error instanceof ClientError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const known = causes.find(({ pattern }) => pattern.test(text));
  if (known === undefined) return new ClientError('kerberos_failed', `Kerberos fails: ${oneLine(text.trim())}`, { cause: error });
  const withName = (words: string): string => words.replaceAll('HOST', oneLine(host));
  return new ClientError(known.reason, `${withName(known.sentence)} (${oneLine(text.trim())})`, { cause: error, cure: withName(known.cure) });
}

interface Cause {
  readonly pattern: RegExp;
  readonly reason: ClientReason;
  readonly sentence: string;
  readonly cure: string;
}

/** The texts of MIT come from its krb5 and GSSAPI libraries, those of Windows from FormatMessage in English. */
const causes: readonly Cause[] = [
  {
    pattern: /not found in Kerberos database|target is unknown or unreachable|target principal name is incorrect/i,
    reason: 'spn_unknown',
    sentence: 'the domain knows no service HTTP/HOST',
    cure: 'Connect by the name that is registered, or register this one: setspn -S HTTP/HOST ACCOUNT (the account of the gateway).',
  },
  {
    pattern: /clock skew|time skew|clocks on the client and server/i,
    reason: 'clock_skew',
    sentence: 'the clock of this computer is not that of the domain',
    cure: 'Set the clock of this computer.',
  },
  {
    pattern: /ticket expired|credentials? (?:have |has |cache )?expired|context has expired|no longer valid/i,
    reason: 'ticket_expired',
    sentence: 'the Kerberos tickets have expired',
    cure: 'Lock and unlock the session, or run kinit.',
  },
  {
    pattern: /contact any KDC|cannot (?:find|locate) (?:KDC|default realm|realm)|network address for KDC|no authority could be contacted/i,
    reason: 'kdc_unreachable',
    sentence: 'no domain controller can be reached',
    cure: 'Check the network (VPN) and the DNS of this computer.',
  },
  {
    pattern: /no Kerberos credentials available|no credentials (?:cache|are available|were supplied)|credentials cache .*(?:not found|empty)|matching credential not found|no such file or directory/i,
    reason: 'no_ticket',
    sentence: 'there is no ticket of a domain here',
    cure: 'Sign in to the computer with a domain account, or run kinit.',
  },
];
