// The two messages of an NTLM client: NTLMv2 alone, with a MIC, and bound to the TLS connection (MS-NLMP §2.2.1.1, §2.2.1.3, §3.1.5.1).

import { randomBytes } from 'node:crypto';
import { readChallenge } from './challenge.ts';
import { encodeClientChallenge, fileTime } from './client-challenge.ts';
import { checkCredentials, sentDomain, type NtlmCredentials } from './credentials.ts';
import { agreedFlags, isKeyExchanged, offeredFlags } from './negotiate-flags.ts';
import { rc4 } from './rc4.ts';
import { hmacMd5, respondV2, utf16 } from './response.ts';

export { readChallenge, type NtlmChallenge } from './challenge.ts';
export { credentialsOf, type NtlmCredentials } from './credentials.ts';

/** Headers with the Version field, whose bytes stay zero: it serves debugging only. */
const NEGOTIATE_BYTES = 40;
const AUTHENTICATE_BYTES = 88;
/** Places in an AUTHENTICATE_MESSAGE. */
const places = { lm: 12, nt: 20, domain: 28, user: 36, workstation: 44, sessionKey: 52, flags: 60, mic: 72 } as const;

/** The first message, always the same; it names nobody. */
export function negotiateMessage(): Uint8Array {
  const message = header(1, NEGOTIATE_BYTES);
  message.writeUInt32LE(offeredFlags, 12);
  for (const place of [16, 24]) point(message, place, 0, NEGOTIATE_BYTES);
  return message;
}

export interface AuthenticateOptions {
  /** The first message, as it was sent. */
  readonly negotiate: Uint8Array;
  /** The server's answer to it, as it came. */
  readonly challenge: Uint8Array;
  readonly credentials: NtlmCredentials;
  /** Whom the client means to reach, as in `HTTP/print.myq.test`. */
  readonly spn: string;
  /** Application data of this TLS connection, as in `tls-server-end-point:` and the hash of the server's certificate. */
  readonly channelBindings: Uint8Array;
  /** The client's challenge of 8 bytes. Default: random. */
  readonly nonce?: Uint8Array;
  /** Milliseconds since 1970, for a server that tells no time. */
  readonly now?: () => number;
}

/**
 * The last message. Throws ClientError: `ntlm_failed` for a challenge that cannot be answered, `ntlm_no_credentials` for credentials that
 * are none; RangeError for a nonce of another size. The MIC covers all three messages.
 */
export function authenticateMessage(options: AuthenticateOptions): Uint8Array {
  const { negotiate, credentials, spn, channelBindings, nonce = randomBytes(8), now = Date.now } = options;
  if (nonce.length !== 8) throw new RangeError('the nonce must have 8 bytes');
  checkCredentials(credentials);
  const challenge = readChallenge(options.challenge);
  const domain = sentDomain(credentials, challenge.domain);
  const secret = { ...credentials, domain, serverChallenge: challenge.serverChallenge };
  const { nt, key } = respondV2(secret, encodeClientChallenge(challenge, { spn, channelBindings, nonce, time: fileTime(now()) }));
  const flags = agreedFlags(challenge.flags);
  const sessionKey = isKeyExchanged(flags) ? randomBytes(16) : key;
  const { user, workstation = '' } = credentials;
  const message = assemble(flags, [
    [places.domain, utf16(domain)], [places.user, utf16(user)], [places.workstation, utf16(workstation)],
    // An LMv2 response would prove the password without the binding, so that a relay could use it: zeros, whatever the server says.
    [places.lm, Buffer.alloc(24)], [places.nt, nt],
    [places.sessionKey, isKeyExchanged(flags) ? rc4(key, sessionKey) : Buffer.alloc(0)],
  ]);
  message.set(hmacMd5(sessionKey, negotiate, options.challenge, message), places.mic);
  return message;
}

/** The header with the contents behind it, each with its field; the MIC is zeros, as it has to be while it is computed. */
function assemble(flags: number, contents: readonly (readonly [place: number, bytes: Uint8Array])[]): Buffer {
  const head = header(3, AUTHENTICATE_BYTES);
  head.writeUInt32LE(flags, places.flags);
  let offset = head.length;
  for (const [place, { length }] of contents) {
    point(head, place, length, offset);
    offset += length;
  }
  return Buffer.concat([head, ...contents.map(([, bytes]) => bytes)]);
}

/** Signature, type and zeros. */
function header(type: 1 | 3, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.write('NTLMSSP\0', 'latin1');
  bytes.writeUInt32LE(type, 8);
  return bytes;
}

/** Writes Len, MaxLen and BufferOffset. */
function point(message: Buffer, place: number, length: number, offset: number): void {
  message.writeUInt16LE(length, place);
  message.writeUInt16LE(length, place + 2);
  message.writeUInt32LE(offset, place + 4);
}
