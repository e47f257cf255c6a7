// Reads a small text file strictly: bounded, UTF-8 only, with a sentence for every failure.
import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The text and the permission bits of the very file that was read, or the fault and, if one line is to blame, its number. */
export type FileText =
  | { readonly text: string; readonly mode: number }
  | { readonly fault: string; readonly line?: number; readonly missing: boolean };

const faults: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'no such file'],
  ['ENOTDIR', 'no such file'],
  ['EACCES', 'cannot be read: permission denied'],
  ['EISDIR', 'is a directory, expected a file'],
]);

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown reason';
}

/** Stops once there is more than allowed, so that a device or a huge file does no harm. */
function readBytes(descriptor: number, maximum: number): Buffer {
  const parts: Buffer[] = [];
  for (let length = 0; length <= maximum;) {
    const part = Buffer.alloc(16_384);
    const count = readSync(descriptor, part, 0, part.length, null);
    if (count === 0) break;
    parts.push(part.subarray(0, count));
    length += count;
  }
  return Buffer.concat(parts);
}

/** The number of the first line that is not UTF-8. */
function firstBadLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline + 1;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end;
  }
  return line;
}

function decode(bytes: Buffer, maximum: number): { readonly text: string } | { readonly fault: string; readonly line?: number } {
  if (bytes.length > maximum) return { fault: `is larger than ${maximum} bytes` };
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { fault: 'is UTF-16, expected UTF-8; save it again as UTF-8', line: 1 };
  if (!isUtf8(bytes)) return { fault: 'is not valid UTF-8; save the file again as UTF-8', line: firstBadLine(bytes) };
  return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
}

/**
 * Reads a whole file of text without its byte order mark.
 *
 * @param maximum in bytes
 * @returns never throws for what a file can be or lack
 */
export function readText(file: string, maximum: number): FileText {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r');
    const { mode } = fstatSync(descriptor);
    const decoded = decode(readBytes(descriptor, maximum), maximum);
    return 'text' in decoded ? { ...decoded, mode: mode & 0o777 } : { ...decoded, missing: false };
  } catch (error) {
    const code = codeOf(error);
    return { fault: faults.get(code) ?? `cannot be read (${code})`, missing: code === 'ENOENT' || code === 'ENOTDIR' };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
