// Reads the arguments of `myq-signin`, strictly.

import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Wrong use of the program: exit 2. */
export class UsageError extends Error {}

/** An unknown option, a missing value, or an option given twice is a UsageError. Values that may be secret are not repeated. */
export function readArguments<const T extends ParseArgsOptionsConfig>(argv: readonly string[], options: T) {
  try {
    const { values, positionals, tokens } = parseArgs({ args: [...argv], options, allowPositionals: true, tokens: true, strict: true });
    const seen = new Set<string>();
    for (const token of tokens) {
      if (token.kind !== 'option') continue;
      if (token.value === '') throw new UsageError(`--${token.name} is empty`);
      if (seen.has(token.name)) throw new UsageError(`--${token.name} is given twice`);
      seen.add(token.name);
    }
    return { values, positionals: positionals as readonly string[] };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError((error as Error).message.split(/\.\s/, 1)[0] ?? '');
  }
}

/** One of these words, or the default. */
export function oneOf<const T extends string>(option: string, value: string | undefined, words: readonly T[], usual: T): T {
  if (value === undefined) return usual;
  const found = words.find((word) => word === value.toLowerCase());
  if (found === undefined) throw new UsageError(`--${option} is one of ${words.join(', ')}`);
  return found;
}

/** The one argument that is no option. */
export function onlyOne([first, ...rest]: readonly string[], what: string): string {
  if (first === undefined || first === '') throw new UsageError(`${what} is missing`);
  if (rest.length > 0) throw new UsageError(`there is one ${what} too many`);
  return first;
}
