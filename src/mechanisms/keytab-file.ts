// The keytab on disk as it is at this moment: which keys it holds (never the keys themselves), re-read when it changes.

import { readFileSync, statSync, type BigIntStats } from 'node:fs';
import { parseKeytab, type KeytabEntry } from './keytab.ts';

/** What was read, or why nothing was; `unreadable` says that the file is there and the gateway may not read it. */
export type KeytabReading =
  | { readonly entries: readonly KeytabEntry[] }
  | { readonly problem: string; readonly unreadable?: boolean };

export interface KeytabFile {
  readonly path: string;
  read(): KeytabReading;
  /** Its `HTTP/…` keys, the only ones that accept; empty if it cannot be read. */
  httpKeys(): readonly KeytabEntry[];
  /** The realms of those keys. */
  realms(): readonly string[];
  /** True if the group or others may do something with the file: whoever reads it can forge tickets. */
  exposed(): boolean;
}

/** Keytabs are small; what is larger, or no file at all (a pipe would be waited on for ever), is not read. */
const MAX_BYTES = 1024 * 1024;

/** Watches nothing: it looks at the file's identity and times each time it is asked, and reads it only if they changed. */
export function keytabFile(path: string): KeytabFile {
  let seen = '';
  let last: KeytabReading = { problem: 'not read yet' };
  let httpKeys: readonly KeytabEntry[] = [];
  let realms: readonly string[] = [];
  const stat = (): BigIntStats | undefined => statSync(path, { bigint: true, throwIfNoEntry: false });
  const refresh = (): void => {
    const now = attempt(stat);
    const found = 'value' in now ? now.value : undefined;
    const identity = found ? [found.dev, found.ino, found.mtimeNs, found.ctimeNs, found.size].join(' ') : '';
    if (identity === seen && identity !== '') return;
    last = 'value' in now ? load(path, found) : now;
    // Kerberos compares letter by letter, so `http/…` is another service.
    httpKeys = 'entries' in last ? last.entries.filter(({ principal }) => principal.startsWith('HTTP/')) : [];
    realms = [...new Set(httpKeys.map(({ realm }) => realm))];
    // What could not be read may become readable without a change that stat shows (a parent directory's mode).
    seen = 'entries' in last ? identity : '';
  };
  return {
    path,
    read: () => {
      refresh();
      return last;
    },
    httpKeys: () => {
      refresh();
      return httpKeys;
    },
    realms: () => {
      refresh();
      return realms;
    },
    exposed: () => {
      const now = attempt(stat);
      return 'value' in now && now.value !== undefined && (now.value.mode & 0o077n) !== 0n;
    },
  };
}

function load(path: string, found: BigIntStats | undefined): KeytabReading {
  if (found === undefined) return { problem: 'the file does not exist' };
  if (!found.isFile()) return { problem: 'it is no file' };
  if (found.size > MAX_BYTES) return { problem: `it is larger than ${String(MAX_BYTES)} bytes` };
  const read = attempt(() => parseKeytab(readFileSync(path)));
  return 'value' in read ? { entries: read.value } : read;
}

function attempt<T>(action: () => T): { readonly value: T } | { readonly problem: string; readonly unreadable?: boolean } {
  try {
    return { value: action() };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'EACCES' ? { problem: 'the gateway may not read it', unreadable: true } : { problem: message };
  }
}
