// Finds the value of one setting of a section: its line, a secret's place, or the default.
import type { IniEntry } from './ini.ts';
import { type Problem, subjectOf } from './problems.ts';
import { environmentName, type Setting } from './schema.ts';
import { readSecret } from './secrets.ts';
import type { Section } from './sections.ts';

export interface Surroundings {
  /** The configuration file, as messages shall name it. */
  readonly file: string;
  /** Absolute; where the relative paths in the file begin. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Permission bits of the file, for the warning about a secret in it. */
  readonly mode?: number;
}

/** A setting that could be read. */
export interface Value {
  readonly setting: Setting;
  readonly value: unknown;
  /** "default", "FILE:LINE" or "environment", with the file that a secret was read from. */
  readonly source: string;
  /** Where it stands, or where it would. */
  readonly line: number;
  readonly subject: string;
  readonly warning?: string;
}

/** What reading one section needs. */
export interface Reader extends Surroundings {
  /** The entries that are known, by key in lower case. */
  readonly entries: ReadonlyMap<string, IniEntry>;
  readonly section: Section;
  /** Of the section's earlier keys. */
  readonly values: readonly Value[];
}

/** Where a secret may be given as a file. */
export const fileKey = (setting: Setting): string => `${setting.name}File`;

/** The mistakes that are made most in INI files, as a further half-sentence. */
function hint(value: string): string {
  if (/^(["']).*\1$/.test(value)) return '; write the value without quotes';
  return /\s[;#]/.test(value) ? '; a comment needs a line of its own' : '';
}

/** Reads what stands in a line. @param subject how a message names it */
export function readEntry(setting: Setting, entry: IniEntry, subject: string, around: Surroundings): Value | Problem {
  const { kind, fallback } = setting.key;
  const { line } = entry;
  if (entry.value === '' && kind.mayBeEmpty !== true) {
    const otherwise = fallback.kind === 'required' ? '' : '; without the line the default holds';
    return { line, subject, text: `empty, expected ${kind.expected}${otherwise}` };
  }
  const reading = kind.read(entry.value, around.directory);
  if ('wrong' in reading) return { line, subject, text: `${reading.wrong}, expected ${kind.expected}${hint(entry.value)}` };
  return { setting, value: reading.value, source: `${around.file}:${line}`, line, subject };
}

/** The text of the default; undefined if the key may be missing, or if what the default is made of could not be read. */
function defaultText({ key: { fallback } }: Setting, values: Reader['values']): string | undefined {
  if (fallback.kind === 'value') return fallback.text;
  const source = fallback.kind === 'derived' ? values.find(({ setting }) => setting.name === fallback.of) : undefined;
  return source === undefined || fallback.kind !== 'derived' ? undefined : fallback.derive(source.value);
}

function readDefault(setting: Setting, { section: { title, line }, values, directory }: Reader): Value | Problem | undefined {
  const { fallback, kind } = setting.key;
  const subject = subjectOf(title, setting.name);
  const found = { setting, source: 'default', line, subject };
  if (fallback.kind === 'none') return { ...found, value: undefined };
  if (fallback.kind === 'required') return { line, subject, text: `missing, expected ${kind.expected}`, kind: 'missing' };
  const text = defaultText(setting, values);
  if (text === undefined) return undefined;
  const reading = kind.read(text, directory);
  if ('value' in reading) return { ...found, value: reading.value };
  return { line, subject, text: `the default does not work here: ${reading.wrong}, expected ${kind.expected}` };
}

function readSecretSetting(setting: Setting, reader: Reader): Value | Problem {
  const { entries, section: { title } } = reader;
  const inline = entries.get(setting.name.toLowerCase());
  const file = entries.get(fileKey(setting).toLowerCase());
  const reading = readSecret(setting, { ...reader, inline, file, mode: reader.mode });
  const subject = subjectOf(title, setting.name);
  const line = (inline ?? file ?? reader.section).line;
  if ('wrong' in reading) {
    const { blame, wrong: text } = reading;
    if (blame === 'environment') return { line: Infinity, at: environmentName(setting), subject, text };
    if (blame === undefined) return { line, subject, text, ...(setting.key.fallback.kind === 'required' ? { kind: 'missing' } as const : {}) };
    return { line: blame.line, subject: subjectOf(title, blame.key), text };
  }
  const from = typeof reading.from === 'object' ? `${reader.file}:${reading.from.line}` : reading.from ?? 'default';
  return {
    setting, line, subject,
    value: reading.value,
    source: reading.file === undefined ? from : `${from}, the file ${reading.file}`,
    ...(reading.warning === undefined ? {} : { warning: `${subject}: ${reading.warning}` }),
  };
}

/** Undefined: its default is made of a value that could not be read. */
export function findValue(setting: Setting, reader: Reader): Value | Problem | undefined {
  if (setting.key.secret) return readSecretSetting(setting, reader);
  const entry = reader.entries.get(setting.name.toLowerCase());
  return entry === undefined ? readDefault(setting, reader) : readEntry(setting, entry, subjectOf(reader.section.title, entry.key), reader);
}
