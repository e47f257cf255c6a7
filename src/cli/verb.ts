// What a verb of the program is, and how its arguments are read.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { oneLine } from './terminal.ts';

export interface Verb {
  readonly usage: string;
  /** Runs with the arguments after the verb; what it answers is printed on stdout. */
  run(argv: readonly string[]): Promise<string | undefined>;
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

/** Rows as columns of aligned text. */
export function table(cells: readonly (readonly string[])[]): string {
  const rows = cells.map((row) => row.map(oneLine));
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}
