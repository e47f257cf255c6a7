// Every reason for which a credential is refused: a stable code, its class, and the one public sentence it may say.

/**
 * What a refusal means for the client; the HTTP layer turns it into a status:
 * `credential` try again with a better one · `person` proved, but not allowed · `malformed` mend the request ·
 * `too-large` · `id-token` an ID token that will not do · `microsoft` no sign-in came back from Microsoft ·
 * `unavailable` the gateway's own side is broken.
 */
export type RefusalClass = 'credential' | 'person' | 'malformed' | 'too-large' | 'id-token' | 'microsoft' | 'unavailable';

interface ReasonText {
  readonly class: RefusalClass;
  readonly sentence: string;
}

/** Wrong, unknown, locked and disabled read the same, so that nobody learns from the answer which of them it was. */
export const SECRET_REFUSED = 'The name, password, PIN or card is not right, or sign-in is paused; try again in some minutes.';

const reasons = {
  keytab_unusable: {
    class: 'unavailable',
    sentence: 'The gateway cannot use its Kerberos keytab. Its log tells the administrator what to do.',
  },
  spn_not_in_keytab: {
    class: 'credential',
    sentence: 'The ticket is for a service name that this gateway has no key for. Use the host name that the administrator registered.',
  },
  kvno_mismatch: {
    class: 'credential',
    sentence: 'The ticket was made with another version of the service key than the gateway has. The keytab must be renewed, or the client needs a new ticket.',
  },
  key_mismatch: {
    class: 'credential',
    sentence: 'The gateway has a key for this service, but it does not open the ticket. The keytab must be renewed.',
  },
  enctype_missing: {
    class: 'credential',
    sentence: 'The ticket uses an encryption type that the gateway has no key for.',
  },
  rc4_refused: {
    class: 'credential',
    sentence: 'The ticket uses RC4 or an even weaker cipher, which this gateway does not accept. The service account must use AES.',
  },
  clock_skew: {
    class: 'credential',
    sentence: 'The clocks of the client and the gateway differ by too much.',
  },
  ticket_expired: { class: 'credential', sentence: 'The ticket has expired.' },
  ticket_not_yet_valid: { class: 'credential', sentence: 'The ticket is not valid yet. A clock is wrong.' },
  replay: { class: 'credential', sentence: 'This token was used before. Every sign-in needs a new one.' },
  channel_binding_mismatch: {
    class: 'credential',
    sentence: 'The token was made for another TLS connection. Something between the client and the gateway ends TLS.',
  },
  channel_binding_required: {
    class: 'credential',
    sentence: 'This gateway demands channel binding (Extended Protection), and the token carries none.',
  },
  mechanism_not_allowed: { class: 'credential', sentence: 'This gateway does not take that authentication mechanism. It takes Kerberos.' },
  ntlm_disabled: {
    class: 'credential',
    sentence: 'The client sent NTLM, which this gateway does not take. Use the fully qualified host name, so that Kerberos can be used.',
  },
  ntlmv1_refused: {
    class: 'credential',
    sentence: 'The client sent NTLM version 1 or LM, which can be cracked. It must use Kerberos, or NTLM version 2.',
  },
  ntlm_altered: {
    class: 'credential',
    sentence: 'The NTLM message does not answer the challenge of this sign-in, or was changed on its way.',
  },
  malformed_token: { class: 'malformed', sentence: 'The token is not a valid Negotiate token.' },
  token_too_large: { class: 'too-large', sentence: 'The token is larger than 64 KiB.' },
  handshake_unknown: {
    class: 'credential',
    sentence: 'The token continues a handshake that is not open on this connection. All legs must come on one connection.',
  },
  handshake_limit: { class: 'unavailable', sentence: 'Too many sign-ins are half done. Try again in a few seconds.' },
  id_token_malformed: { class: 'id-token', sentence: 'The token is not a valid ID token of Microsoft Entra ID.' },
  id_token_too_large: { class: 'id-token', sentence: 'The token is larger than 16 KiB.' },
  id_token_algorithm: { class: 'id-token', sentence: 'The token is not signed with RS256.' },
  id_token_header: { class: 'id-token', sentence: 'The header of the token names keys or extensions of its own, which are never used here.' },
  id_token_key_unknown: { class: 'id-token', sentence: 'The token is signed with a key that Microsoft does not publish, or not any more.' },
  id_token_signature: { class: 'id-token', sentence: 'The signature of the token is wrong.' },
  id_token_version: { class: 'id-token', sentence: 'The token is not of version 2.0 of the Microsoft identity platform.' },
  id_token_issuer: { class: 'id-token', sentence: 'The issuer of the token is not that of its tenant.' },
  id_token_audience: { class: 'id-token', sentence: 'The token was made out to another application.' },
  id_token_expired: { class: 'id-token', sentence: 'The token has expired. Get a new one.' },
  id_token_not_yet_valid: { class: 'id-token', sentence: 'The token is not valid yet. A clock is wrong.' },
  id_token_too_old: { class: 'id-token', sentence: 'The token was issued too long ago for this gateway. Get a new one.' },
  id_token_nonce: { class: 'id-token', sentence: 'The token does not carry the nonce of the request.' },
  id_token_replay: { class: 'id-token', sentence: 'The token was used before. Get a new one.' },
  not_an_id_token: { class: 'id-token', sentence: 'This is an access token. Send the ID token.' },
  app_only_token: { class: 'id-token', sentence: 'The token is that of an application, and not of a person.' },
  tenant_not_allowed: { class: 'id-token', sentence: 'People of this tenant may not sign in here.' },
  personal_account: { class: 'id-token', sentence: 'Personal Microsoft accounts cannot sign in here. Use your work or school account.' },
  guest_account: { class: 'id-token', sentence: 'Guests of the tenant may not sign in here.' },
  acrs_missing: { class: 'id-token', sentence: 'This gateway demands a sign-in that fulfils further conditions of your organisation.' },
  groups_unknown: {
    class: 'unavailable',
    sentence: 'The token does not tell the groups that you are in, and the gateway may not ask for them. Its log tells the administrator what to do.',
  },
  graph_not_permitted: {
    class: 'unavailable',
    sentence: 'The gateway may not ask Microsoft Graph for your user name. Its log tells the administrator what to do.',
  },
  microsoft_refused: { class: 'microsoft', sentence: 'Microsoft did not sign you in.' },
  microsoft_cancelled: { class: 'microsoft', sentence: 'The sign-in with Microsoft was cancelled.' },
  microsoft_not_assigned: { class: 'microsoft', sentence: 'Your organisation has not given your account access to this print service.' },
  microsoft_conditions: { class: 'microsoft', sentence: 'Your organisation does not allow this sign-in, because of the device, the place or a missing second factor.' },
  microsoft_misconfigured: {
    class: 'unavailable',
    sentence: 'Sign-in with Microsoft is not set up rightly here. The log of the gateway tells the administrator what to do.',
  },
  microsoft_flow: { class: 'microsoft', sentence: 'This sign-in with Microsoft was not begun in this browser, or took too long. Start again.' },
  wrong_secret: { class: 'credential', sentence: SECRET_REFUSED },
  sign_in_paused: { class: 'credential', sentence: SECRET_REFUSED },
  realm_not_allowed: { class: 'person', sentence: 'Users of this Kerberos realm may not sign in here.' },
  unknown_user: { class: 'person', sentence: 'Your organisation knows you, but this print service does not.' },
  user_disabled: { class: 'person', sentence: 'Your account at this print service is disabled.' },
  not_a_person: { class: 'person', sentence: 'Machine accounts, services and administrative instances cannot sign in here.' },
  sign_in_ended: { class: 'person', sentence: 'Your sign-in has ended. Sign in again.' },
  backend_unavailable: { class: 'unavailable', sentence: 'The gateway cannot check sign-ins right now. Try again in a moment.' },
} as const satisfies Readonly<Record<string, ReasonText>>;

/** The stable code of a refusal; the error answer carries it as `reason` and the log as `reason`. */
export type RefusalReason = keyof typeof reasons;

/** All reasons, for documentation and for tests. */
export const refusalReasons: Readonly<Record<RefusalReason, ReasonText>> = reasons;

/** An ordinary "no", returned and never thrown. */
export interface Refusal {
  readonly kind: 'refused';
  readonly reason: RefusalReason;
  /** For the log: what was seen and what was expected. Untrusted text in it is already escaped. */
  readonly detail: string;
  /** For the log: the one command or setting that mends it, where one is known. */
  readonly cure?: string;
  /** For the log: the canonical name of whom the proof was, where there was one. */
  readonly user?: string;
}

/** Builds a refusal. */
export function refused(reason: RefusalReason, detail: string, cure?: string, user?: string): Refusal {
  return { kind: 'refused', reason, detail, ...(cure === undefined ? {} : { cure }), ...(user === undefined ? {} : { user }) };
}
