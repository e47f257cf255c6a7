// Writes the settings down for people: config.ini.example, the table of the README, and what `config print` shows.
import { KeyObject } from 'node:crypto';
import { ConfigError } from '../errors.ts';
import type { LoadedConfig } from './load.ts';
import { environmentName, schema, type Setting, type SettingPath, settings } from './schema.ts';

const preamble = `# Settings of the MyQ authentication gateway.
# A line that begins with # or ; is a comment. A key behind ; shows its default, or an example: remove the ; to set it.
# The letter case of sections, keys and words such as True does not matter. Relative paths begin at the directory of this file.
`;

/** Breaks a sentence into comment lines. */
function comment(text: string): string {
  return text.match(/\S.{0,115}(?=\s|$)/g)?.map((line) => `# ${line}\n`).join('') ?? '';
}

/** The default as a person reads it. */
function defaultOf({ key: { fallback, kind } }: Setting): string {
  switch (fallback.kind) {
    case 'value': return fallback.text === '' ? 'empty' : kind.unit === undefined || !/^\d+$/.test(fallback.text) ? fallback.text : `${fallback.text} ${kind.unit}`;
    case 'none': return fallback.meaning;
    case 'required': return 'required';
    case 'file': return `the content of ${fallback.path}`;
  }
}

function exampleLine({ name, key: { fallback, secret } }: Setting): string {
  switch (fallback.kind) {
    case 'value': return `;${name} = ${fallback.text}`.trimEnd();
    case 'none': return `;${name}${secret ? 'File' : ''} = ${fallback.example}`;
    case 'required': return `${name} = ${fallback.example}`;
    case 'file': return `;${name}File = ${fallback.path}`;
  }
}

function exampleOf(setting: Setting, value: string | undefined): string {
  const { key, name, section } = setting;
  // A line break would smuggle in further lines.
  if (value !== undefined && /\p{Cc}/u.test(value)) {
    throw new ConfigError(`[${section}] ${name}: holds a control character, expected one line of text`);
  }
  const variable = environmentName(setting);
  const places = key.secret ? `Give it as ${name}, as ${name}File = path, or in the environment variable ${variable}, which wins. ` : '';
  const otherwise = key.fallback.kind === 'required' ? 'Required' : `Default: ${defaultOf(setting)}`;
  return `\n${comment(key.help)}${comment(`${places}Value: ${key.kind.expected}. ${otherwise}.`)}`
    + `${value === undefined ? exampleLine(setting) : `${name} = ${value}`}\n`;
}

/**
 * A commented config.ini with every key; only those that are required or given here are in force.
 *
 * @param values texts for some settings, such as `{ 'Server.Hostname': 'gw.example.com' }`, to be checked by loading the result
 * @throws ConfigError if a value is more than one line
 */
export function configExample(values: Readonly<Partial<Record<SettingPath, string>>> = {}): string {
  const sections = Object.entries(schema).map(([section, { help }]) =>
    `\n\n[${section}]\n${comment(help)}`
    + settings.filter((setting) => setting.section === section).map((setting) => exampleOf(setting, values[setting.path])).join(''));
  return preamble + sections.join('');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

/** The settings as a Markdown table. */
export function configTable(): string {
  const rows = settings.map((setting) => {
    const { section, name, key } = setting;
    const names = key.secret ? `\`${name}\`, \`${name}File\` or \`${environmentName(setting)}\`` : `\`${name}\``;
    return `| ${[`\`[${section}]\``, names, cell(key.kind.expected), cell(defaultOf(setting)), cell(key.help)].join(' | ')} |\n`;
  });
  return `| Section | Key | Values | Default | Meaning |\n|---|---|---|---|---|\n${rows.join('')}`;
}

/** One setting in force. */
export interface ConfigRow {
  readonly section: string;
  readonly key: string;
  /** As in the file; secrets are masked. */
  readonly value: string;
  readonly source: string;
}

function display(setting: Setting, value: unknown): string {
  if (value instanceof KeyObject) return '********';
  if (value === undefined) return setting.key.fallback.kind === 'none' ? `(${setting.key.fallback.meaning})` : '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return value.join(', ');
  if (typeof value === 'object' && value !== null && 'engine' in value && 'path' in value) {
    return `${String(value.engine)}:${String(value.path)}`;
  }
  return String(value);
}

/** The settings in force with their sources, secrets masked. */
export function configRows({ config, sources }: LoadedConfig): readonly ConfigRow[] {
  const values = new Map(Object.entries(config).flatMap(([section, keys]) =>
    Object.entries(keys).map(([name, value]): [string, unknown] => [`${section}.${name}`.toLowerCase(), value])));
  return settings.map((setting) => ({
    section: setting.section,
    key: setting.name,
    value: display(setting, values.get(setting.path.toLowerCase())),
    source: sources[setting.path],
  }));
}

/** The lines of `config print`: sections, `Key = value`, and the source in a column of its own. */
export function redactedConfig(loaded: LoadedConfig): readonly string[] {
  const rows = configRows(loaded).map((row) => ({ ...row, line: `${row.key} = ${row.value}` }));
  const width = Math.min(60, Math.max(...rows.map(({ line }) => line.length)));
  return rows.flatMap(({ section, line, source }, index) => [
    ...(rows[index - 1]?.section === section ? [] : [`[${section}]`]),
    `${line.padEnd(width)}  (${source})`,
  ]);
}
