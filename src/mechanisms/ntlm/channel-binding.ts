// Ties an NTLM sign-in to its TLS connection, so that a relay through another certificate is found out (MS-NLMP §3.1.5.1.2).

import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthenticateMessage } from './message.ts';

/** Initiator and acceptor addresses, type and length each, are zero; the length of the application data follows (RFC 2744 §3.11). */
const ADDRESSES_BYTES = 16;

/**
 * The value that MsvAvChannelBindings must have: the MD5 hash of a gss_channel_bindings_struct, 16 bytes.
 * @param tlsServerEndPoint  its application data with the prefix `tls-server-end-point:`, as in `StepContext.channelBindings`
 */
export function bindingsHash(tlsServerEndPoint: Uint8Array): Uint8Array {
  const head = Buffer.alloc(ADDRESSES_BYTES + 4);
  head.writeUInt32LE(tlsServerEndPoint.length, ADDRESSES_BYTES);
  return createHash('md5').update(head).update(tlsServerEndPoint).digest();
}

export type BindingMatch = 'match' | 'mismatch' | 'unbound';

/**
 * Compares what the client bound its response to with this connection, in constant time. Believe it only when the domain accepted the very
 * response that the pair stands in, which `eraseLmResponse` sees to.
 *
 * @param expected  from `bindingsHash`; undefined when this connection has no binding, to which then nobody is bound
 */
export function compareBindings(
  { channelBindings }: Pick<AuthenticateMessage, 'channelBindings'>, expected: Uint8Array | undefined,
): BindingMatch {
  if (channelBindings === undefined || expected === undefined) return 'unbound';
  return timingSafeEqual(channelBindings, expected) ? 'match' : 'mismatch';
}
