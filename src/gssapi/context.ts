// What both halves of a handshake share: the flags of a security context and the channel bindings given to a call.
import { InputBuffer } from './memory.ts';

/** Services of a security context (RFC 2744 §5.19); channelBound is MIT's: the peer sent the bindings that we gave. */
export const Flag = {
  mutual: 2,
  replay: 4,
  sequence: 8,
  confidentiality: 16,
  integrity: 32,
  anonymous: 64,
  channelBound: 0x800,
} as const;

// gss_channel_bindings_struct (RFC 2744 §3.11): two address families, each with a gss_buffer_desc (six words, unused and zero),
// then the application data of RFC 5929 §4.
const struct = new BigUint64Array(8);
const applicationData = new InputBuffer(256, struct.subarray(6));

/** The struct for one call, or null (GSS_C_NO_CHANNEL_BINDINGS). It is the same memory each time: fill it right before the call. */
export function channelBindings(data: Uint8Array | undefined): BigUint64Array | null {
  if (data === undefined) return null;
  applicationData.set(data);
  return struct;
}
