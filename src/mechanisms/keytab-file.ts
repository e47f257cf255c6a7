// The keytab on disk as it is at this moment: which keys it holds (never the keys themselves), re-read when it changes.

import { readFileSync, statSync } from 'node:fs';
import { parseKeytab, type KeytabEntry } from './keytab.ts';

export interface KeytabFile {
  readonly path: string;
  /** The entries, or why there are none to be had. */
  read(): { readonly entries: readonly KeytabEntry[] } | { readonly problem: string };
  /** The realms of its `HTTP/…` keys; empty if it cannot be read. */
  realms(): readonly string[];
}

/** Watches nothing: it looks at the file's identity and times each time it is asked, and reads it only if they changed. */
export function keytabFile(path: string): KeytabFile {
  let seen = '';
  let last: ReturnType<KeytabFile['read']> = { problem: 'not read yet' };
  let realms: readonly string[] = [];
  const refresh = (): void => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    const identity = stat ? [stat.dev, stat.ino, stat.mtimeNs, stat.ctimeNs, stat.size].join(' ') : 'absent';
    if (identity === seen) return;
    last = load(path);
    realms = 'entries' in last ? [...new Set(last.entries.filter(isHttpKey).map(({ realm }) => realm))] : [];
    // What could not be read may become readable without a change that stat shows (a parent directory's mode).
    seen = 'entries' in last ? identity : '';
  };
  return {
    path,
    read: () => {
      refresh();
      return last;
    },
    realms: () => {
      refresh();
      return realms;
    },
  };
}

/** True for keys of the service class that HTTP clients ask for. */
export function isHttpKey(entry: KeytabEntry): boolean {
  return /^HTTP\//i.test(entry.principal);
}

function load(path: string): ReturnType<KeytabFile['read']> {
  try {
    return { entries: parseKeytab(readFileSync(path)) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { problem: 'the file does not exist' };
    if (code === 'EACCES') return { problem: 'the gateway may not read the file' };
    return { problem: message };
  }
}
