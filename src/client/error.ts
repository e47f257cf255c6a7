// What can go wrong on the client's side: each failure has a reason to program against, a sentence, and where there is one a cure.

/** Reasons of this client, by what they are about. The server's own reasons (docs/errors.md) come as `refused`, with `server.reason`. */
export const clientReasons = [
  // the connection
  'address_invalid', 'authorities_unusable', 'unreachable', 'tls_failed', 'not_a_gateway', 'timed_out', 'cancelled',
  'certificate_untrusted', 'certificate_declined', 'certificate_not_asked', 'certificate_changed',
  // files of this client
  'store_damaged', 'store_unusable',
  // Kerberos
  'kerberos_unavailable', 'address_not_fqdn', 'no_ticket', 'ticket_expired', 'spn_unknown', 'kdc_unreachable', 'clock_skew', 'kerberos_failed',
  'server_not_proved', 'channel_binding_unavailable', 'channel_binding_refused',
  // NTLM
  'ntlm_not_allowed', 'ntlm_no_credentials', 'ntlm_not_offered', 'ntlm_failed',
  // Entra ID
  'entra_not_configured', 'msal_unavailable', 'broker_unavailable', 'entra_interaction_required', 'entra_failed',
  // the browser
  'browser_not_opened', 'browser_refused', 'browser_answer_invalid',
  // the tokens
  'switched_off', 'refused', 'sign_in_required', 'signed_out',
] as const;

export type ClientReason = (typeof clientReasons)[number];

/** What the server answered instead of a token (its one error object). */
export interface ServerRefusal {
  readonly status: number;
  /** As in `invalid_grant`. */
  readonly error: string;
  /** The server's stable reason, as in `spn_not_in_keytab`; undefined if it tells none. */
  readonly reason: string | undefined;
}

export interface ClientErrorOptions {
  /** What to do about it, in one sentence. */
  readonly cure?: string | undefined;
  readonly server?: ServerRefusal | undefined;
  readonly cause?: unknown;
}

/** A failure of a sign-in or of what comes after it. The message is one line; bytes of others in it are escaped. */
export class ClientError extends Error {
  readonly reason: ClientReason;
  readonly cure: string | undefined;
  readonly server: ServerRefusal | undefined;

  constructor(reason: ClientReason, message: string, { cure, server, cause }: ClientErrorOptions = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = 'ClientError';
    this.reason = reason;
    this.cure = cure;
    this.server = server;
  }
}

/** Failures after which no other way in may be tried: the server is perhaps another one, or the user has ended it. */
const final: ReadonlySet<ClientReason> = new Set([
  'address_invalid', 'authorities_unusable', 'unreachable', 'tls_failed', 'not_a_gateway', 'cancelled', 'certificate_untrusted', 'certificate_declined', 'certificate_not_asked',
  'certificate_changed', 'store_damaged', 'store_unusable', 'server_not_proved', 'channel_binding_refused',
]);

/** Whether the next way in may be tried after this failure. */
export const mayTryNext = (error: ClientError): boolean => !final.has(error.reason);

/** Text of others as one printable line: control characters and whatever could disguise them are escaped. */
export function oneLine(text: string, limit = 300): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  return line.length <= limit ? line : `${line.slice(0, limit)}…`;
}
