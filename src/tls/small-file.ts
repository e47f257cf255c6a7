// Reads the files of certificates and keys whole, with an error that names the file and what to do about it.

import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '../errors.ts';

/** Far above any chain or key; a larger file is some other file. */
const maximumFileSize = 256 * 1024;

export interface SmallFile {
  readonly bytes: Buffer;
  /** As stat(2) tells it. */
  readonly mode: number;
}

/**
 * Reads the file.
 *
 * @param name opens the sentence of every error: the key of config.ini and the file that it names
 * @param ifAbsent what else may be done if there is no such file
 * @throws ConfigError when it is missing, no file, too large or unreadable
 */
export function readSmallFile(file: string, name: string, ifAbsent = ''): SmallFile {
  try {
    const status = statSync(file);
    // Asked before the file is opened: opening a pipe would wait for ever.
    if (!status.isFile()) throw new ConfigError(`${name} is not a file: correct the path`);
    if (status.size > maximumFileSize) throw new ConfigError(`${name} is too large (${status.size} bytes): correct the path`);
    return { bytes: readFileSync(file), mode: status.mode };
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(`${name} ${whyUnreadable(cause, ifAbsent)}`, { cause });
  }
}

function whyUnreadable(cause: unknown, ifAbsent: string): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT') return `does not exist: correct the path${ifAbsent}`;
  if (code === 'EACCES') return 'cannot be read by the user that runs the gateway: change its owner or its mode';
  return `cannot be read (${String(code ?? cause)}): correct the path`;
}

/** The warning that a file with a private key in it is open to others, or none. */
export function modeWarnings(file: string, name: string, mode: number): readonly string[] {
  const open = (mode & 0o077) !== 0;
  return open ? [`${name} can be read or changed by other users of this machine: chmod 600 ${file}`] : [];
}
