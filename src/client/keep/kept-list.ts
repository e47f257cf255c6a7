// A list in a JSON file that an admin can read and repair: read whole or not at all, and never written over when it is damaged.

import { ClientError, oneLine } from '../error.ts';
import { FieldFault, type Fields } from './fields.ts';
import { shownPath } from './file-fault.ts';
import { readPrivateFile, replacePrivateFile } from './private-file.ts';
import { JsonFault, readJson, type JsonText } from './strict-json.ts';

export interface ListFormat<T extends object> {
  /** What the list is called in the file, as in `certificates`. */
  readonly name: string;
  /** Others may not read the file. */
  readonly secret: boolean;
  /** What follows when a damaged file is moved away, as in `you are asked about each certificate anew`. */
  readonly loss: string;
  /** Throws FieldFault. */
  read(fields: Fields): T;
  print(entry: T): Fields;
  /** No two entries have the same. */
  keyOf(entry: T): string;
}

export interface KeptList<T extends object> {
  /** None if there is no file. Throws ClientError `store_damaged` or `store_unusable`. */
  entries(): Promise<readonly T[]>;
  /**
   * Replaces the list by what the action makes of it; the very same list is not written. Fields that this version does not know stay.
   * Only under the lock of the file. Throws as `entries`; the file is then as it was.
   */
  change(action: (entries: readonly T[]) => readonly T[]): Promise<void>;
}

const VERSION = 1;
const MAX_ENTRIES = 10_000;

/** What the file holds: its fields, and each entry with the fields that it was read from. */
interface Content<T> {
  readonly top: Fields;
  readonly entries: readonly T[];
  readonly fields: ReadonlyMap<T, Fields>;
}

/** Reads nothing yet. */
export function openKeptList<T extends object>(file: string, format: ListFormat<T>): KeptList<T> {
  const { name, secret } = format;
  const content = async (): Promise<Content<T>> => {
    const text = await readPrivateFile(file, { secret });
    return text === undefined ? { top: { version: VERSION }, entries: [], fields: new Map() } : contentOf(text, file, format);
  };
  return {
    entries: async () => (await content()).entries,
    change: async (action) => {
      const { top, entries, fields } = await content();
      const wanted = action(entries);
      if (wanted === entries) return;
      if (wanted.length > MAX_ENTRIES) throw full(file);
      const before = new Map(entries.map((entry) => [format.keyOf(entry), fields.get(entry)]));
      const list = wanted.map((entry) => fields.get(entry) ?? { ...before.get(format.keyOf(entry)), ...checked(entry, file, format) });
      await replacePrivateFile(file, `${JSON.stringify({ ...top, [name]: list }, undefined, 2)}\n`, { secret });
    },
  };
}

function contentOf<T extends object>(text: string, file: string, format: ListFormat<T>): Content<T> {
  const damaged = (what: string): ClientError =>
    new ClientError('store_damaged', `${shownPath(file)} is damaged: ${what}`, { cure: `Repair it, or move it away: then ${format.loss}.` });
  if (text === '') throw damaged('it is empty');
  const json = parsed(text, damaged);
  const { value: top } = json;
  if (!isObject(top)) throw damaged('it is no JSON object');
  refuseVersion(top['version'], file, damaged);
  const list = top[format.name];
  if (!Array.isArray(list)) throw damaged(`"${format.name}" is ${list === undefined ? 'missing' : 'no list'}`);
  if (list.length > MAX_ENTRIES) throw damaged(`"${format.name}" has more than ${String(MAX_ENTRIES)} entries`);

  const places = new Map<string, number>();
  // Told only of the entry at fault: to find a line, the text is read from its beginning.
  const whereIs = (index: number): string => `entry ${String(index + 1)} (line ${String(json.lineOf(list[index] as object))})`;
  const fields = new Map(list.map((raw: unknown, index): [T, Fields] => {
    if (!isObject(raw)) throw damaged(`entry ${String(index + 1)} is no object`);
    const entry = entryOf(raw, format, (what) => damaged(`${whereIs(index)}: ${what}`));
    const key = format.keyOf(entry);
    const earlier = places.get(key);
    if (earlier !== undefined) throw damaged(`${whereIs(index)} is for the same as ${whereIs(earlier)}`);
    places.set(key, index);
    return [entry, raw];
  }));
  return { top, entries: [...fields.keys()], fields };
}

type Damaged = (what: string) => ClientError;

function parsed(text: string, damaged: Damaged): JsonText {
  try {
    return readJson(text);
  } catch (error) {
    throw error instanceof JsonFault ? damaged(error.message) : error;
  }
}

function refuseVersion(version: unknown, file: string, damaged: Damaged): void {
  if (version === VERSION) return;
  if (version === undefined) throw damaged('"version" is missing');
  if (typeof version === 'number' && Number.isInteger(version) && version > VERSION) {
    const message = `${shownPath(file)} was written by a newer client: its version is ${String(version)}, and this one knows ${String(VERSION)}`;
    throw new ClientError('store_damaged', message, { cure: 'Update this client.' });
  }
  throw damaged(`"version" is not ${String(VERSION)}`);
}

function entryOf<T extends object>(fields: Fields, format: ListFormat<T>, damaged: Damaged): T {
  try {
    return format.read(fields);
  } catch (error) {
    throw error instanceof FieldFault ? damaged(error.message) : error;
  }
}

/** The fields of a new entry, which must be such that they can be read again. */
function checked<T extends object>(entry: T, file: string, format: ListFormat<T>): Fields {
  const fields = format.print(entry);
  entryOf(fields, format, (what) => new ClientError('store_unusable', `this cannot be kept in ${shownPath(file)}: ${oneLine(what)}`));
  return fields;
}

const full = (file: string): ClientError =>
  new ClientError('store_unusable', `${shownPath(file)} is full: it holds ${String(MAX_ENTRIES)} entries`, { cure: 'Remove what is no longer needed from it.' });

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
