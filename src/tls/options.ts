// The TLS settings of the HTTPS server: TLS 1.2 and 1.3, ECDHE with AEAD only (RFC 9325 §4.2).
import { constants } from 'node:crypto';
import type { ServerOptions } from 'node:https';

/** The lowest version a client may use; nothing older than 1.2 can be asked for. */
export type MinimumTlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface TlsServerSettings {
  readonly certificatePem: string | Buffer;
  readonly privateKeyPem: string | Buffer;
  readonly minimumVersion: MinimumTlsVersion;
}

/** Headers up to 64 KiB: the ticket of a user in many groups alone takes 15 KB and more. */
export const maximumHeaderSize = 64 * 1024;

const ciphers = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/**
 * The part of `https.createServer`'s options that concerns TLS, and the header limit that must be given with it.
 *
 * ALPN offers HTTP/1.1 only: Negotiate signs in a connection, which HTTP/2 shares among requests (RFC 9113 §9.2, RFC 4559 §6).
 */
export function tlsServerOptions(settings: TlsServerSettings) {
  return {
    cert: settings.certificatePem,
    key: settings.privateKeyPem,
    minVersion: settings.minimumVersion,
    maxVersion: 'TLSv1.3',
    ciphers,
    honorCipherOrder: true,
    // Only elliptic curves: TLS 1.3 would take finite fields, too.
    ecdhCurve: 'X25519:P-256:P-384:P-521',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: 10_000,
    maxHeaderSize: maximumHeaderSize,
  } satisfies ServerOptions;
}
