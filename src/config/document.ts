// Writes the schema down for people: config.ini.example and the table of the README.
import { ConfigError } from '../errors.ts';
import { environmentName, type SectionName, sectionNames, sectionOf, type Setting, type SettingPath, settingsOf } from './schema.ts';

const preamble = `# Settings of the MyQ authentication gateway.
# A line that begins with # or ; is a comment. A key behind ; shows its default, or an example: remove the ; to set it.
# A section behind ; is not there: remove the ; before its name, too.
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
    case 'none':
    case 'derived': return fallback.meaning;
    case 'required': return 'required';
    case 'file': return `the content of ${fallback.path}`;
  }
}

/** @param isOff whether the section is not in force */
function exampleLine({ name, key: { fallback, secret } }: Setting, isOff: boolean): string {
  switch (fallback.kind) {
    case 'value': return `;${name} = ${fallback.text}`.trimEnd();
    case 'none':
    case 'derived': return `;${name}${secret ? 'File' : ''} = ${fallback.example}`;
    case 'required': return `${isOff ? ';' : ''}${name}${secret ? 'File' : ''} = ${fallback.example}`;
    case 'file': return `;${name}File = ${fallback.path}`;
  }
}

function exampleOf(setting: Setting, isOff: boolean, value: string | undefined): string {
  const { key, name, section } = setting;
  // A line break would smuggle in further lines.
  if (value !== undefined && /\p{Cc}/u.test(value)) {
    throw new ConfigError(`[${section}] ${name}: holds a control character, expected one line of text`);
  }
  const variable = environmentName(setting);
  const places = key.secret ? `Give it as ${name}, as ${name}File = path, or in the environment variable ${variable}, which wins. ` : '';
  const otherwise = key.fallback.kind === 'required' ? 'Required' : `Default: ${defaultOf(setting)}`;
  return `\n${comment(key.help)}${comment(`${places}Value: ${key.kind.expected}. ${otherwise}.`)}`
    + `${value === undefined ? exampleLine(setting, isOff) : `${name} = ${value}`}\n`;
}

/**
 * A commented config.ini with every key; only those that are required or given here are in force.
 *
 * @param values texts for some settings, such as `{ 'Server.Hostname': 'gw.example.com' }`, to be checked by loading the result
 * @throws ConfigError if a value is more than one line
 */
export function configExample(values: Readonly<Partial<Record<SettingPath, string>>> = {}): string {
  const given: Readonly<Record<string, string | undefined>> = values;
  return preamble + sectionNames.map((name) => {
    const section = sectionOf(name);
    const isOff = 'plural' in section;
    const lines = 'keys' in section
      ? settingsOf(name, name, name).map((setting) => exampleOf(setting, isOff, given[setting.path])).join('')
      : `\n# A key is ${section.keyExpected}.\n${comment(`Value: ${section.valueExpected}.`)}${section.examples.map((line) => `;${line}\n`).join('')}`;
    return `\n\n${isOff ? ';' : ''}[${name}]\n${comment(section.help)}${lines}`;
  }).join('');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

function rowsOf(name: SectionName): readonly (readonly string[])[] {
  const section = sectionOf(name);
  if (!('keys' in section)) return [[section.keyExpected, section.valueExpected, 'none', section.help]];
  return settingsOf(name, name, name).map((setting) => {
    const { key } = setting;
    const names = key.secret ? `\`${setting.name}\`, \`${setting.name}File\` or \`${environmentName(setting)}\`` : `\`${setting.name}\``;
    return [names, key.kind.expected, defaultOf(setting), key.help];
  });
}

/** The settings as a Markdown table. */
export function configTable(): string {
  const rows = sectionNames.flatMap((name) => {
    const title = 'plural' in sectionOf(name) ? `\`[${name}]\`, \`[${name}:name]\`` : `\`[${name}]\``;
    return rowsOf(name).map((cells) => `| ${[title, ...cells.map(cell)].join(' | ')} |\n`);
  });
  return `| Section | Key | Values | Default | Meaning |\n|---|---|---|---|---|\n${rows.join('')}`;
}
