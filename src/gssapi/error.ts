// The failure of a GSSAPI call with its texts, taken at once: MIT keeps them per thread and only until the next failure.
import { displayStatus } from './library.ts';
import { ignored, minor, OutputBuffer } from './memory.ts';

/** Routine errors of a major status (RFC 2744 §3.9.1), as unsigned 32-bit numbers. */
export const Major = {
  badMech: 1 << 16,
  badName: 2 << 16,
  badNameType: 3 << 16,
  badBindings: 4 << 16,
  badStatus: 5 << 16,
  badMic: 6 << 16,
  noCred: 7 << 16,
  noContext: 8 << 16,
  defectiveToken: 9 << 16,
  defectiveCredential: 10 << 16,
  credentialsExpired: 11 << 16,
  contextExpired: 12 << 16,
  failure: 13 << 16,
  badQop: 14 << 16,
  unauthorized: 15 << 16,
  unavailable: 16 << 16,
  duplicateElement: 17 << 16,
  nameNotMn: 18 << 16,
} as const;

/** GSS_S_CONTINUE_NEEDED, the one supplementary bit that a handshake step reports. */
export const continueNeeded = 1;

const errorBits = 0xffff0000;

/** A status without its supplementary bits, to be compared with Major. */
export const errorOf = (major: number): number => (major & errorBits) >>> 0;

/** GSS_ERROR of RFC 2744 §3.9.1: a calling or a routine error. */
export const failed = (major: number): boolean => (major & errorBits) !== 0;

/** A failed GSSAPI call. Texts may quote bytes of the peer's token as they came: escape them before they are shown. */
export class GssError extends Error {
  /** The C function, as in gss_accept_sec_context. */
  readonly call: string;
  /** Without the supplementary bits, to be compared with Major. */
  readonly major: number;
  /** Mapped anew by every process: for the log, never for a comparison. */
  readonly minor: number;
  readonly majorText: string;
  /** What the mechanism says; empty when it says nothing. */
  readonly minorText: string;
  /** The reply token of a failed accept, which tells the peer why; mostly empty. */
  readonly token: Uint8Array;

  /** Make it right after the call: it reads the minor status that the call left. */
  constructor(call: string, major: number, token: Uint8Array = new Uint8Array(0)) {
    const minorStatus = minor[0] ?? 0;
    const majorText = statusText(major, majorCode);
    const minorText = minorStatus === 0 ? '' : statusText(minorStatus, minorCode);
    super(`${call}: ${majorText}${minorText === '' ? '' : ` (${minorText})`}`);
    this.name = 'GssError';
    this.call = call;
    this.major = errorOf(major);
    this.minor = minorStatus;
    this.majorText = majorText;
    this.minorText = minorText;
    this.token = token;
  }
}

const majorCode = 1;
const minorCode = 2;
const text = new OutputBuffer();
const more = new Uint32Array(1);
const decoder = new TextDecoder();

/** All messages of a status code (RFC 2744 §5.11). The mechanism need not be named: MIT remembers whose minor code it is. */
function statusText(value: number, kind: typeof majorCode | typeof minorCode): string {
  const parts: string[] = [];
  more[0] = 0;
  do {
    if (failed(displayStatus(ignored, value, kind, null, more, text.descriptor))) break;
    // Some of MIT's texts count their closing NUL.
    parts.push(decoder.decode(text.take()).replace(/\0+$/, ''));
  } while (more[0] !== 0);
  return parts.join('; ');
}
