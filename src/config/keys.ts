// What the schema says of a key and of a section, and the words to say it with.
import type { Kind } from './values.ts';

/** What holds when the file does not give the key; texts are spelled as in the file. */
export type Fallback =
  | { readonly kind: 'value'; readonly text: string }
  | { readonly kind: 'none'; readonly meaning: string; readonly example: string }
  | { readonly kind: 'required'; readonly example: string }
  | { readonly kind: 'file'; readonly path: string }
  /** Made of the value of `of`, an earlier key of the section. */
  | { readonly kind: 'derived'; readonly of: string; derive(value: unknown): string; readonly meaning: string; readonly example: string };

export interface Key<T> {
  readonly kind: Kind<T>;
  readonly fallback: Fallback;
  readonly help: string;
  /** Also accepted as `<Key>File = path` and from the environment; masked wherever settings are shown. */
  readonly secret: boolean;
}

/** A section of fixed keys. With `plural` it may be absent, and be there several times: as `[Section]` and as `[Section:name]`. */
export interface KeyedSection {
  readonly help: string;
  readonly keys: Readonly<Record<string, Key<unknown>>>;
  /** What the list of them is called in the configuration. */
  readonly plural?: string;
}

/** A section whose keys the admin chooses: every line is a rule. */
export interface RuleSection<T> {
  readonly help: string;
  /** What a key can be, for the table. */
  readonly keyExpected: string;
  readonly valueExpected: string;
  /** Lines for the example. */
  readonly examples: readonly string[];
  /** The type of a line's value, or what is wrong with its key. `isName` tells whether a message may repeat that key. */
  kindOf(key: string): { readonly kind: Kind<T> } | { readonly wrong: string; readonly isName: boolean };
}

export function key<T>(kind: Kind<T>, text: string, help: string): Key<T> {
  return { kind, fallback: { kind: 'value', text }, help, secret: false };
}

export function required<T>(kind: Kind<T>, example: string, help: string): Key<T> {
  return { kind, fallback: { kind: 'required', example }, help, secret: false };
}

export function optional<T>(kind: Kind<T>, meaning: string, example: string, help: string): Key<T | undefined> {
  return { kind, fallback: { kind: 'none', meaning, example }, help, secret: false };
}

/** @param source the earlier key and what becomes of its value: a text as it would stand in the file */
export function derived<T, V>(
  kind: Kind<T>, source: { readonly of: string; readonly derive: (value: V) => string }, meaning: string, example: string, help: string,
): Key<T> {
  return { kind, fallback: { kind: 'derived', ...source, meaning, example }, help, secret: false };
}

export function secret<T>(kind: Kind<T>, file: string, help: string): Key<T> {
  return { kind, fallback: { kind: 'file', path: file }, help, secret: true };
}

export function requiredSecret<T>(kind: Kind<T>, example: string, help: string): Key<T> {
  return { kind, fallback: { kind: 'required', example }, help, secret: true };
}

export function optionalSecret<T>(kind: Kind<T>, meaning: string, example: string, help: string): Key<T | undefined> {
  return { kind, fallback: { kind: 'none', meaning, example }, help, secret: true };
}
