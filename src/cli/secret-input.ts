// Reads a secret from standard input: one line of a pipe, or typed at a terminal that does not show it.

import type { ReadStream } from 'node:tty';
import { Negative, UsageError } from './verb.ts';

/** So that a file named by mistake is not read to its end. */
const MAX_BYTES = 4096;

/** Where secrets come from and where questions go; the process's own unless a test says otherwise. */
export interface SecretSource {
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
  /** Not standard output, which is for data. */
  readonly questions: NodeJS.WritableStream;
}

/** Made when it is needed: other verbs leave standard input alone. */
const ownProcess = (): SecretSource => ({ input: process.stdin, questions: process.stderr });

/** Whether somebody sits there and can be asked. */
export const isTerminal = ({ input }: SecretSource = ownProcess()): boolean => input.isTTY === true;

/**
 * One line without its end (`\n` or `\r\n`), at most 4 KiB of UTF-8. A terminal is asked for it. Throws UsageError for an empty
 * line, several, a longer one, and for what is no UTF-8; Negative if the one at the terminal gives up (Ctrl-C, Ctrl-D).
 */
export async function readSecret(name: string, source: SecretSource = ownProcess(), question = name): Promise<string> {
  const bytes = isTerminal(source) ? await typed(`${question}: `, source) : await piped(source.input);
  const wanted = `expected the ${name} in one line`;
  if (bytes.length > MAX_BYTES) throw new UsageError(`standard input is longer than ${String(MAX_BYTES)} bytes; ${wanted}`);
  const text = utf8(bytes)?.replace(/\r?\n$/, '');
  if (text === undefined) throw new UsageError(`standard input is not UTF-8; ${wanted}`);
  if (text === '') throw new UsageError(`standard input is empty; ${wanted}`);
  if (/[\r\n]/.test(text)) throw new UsageError(`standard input has several lines; ${wanted}`);
  return text;
}

/** Asks a terminal twice, since nobody sees what he types. Throws like `readSecret`, and Negative if the answers differ. */
export async function readNewSecret(name: string, source: SecretSource = ownProcess()): Promise<string> {
  const first = await readSecret(name, source, `new ${name}`);
  if (await readSecret(name, source, 'the same again') !== first) throw new Negative('nothing was changed: the two are not the same');
  return first;
}

/** A byte order mark, which some shells put before what they pipe, is no part of the text. */
function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** All of it, or a little more than is allowed. */
async function piped(input: SecretSource['input']): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of input) {
    bytes = Buffer.concat([bytes, Buffer.from(chunk)]);
    if (bytes.length > MAX_BYTES) break;
  }
  return bytes;
}

/** Keys that a terminal handles itself unless it is in raw mode. */
const ENTER = [0x0A, 0x0D];
const GIVE_UP = [0x03, 0x04];
const ERASE = [0x08, 0x7F];
const ERASE_LINE = 0x15;

/** Raw mode is what keeps the terminal from showing the keys; so their meaning is ours to give. */
async function typed(question: string, { input, questions }: SecretSource): Promise<Buffer> {
  input.setRawMode?.(true);
  questions.write(question);
  try {
    return await line(input);
  } finally {
    input.setRawMode?.(false);
    questions.write('\n');
  }
}

function line(input: SecretSource['input']): Promise<Buffer> {
  let keys: number[] = [];
  return new Promise((resolve, reject) => {
    const stop = (): void => { input.off('data', onData).off('end', onEnd).pause(); };
    const giveUp = (): void => { stop(); reject(new Negative('nothing was changed: given up')); };
    const onEnd = giveUp;
    const onData = (chunk: Buffer | string): void => {
      const pressed = Buffer.from(chunk as Buffer);
      for (const [index, key] of pressed.entries()) {
        if (GIVE_UP.includes(key)) { giveUp(); return; }
        if (ENTER.includes(key)) {
          stop();
          // What was typed or pasted ahead is for the next question.
          if (index + 1 < pressed.length) input.unshift(pressed.subarray(index + 1));
          resolve(Buffer.from(keys));
          return;
        }
        if (key === ERASE_LINE) keys = [];
        else if (ERASE.includes(key)) keys = withoutLast(keys);
        else if (keys.length <= MAX_BYTES) keys.push(key);
      }
    };
    input.on('data', onData).on('end', onEnd).resume();
  });
}

/** A character of UTF-8 is its first byte and the continuation bytes after it (RFC 3629 §3). */
function withoutLast(keys: readonly number[]): number[] {
  const start = keys.findLastIndex((key) => (key & 0xC0) !== 0x80);
  return keys.slice(0, Math.max(start, 0));
}
