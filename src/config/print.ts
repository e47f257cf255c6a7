// What is in force, for people: the lines of `config print`.
import { KeyObject } from 'node:crypto';
import type { LoadedConfig } from './load.ts';
import type { Setting } from './schema.ts';

/** One setting in force. */
export interface ConfigRow {
  /** As in the schema; one that can be there several times as in the file. */
  readonly section: string;
  readonly key: string;
  /** As in the file; secrets are masked. */
  readonly value: string;
  readonly source: string;
}

function display({ key: { fallback, kind } }: Setting, value: unknown): string {
  if (value instanceof KeyObject) return '********';
  if (value === undefined) return fallback.kind === 'none' ? `(${fallback.meaning})` : '';
  if (kind.show !== undefined) return kind.show(value);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** The settings in force with their sources, secrets masked. */
export function configRows({ values }: LoadedConfig): readonly ConfigRow[] {
  return values.map(({ setting, value, source }) =>
    ({ section: setting.section, key: setting.name, value: display(setting, value), source }));
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
