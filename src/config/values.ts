// Turns the text of one setting into a typed value, or says what is wrong with it.
import { createSecretKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';

/** A value, or the fault as the beginning of a sentence that ends with ", expected …". */
export type Reading<T> = { readonly value: T } | { readonly wrong: string };

/** A type of setting: what it accepts and what becomes of it. */
export interface Kind<T> {
  /** Completes "expected …" in a message and fills the column of allowed values. */
  readonly expected: string;
  /** Of the typed value and of a bare number in the file. */
  readonly unit?: string;
  /** @param text trimmed, never empty unless `mayBeEmpty` @param directory where relative paths begin */
  read(text: string, directory: string): Reading<T>;
  readonly mayBeEmpty?: boolean;
  /** The value as the file would have it; without it a list is joined with commas. */
  show?(value: T): string;
  /** Of a secret that may be any text: it cannot be told from a path. */
  readonly isFreeText?: boolean;
}

/** A value as a message shows it: quoted, cut, and nothing in it that a terminal obeys. Never call it with what may hold a secret. */
export function quote(text: string): string {
  const characters = [...text].map((character) =>
    (/\p{C}/u.test(character) ? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}` : character));
  return characters.length > 60 ? `"${characters.slice(0, 60).join('')}…"` : `"${characters.join('')}"`;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true], ['yes', true], ['on', true], ['1', true],
  ['false', false], ['no', false], ['off', false], ['0', false],
]);

/** The one coercion of switches, in any letter case. */
export const boolean: Kind<boolean> = {
  expected: 'True or False (also yes/no, on/off, 1/0)',
  read(text) {
    const value = booleans.get(text.toLowerCase());
    return value === undefined ? { wrong: `${quote(text)} is neither yes nor no` } : { value };
  },
};

const decimal = /^(?:0|[1-9]\d{0,9})$/;

/** A whole number in plain decimal digits, both ends included. */
export function integer(minimum: number, maximum: number): Kind<number> {
  return {
    expected: `a whole number from ${minimum} to ${maximum}`,
    read(text) {
      if (!decimal.test(text)) return { wrong: `${quote(text)} is not a whole number` };
      const value = Number(text);
      return value < minimum || value > maximum ? { wrong: `${text} is out of range` } : { value };
    },
  };
}

/** One of a few words, written in any letter case; the result has the spelling given here. */
export function choice<const T extends string>(...words: readonly [T, ...T[]]): Kind<T> {
  const expected = words.length === 1 ? words[0] : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return {
    expected,
    read(text) {
      const value = words.find((word) => word.toLowerCase() === text.toLowerCase());
      return value === undefined ? { wrong: `${quote(text)} is not among the choices` } : { value };
    },
  };
}

const secondsIn: ReadonlyMap<string, number> = new Map([['s', 1], ['m', 60], ['h', 3600], ['d', 86_400]]);

/** A length of time; a bare number is seconds. The result is in seconds. */
export function duration(minimum: number, maximum: number): Kind<number> {
  return {
    expected: `a time from ${minimum} to ${maximum} seconds: a number of seconds, or one with s, m, h or d such as 30m`,
    unit: 'seconds',
    read(text) {
      const [, digits, unit] = /^(\d{1,9})\s*([smhd])?$/i.exec(text) ?? [];
      if (digits === undefined) return { wrong: `${quote(text)} is not a length of time` };
      const value = Number(digits) * (secondsIn.get((unit ?? 's').toLowerCase()) ?? 1);
      return value < minimum || value > maximum ? { wrong: `${quote(text)} is out of range` } : { value };
    },
  };
}

/** A file on this machine; the result is absolute. */
export const path: Kind<string> = {
  expected: 'a file path, absolute or relative to the directory of this file',
  read(text, directory) {
    if (/^["']/.test(text)) return { wrong: `${quote(text)} has quotes around it` };
    if (/^~/.test(text)) return { wrong: `${quote(text)} begins with ~, which is not expanded here` };
    if (/^[A-Za-z]+:/.test(text)) return { wrong: `${quote(text)} begins with a drive or a prefix such as FILE:` };
    return { value: resolve(directory, text) };
  },
};

/** Names of Kerberos realms (RFC 4120 §6.1). Realms are case-sensitive, but people are not, so look-alikes are refused. */
export const realms: Kind<readonly string[]> = {
  expected: 'realm names separated by commas or blanks, each once, such as EXAMPLE.COM',
  mayBeEmpty: true,
  read(text) {
    const names = text.split(/[\s,]+/).filter((name) => name !== '');
    const odd = names.find((name) => !/^[\w.-]{1,255}$/.test(name));
    if (odd !== undefined) return { wrong: `${quote(odd)} is not a realm name` };
    const seen = new Map<string, string>();
    for (const name of names) {
      const earlier = seen.get(name.toLowerCase());
      if (earlier === name) return { wrong: `${quote(name)} is named twice` };
      if (earlier !== undefined) return { wrong: `${quote(earlier)} and ${quote(name)} differ only in letter case` };
      seen.set(name.toLowerCase(), name);
    }
    return { value: names };
  },
};

/** The `aud` of a token: a StringOrURI of RFC 7519 §2, so what has a colon must be a URI. */
export const audience: Kind<string> = {
  expected: 'one name or URI without blanks, such as https://print.example.com',
  read(text) {
    if (/\s/.test(text)) return { wrong: `${quote(text)} holds a blank` };
    if (text.length > 255) return { wrong: 'longer than 255 characters' };
    return text.includes(':') && !URL.canParse(text) ? { wrong: `${quote(text)} has a colon and is not a URI` } : { value: text };
  },
};

/** Where the gateway keeps its state. */
export interface StoreLocation {
  readonly engine: 'sqlite';
  /** Absolute path of the database file. */
  readonly path: string;
}

/** `sqlite:` and a path. The text is never repeated in a message: the URL of a database server holds its password. */
export const storeUrl: Kind<StoreLocation> = {
  expected: 'sqlite: and a file path, such as sqlite:data/gateway.db',
  read(text, directory) {
    if (/^postgres(?:ql)?:/i.test(text)) return { wrong: 'PostgreSQL is not part of this version' };
    const file = /^sqlite:(?:\/\/(?=\/))?(?!\/\/)([^?#]+)$/i.exec(text)?.[1];
    if (file === undefined) return { wrong: 'not the URL of a store' };
    if (file.toLowerCase() === ':memory:') return { wrong: 'a store in memory forgets its keys at every start' };
    const reading = path.read(file, directory);
    return 'wrong' in reading ? reading : { value: { engine: 'sqlite', path: reading.value } };
  },
  show: (location) => `${location.engine}:${location.path}`,
};

/** A secret key in base64 (RFC 4648 §4), handed out as a KeyObject, which no log line and no JSON shows. */
export function secretKey(bytes: number): Kind<KeyObject> {
  return {
    expected: `${bytes} random bytes in base64, as "openssl rand -base64 ${bytes}" prints them`,
    read(text) {
      const key = Buffer.from(text, 'base64');
      // Node's decoder skips what it does not know; only a text that encodes back to itself is base64.
      if (key.toString('base64') !== text) return { wrong: 'not valid base64' };
      return key.length === bytes ? { value: createSecretKey(key) } : { wrong: `holds ${key.length} bytes` };
    },
  };
}

/** A password for a file, handed out as a KeyObject, which no log line and no JSON shows. */
export const secretText: Kind<KeyObject> = {
  expected: 'the password as it is, of at most 256 characters',
  isFreeText: true,
  read(text) {
    return text.length > 256 ? { wrong: 'longer than 256 characters' } : { value: createSecretKey(Buffer.from(text)) };
  },
};
