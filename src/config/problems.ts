// Collects what is wrong with a configuration, so that one start names every fault and not only the first.
import { ConfigError } from '../errors.ts';
import { quote } from './values.ts';

/** One fault. `line` orders it; `at` replaces `FILE:LINE` for what does not stand in the file. */
export interface Problem {
  readonly line: number;
  readonly at?: string;
  readonly subject?: string;
  readonly text: string;
  /** `unknown`: nobody knows what the line means. `missing`: a line that must be there is not. */
  readonly kind?: 'unknown' | 'missing';
}

/** What does not look like a name is not repeated: it may be a secret that lost its key, or stands behind it with a colon. */
const shown = (name: string, form: RegExp): string => (form.test(name) ? name : '(not a name)');

/** `[Section] Key`, or one of the two alone: the section as such, or a key before the first section. */
export function subjectOf(section: string, key?: string): string {
  return [
    ...(section === '' ? [] : [`[${shown(section, /^[A-Za-z][\w-]{0,29}(?::[\w-]{0,32})?$/)}]`]),
    ...(key === undefined ? [] : [shown(key, /^[A-Za-z][\w-]{0,29}$/)]),
  ].join(' ');
}

/** `[Section] "key"` for a rule, whose key is repeated only if it is known to be a name. */
export function ruleSubject(section: string, key: string, isName: boolean): string {
  return `${subjectOf(section)} ${isName ? quote(key) : '(not a name)'}`;
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
