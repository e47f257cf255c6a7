// Collects what is wrong with a configuration, so that one start names every fault and not only the first.
import { ConfigError } from '../errors.ts';

/** One fault. `line` orders it; `at` replaces `FILE:LINE` for what does not stand in the file. */
export interface Problem {
  readonly line: number;
  readonly at?: string;
  readonly subject?: string;
  readonly text: string;
}

/** More would scroll the first, which is most often the cause, off the screen. */
const maximumShown = 20;

/** One line for each problem, in the order of the file. @param file as the admin wrote it */
export function configError(file: string, problems: readonly Problem[]): ConfigError {
  const sorted = problems.toSorted((a, b) => a.line - b.line);
  const lines = sorted.slice(0, maximumShown).map(({ line, at, subject, text }) =>
    [at ?? `${file}:${line}`, ...(subject === undefined ? [] : [subject]), text].join(': '));
  const more = sorted.length - lines.length;
  return new ConfigError([...lines, ...(more > 0 ? [`${file}: and ${more} more`] : [])].join('\n'));
}
