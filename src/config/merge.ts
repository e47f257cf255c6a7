// Gives every setting its value: from the file, from a secret's place, or the default. Collects faults instead of stopping at one.
import { type IniDocument, type IniEntry, subjectOf } from './ini.ts';
import type { Problem } from './problems.ts';
import { environmentName, type Setting, settings } from './schema.ts';
import { readSecret } from './secrets.ts';
import { unknownKey, unknownSection } from './suggest.ts';

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
  readonly value: unknown;
  /** "default", "FILE:LINE" or "environment", with the file that a secret was read from. */
  readonly source: string;
  readonly warning?: string;
}

export interface Merged {
  /** Complete if there are no problems. */
  readonly values: ReadonlyMap<Setting, Value>;
  readonly problems: readonly Problem[];
  /** Where a setting stands, or where it would. */
  readonly lineOf: (setting: Setting) => number;
}

interface Placed {
  /** By `section.key` in lower case. */
  readonly entries: ReadonlyMap<string, IniEntry & { readonly section: string }>;
  readonly headers: ReadonlyMap<string, number>;
  readonly problems: readonly Problem[];
}

const entryName = (section: string, key: string): string => `${section}.${key}`.toLowerCase();
const fileKey = (setting: Setting): string => `${setting.name}File`;
const knownSections: ReadonlyMap<string, string> = new Map(settings.map(({ section }) => [section.toLowerCase(), section]));
const knownKeys: ReadonlySet<string> = new Set(settings.flatMap((setting) =>
  [setting.name, ...(setting.key.secret ? [fileKey(setting)] : [])].map((key) => entryName(setting.section, key))));

/** Sorts the entries by setting; what belongs to none is a problem. */
function place({ sections, problems: syntax }: IniDocument): Placed {
  const entries = new Map<string, IniEntry & { readonly section: string }>();
  const problems: Problem[] = [...syntax];
  for (const section of sections) {
    const known = section.name === '' ? '' : knownSections.get(section.name.toLowerCase());
    if (known === undefined) problems.push({ line: section.line, subject: subjectOf(section.name), text: unknownSection(section.name) });
    for (const entry of known === undefined ? [] : section.entries) {
      const name = entryName(section.name, entry.key);
      if (knownKeys.has(name)) entries.set(name, { ...entry, section: section.name });
      else problems.push({ line: entry.line, subject: subjectOf(section.name, entry.key), text: unknownKey(section.name, entry.key) });
    }
  }
  return { entries, headers: new Map(sections.map(({ name, line }) => [name.toLowerCase(), line])), problems };
}

/** The mistakes that are made most in INI files, as a further half-sentence. */
function hint(value: string): string {
  if (/^(["']).*\1$/.test(value)) return '; write the value without quotes';
  return /\s[;#]/.test(value) ? '; a comment needs a line of its own' : '';
}

function readEntry({ key: { kind } }: Setting, entry: IniEntry & { readonly section: string }, around: Surroundings): Value | Problem {
  const subject = subjectOf(entry.section, entry.key);
  if (entry.value === '' && kind.mayBeEmpty !== true) {
    return { line: entry.line, subject, text: `empty, expected ${kind.expected}; without the line the default holds` };
  }
  const reading = kind.read(entry.value, around.directory);
  if ('wrong' in reading) return { line: entry.line, subject, text: `${reading.wrong}, expected ${kind.expected}${hint(entry.value)}` };
  return { value: reading.value, source: `${around.file}:${entry.line}` };
}

function readDefault({ section, name, key: { fallback, kind } }: Setting, line: number, around: Surroundings): Value | Problem {
  if (fallback.kind === 'none') return { value: undefined, source: 'default' };
  if (fallback.kind !== 'value') return { line, subject: subjectOf(section, name), text: `missing, expected ${kind.expected}` };
  const reading = kind.read(fallback.text, around.directory);
  if ('value' in reading) return { value: reading.value, source: 'default' };
  return { line, subject: subjectOf(section, name), text: `the default does not work here: ${reading.wrong}` };
}

function readSecretSetting(setting: Setting, placed: Placed, line: number, around: Surroundings): Value | Problem {
  const inline = placed.entries.get(entryName(setting.section, setting.name));
  const file = placed.entries.get(entryName(setting.section, fileKey(setting)));
  const reading = readSecret(setting, { ...around, inline, file, mode: around.mode });
  const subject = subjectOf(setting.section, setting.name);
  if ('wrong' in reading) {
    const { blame, wrong: text } = reading;
    if (blame === 'environment') return { line: Infinity, at: environmentName(setting), subject, text };
    return blame === undefined ? { line, subject, text } : { line: blame.line, subject: subjectOf(setting.section, blame.key), text };
  }
  const from = typeof reading.from === 'object' ? `${around.file}:${reading.from.line}` : reading.from ?? 'default';
  return {
    value: reading.value,
    source: reading.file === undefined ? from : `${from}, the file ${reading.file}`,
    ...(reading.warning === undefined ? {} : { warning: `${subject}: ${reading.warning}` }),
  };
}

/** Reads every setting of the schema once. What is missing is not reported beside a line that nobody understood: it may be that line. */
export function merge(document: IniDocument, around: Surroundings): Merged {
  const placed = place(document);
  const problems = [...placed.problems];
  const values = new Map<Setting, Value>();
  const lineOf = ({ section, name }: Setting): number =>
    placed.entries.get(entryName(section, name))?.line ?? placed.headers.get(section.toLowerCase()) ?? 1;
  for (const setting of settings) {
    const entry = placed.entries.get(entryName(setting.section, setting.name));
    if (entry === undefined && setting.key.fallback.kind === 'required' && placed.problems.length > 0) continue;
    const result = setting.key.secret ? readSecretSetting(setting, placed, lineOf(setting), around)
      : entry === undefined ? readDefault(setting, lineOf(setting), around) : readEntry(setting, entry, around);
    if ('text' in result) problems.push(result);
    else values.set(setting, result);
  }
  return { values, problems, lineOf };
}
