// What all NTLM messages have in common: signature, type, and fields that point into the message (MS-NLMP §2.2, §2.2.1).

/** The bytes are not the NTLM message they must be. The text holds nothing from them, so it may be logged. */
export class NtlmError extends RangeError {
  override readonly name = 'NtlmError';
}

/** Far above what a real message has (Windows: under 1 KiB), far below what would cost anything. */
export const MAX_MESSAGE_BYTES = 16 * 1024;
/** UTF-16 units of a name. Windows allows 20 for an account, 256 for a user principal name, 255 for a domain. */
export const MAX_NAME_LENGTH = 256;

/** NegotiateFlags that matter here (MS-NLMP §2.2.2.5). */
export const negotiateFlags = {
  unicode: 0x1, oem: 0x2, anonymous: 0x800, domainSupplied: 0x1000, workstationSupplied: 0x2000, extendedSessionSecurity: 0x8_0000,
} as const;

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');

/**
 * A view of the message, once its signature, type and size are seen to be right.
 * @throws NtlmError
 */
export function openMessage(bytes: Uint8Array, type: 1 | 3, leastBytes: number): DataView {
  if (bytes.length > MAX_MESSAGE_BYTES) throw new NtlmError('NTLM message larger than 16 KiB');
  if (!SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length))) throw new NtlmError('NTLM message without its signature');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || view.getUint32(8, true) !== type) throw new NtlmError(`NTLM message of another type than ${type}`);
  if (bytes.length < leastBytes) throw new NtlmError('NTLM message cut short in its header');
  return view;
}

/** The fields of one message: reads each once, and sees to it that no two share a byte. */
export interface FieldReader {
  /** The content of the field whose Len, MaxLen and BufferOffset stand at `at` (a view, not a copy); empty whatever its offset. */
  read(at: number, what: string): Uint8Array;
  /** Where the first content so far starts: nothing in the header can be there. The message's length, if there is none. */
  readonly start: number;
}

/** Fields of this message. All contents lie behind the first `headerBytes` and within the message; `read` throws NtlmError if not. */
export function fieldReader(view: DataView, headerBytes: number): FieldReader {
  const taken: { readonly from: number; readonly to: number }[] = [];
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return {
    read: (at, what) => {
      const [length, capacity, from] = [view.getUint16(at, true), view.getUint16(at + 2, true), view.getUint32(at + 4, true)];
      if (capacity < length) throw new NtlmError(`NTLM ${what} longer than its own limit`);
      if (length === 0) return bytes.subarray(0, 0);
      const to = from + length;
      if (from < headerBytes) throw new NtlmError(`NTLM ${what} inside the header`);
      if (to > bytes.length) throw new NtlmError(`NTLM ${what} reaches past the end`);
      // Shared bytes have no honest use, and give one byte two meanings.
      if (taken.some((other) => from < other.to && other.from < to)) throw new NtlmError(`NTLM ${what} overlaps another field`);
      taken.push({ from, to });
      return bytes.subarray(from, to);
    },
    get start() {
      return Math.min(bytes.length, ...taken.map(({ from }) => from));
    },
  };
}

const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true });
// Which code page an OEM text has, no field tells. What is not UTF-8 shows as U+FFFD: the text is for the log, the domain reads the bytes.
const oem = new TextDecoder('utf-8', { ignoreBOM: true });
const controls = /[\p{Cc}\p{Zl}\p{Zp}]/u;

/** A text in UTF-16; for a log it is still to be made printable. Throws NtlmError when it is none, too long or has control characters. */
export function readUtf16(bytes: Uint8Array, what: string, maxLength = MAX_NAME_LENGTH): string {
  if (bytes.length % 2 !== 0) throw new NtlmError(`NTLM ${what} with half a character`);
  if (bytes.length > maxLength * 2) throw new NtlmError(`NTLM ${what} too long`);
  try {
    return withoutControls(utf16.decode(bytes), what);
  } catch (cause) {
    if (cause instanceof NtlmError) throw cause;
    throw new NtlmError(`NTLM ${what} is not UTF-16`, { cause });
  }
}

/** A text in the client's OEM code page. Throws NtlmError when it is too long or has control characters. */
export function readOem(bytes: Uint8Array, what: string): string {
  if (bytes.length > MAX_NAME_LENGTH) throw new NtlmError(`NTLM ${what} too long`);
  return withoutControls(oem.decode(bytes), what);
}

function withoutControls(text: string, what: string): string {
  if (controls.test(text)) throw new NtlmError(`NTLM ${what} with control characters`);
  return text;
}
