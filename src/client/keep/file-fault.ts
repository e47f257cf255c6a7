// Why a file of this client cannot be used, in words that say what to do about it.

import type { Stats } from 'node:fs';
import { ClientError, oneLine } from '../error.ts';

/** A path as one line of a message. */
export const shownPath = (path: string): string => oneLine(path, 1000);

/** What the system says, as a ClientError; one that is there already stays. @param done as in `read`: what could not be done to the file */
export function unusable(error: unknown, path: string, done: string): ClientError {
  if (error instanceof ClientError) return error;
  const { code = '', message = String(error) } = (error ?? {}) as Partial<NodeJS.ErrnoException>;
  return new ClientError('store_unusable', `${shownPath(path)} cannot be ${done}: ${oneLine(code || message)}`, { cause: error, cure: cures[code] });
}

const right = 'Give this user the right to it, or name another place.';
const path = 'Check the path: something on its way is no directory.';

const cures: Readonly<Record<string, string>> = {
  EACCES: right,
  EPERM: right,
  EROFS: 'The file system is read-only: name another place.',
  ENOSPC: 'The disk is full: make room on it.',
  EDQUOT: 'This user may store no more: make room.',
  ENOTDIR: path,
  EEXIST: path,
  ELOOP: 'A link leads to itself: set it right.',
};

/** Refuses what is no file, what others may write, and of a secret what others may read. Windows tells no such rights. */
export function refuseStrangers(stats: Stats, file: string, secret: boolean): void {
  const refuse = (what: string, cure: string): never => { throw new ClientError('store_unusable', `${shownPath(file)} ${what}`, { cure }); };
  if (!stats.isFile()) refuse('is not a file', 'Move it away.');
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user && stats.uid !== 0) {
    refuse(`belongs to the user with the number ${String(stats.uid)}, who could write anything into it`, `Use it as that user, or: chown ${String(user)} ${word(file)}`);
  }
  if ((stats.mode & 0o022) !== 0) refuse('may be written by others', `chmod go-w ${word(file)}`);
  if (secret && (stats.mode & 0o077) !== 0) refuse('holds secrets and may be read by others', `chmod go-rwx ${word(file)}`);
}

/** As one word of a shell. */
const word = (text: string): string => (/^[\w./@:+-]+$/.test(text) ? text : `'${shownPath(text).replaceAll("'", String.raw`'\''`)}'`);

/** @param bytes undefined: too many. Throws ClientError `store_damaged` */
export function decoded(bytes: Buffer | undefined, file: string): string {
  const cure = 'Move it away, or repair it.';
  if (bytes === undefined) throw new ClientError('store_damaged', `${shownPath(file)} is bigger than 4 MiB`, { cure });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ClientError('store_damaged', `${shownPath(file)} is not UTF-8`, { cure, cause: error });
  }
}
