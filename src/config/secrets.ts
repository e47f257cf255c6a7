// Finds the value of a secret: environment, then the file that config.ini names or config.ini itself, then the default file.
import { resolve } from 'node:path';
import type { IniEntry } from './ini.ts';
import { readText } from './read.ts';
import { environmentName, type Setting } from './schema.ts';
import { path } from './values.ts';

/** No secret of ours is longer. */
const maximumSecretBytes = 64 * 1024;

export interface SecretPlaces {
  readonly inline: IniEntry | undefined;
  /** The entry `<Key>File`. */
  readonly file: IniEntry | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  readonly directory: string;
  /** Permission bits of config.ini, if it is a file. */
  readonly mode: number | undefined;
}

/** `from` gave it, or else the default did; `file` held it. `blame` is what to mend, nothing when the default file fails. */
export type SecretReading =
  | { readonly value: unknown; readonly from: IniEntry | 'environment' | undefined; readonly file?: string; readonly warning?: string }
  | { readonly wrong: string; readonly blame: IniEntry | 'environment' | undefined };

function openToOthers(what: string, mode: number): string | undefined {
  return (mode & 0o077) === 0 ? undefined : `${what} can be read by others (mode ${mode.toString(8).padStart(4, '0')}); chmod 600 it`;
}

/** Reads the text as the kind demands; what is wrong never repeats the text, because the kinds of secrets do not. */
function valueOf(setting: Setting, text: string, directory: string): { readonly value: unknown } | { readonly wrong: string } {
  if (text === '') return { wrong: `empty, expected ${setting.key.kind.expected}` };
  const reading = setting.key.kind.read(text, directory);
  return 'wrong' in reading ? { wrong: `${reading.wrong}, expected ${setting.key.kind.expected}` } : reading;
}

/** Whether what was written as a path could be the secret itself without anybody noticing: then no message repeats it. */
const isPathDoubtful = ({ key }: Setting): boolean => key.kind.isFreeText === true;

function fromFile(setting: Setting, file: string, entry: IniEntry | undefined, directory: string): SecretReading {
  const read = readText(file, maximumSecretBytes);
  if ('fault' in read) {
    const cure = entry === undefined && read.missing
      ? `; restore it from the backup, or give ${setting.name}File or the environment variable ${environmentName(setting)}`
      : '';
    return { wrong: `the file ${isPathDoubtful(setting) ? 'that it names' : file}: ${read.fault}${cure}`, blame: entry };
  }
  const reading = valueOf(setting, read.text.trim(), directory);
  if ('wrong' in reading) return { wrong: `the content of ${file} is wrong: ${reading.wrong}`, blame: entry };
  const warning = openToOthers(file, read.mode);
  return { value: reading.value, from: entry, file, ...(warning === undefined ? {} : { warning }) };
}

function fromNamedFile(setting: Setting, entry: IniEntry, directory: string): SecretReading {
  if (!isPathDoubtful(setting) && 'value' in valueOf(setting, entry.value, directory)) {
    return { wrong: `holds the secret itself, expected ${path.expected}; give the secret as ${setting.name}`, blame: entry };
  }
  const file = path.read(entry.value, directory);
  if ('wrong' in file) return { wrong: `${isPathDoubtful(setting) ? 'not a path' : file.wrong}, expected ${path.expected}`, blame: entry };
  return fromFile(setting, file.value, entry, directory);
}

/** Reads one secret; throws nothing, and no text that it returns holds the secret. */
export function readSecret(setting: Setting, places: SecretPlaces): SecretReading {
  const { inline, file, directory } = places;
  if (inline !== undefined && file !== undefined) {
    const [first, second] = inline.line < file.line ? [inline, file] : [file, inline];
    return { wrong: `also given as ${first.key} in line ${first.line}, expected one of the two`, blame: second };
  }
  const variable = places.environment[environmentName(setting)];
  if (variable !== undefined) {
    const reading = valueOf(setting, variable.trim(), directory);
    return 'wrong' in reading ? { ...reading, blame: 'environment' } : { ...reading, from: 'environment' };
  }
  if (inline !== undefined) {
    const reading = valueOf(setting, inline.value, directory);
    if ('wrong' in reading) return { ...reading, blame: inline };
    const warning = places.mode === undefined ? undefined : openToOthers('it stands in a configuration file that', places.mode);
    return { ...reading, from: inline, ...(warning === undefined ? {} : { warning }) };
  }
  if (file !== undefined) return fromNamedFile(setting, file, directory);
  if (setting.key.fallback.kind === 'none') return { value: undefined, from: undefined };
  if (setting.key.fallback.kind !== 'file') {
    const places = `give ${setting.name}, ${setting.name}File or the environment variable ${environmentName(setting)}`;
    return { wrong: `missing, expected ${setting.key.kind.expected}; ${places}`, blame: undefined };
  }
  return fromFile(setting, resolve(directory, setting.key.fallback.path), undefined, directory);
}
