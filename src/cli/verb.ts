// What a verb of the program is, and how its arguments are read.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { oneLine } from './terminal.ts';

export interface Verb<T extends string | Mixed = string> {
  readonly usage: string;
  /** Runs with the arguments after the verb; what it answers is printed on stdout. */
  run(argv: readonly string[]): Promise<T | undefined>;
}

/** What was done, and what was not: the text on stdout, and exit 1 with the complaint on stderr. */
export interface Mixed {
  readonly text: string;
  readonly complaint: string;
}

/** Wrong use of the program: exit 2. */
export class UsageError extends Error {}

/** The program was used rightly and says no: exit 1. */
export class Negative extends Error {}

/** Reads arguments strictly: an unknown option, a missing value or a doubled single option is a UsageError. */
export function readArguments<const T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T, usage: string) {
  try {
    const parsed = parseArgs({ args: [...argv], options, allowPositionals: true, tokens: true, strict: true });
    const seen = new Set<string>();
    for (const token of parsed.tokens) {
      if (token.kind !== 'option' || options[token.name]?.multiple === true) continue;
      if (seen.has(token.name)) throw new Error(`option --${token.name} is given twice`);
      seen.add(token.name);
    }
    return { values: parsed.values, positionals: parsed.positionals as readonly string[] };
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/, 1)[0] ?? ''}; usage: ${usage}`);
  }
}

/**
 * Finds which verb of a family the arguments name: their first word that is no option. Throws UsageError if there is no such verb,
 * whatever else is wrong: the options depend on it.
 */
export function readVerb(argv: readonly string[], options: ParseArgsOptionsConfig, family: string, verbs: readonly string[]): string {
  const { positionals: [verb = ''] } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: false });
  if (verbs.includes(verb)) return verb;
  const what = verb === '' ? `${family} needs a verb` : `there is no "${verb}"`;
  throw new UsageError(`${what}; verbs: ${verbs.join(' ')}; usage: myq-gateway ${family} --help`);
}

/**
 * The one name that a verb is about, or an empty text where `wanted` is undefined. Throws UsageError for none or several; they are not
 * repeated, since one that is too many may be a secret.
 *
 * @param verb with its family, such as `users add`
 * @param wanted what the usage calls the name
 */
export function readName(verb: string, [name = '', ...rest]: readonly string[], wanted: string | undefined): string {
  const usage = `usage: myq-gateway ${verb.split(' ', 1)[0] ?? ''} --help`;
  if (wanted === undefined && (name !== '' || rest.length > 0)) throw new UsageError(`${verb} takes options only; ${usage}`);
  if (wanted !== undefined && name === '') throw new UsageError(`${verb} needs ${wanted}; ${usage}`);
  if (rest.length > 0) throw new UsageError(`${verb} takes one ${wanted ?? ''}: put one with blanks into quotes; ${usage}`);
  return name;
}

/** The values of an option that takes one word at a time. Throws UsageError for several in one value. */
export function readWords(option: string, values: readonly string[] = []): readonly string[] {
  const several = values.find((value) => /[^\s,][\s,]+[^\s,]/.test(value));
  if (several !== undefined) throw new UsageError(`"${several.slice(0, 200)}" is more than one: give --${option} once for each`);
  return values;
}

/** Rows as columns of aligned text. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(oneLine));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}
