// Gives every setting its value: from the file, from a secret's place, or the default. Collects faults instead of stopping at one.
import { fileKey, findValue, readEntry, type Surroundings, type Value } from './find-value.ts';
import type { IniDocument } from './ini.ts';
import { type Problem, ruleSubject, subjectOf } from './problems.ts';
import { sectionOf, settingsOf } from './schema.ts';
import { recognise, type Section, sectionsIn } from './sections.ts';
import { unknownKey } from './suggest.ts';

/** A section with its values, in the order of the schema, or of the file if they are rules. */
export interface MergedSection extends Pick<Section, 'known' | 'id' | 'member'> {
  /** Complete if there are no problems. */
  readonly values: readonly Value[];
}

export interface Merged {
  readonly sections: readonly MergedSection[];
  readonly problems: readonly Problem[];
}

/** How a fault of the syntax names its place: as `subjectOf`, but the key of a rule may be more than one word. */
function syntaxProblem({ line, entry, text }: IniDocument['problems'][number]): Problem {
  if (entry === undefined) return { line, text, kind: 'unknown' };
  const is = recognise(entry.section);
  const known = 'wrong' in is ? undefined : sectionOf(is.known);
  if (known === undefined || 'keys' in known) return { line, subject: subjectOf(entry.section, entry.key), text, kind: 'unknown' };
  const rule = known.kindOf(entry.key);
  return { line, subject: ruleSubject(entry.section, entry.key, 'kind' in rule || rule.isName), text, kind: 'unknown' };
}

/** What was read, or what is wrong with it. */
type Result = Value | Problem;

/** Reads the rules of a section: each line is a setting of its own. */
function readRules(section: Section, around: Surroundings): readonly Result[] {
  const known = sectionOf(section.known);
  if ('keys' in known) return [];
  return section.entries.map((entry) => {
    const rule = known.kindOf(entry.key);
    const subject = ruleSubject(section.title, entry.key, 'kind' in rule || rule.isName);
    if ('wrong' in rule) return { line: entry.line, subject, text: rule.wrong };
    const key = { kind: rule.kind, fallback: { kind: 'required', example: '' }, help: '', secret: false } as const;
    return readEntry({ path: `${section.id}.${entry.key}`, section: section.known, name: entry.key, key }, entry, subject, around);
  });
}

/** Reads the keys of a section. */
function readKeys(section: Section, around: Surroundings): readonly Result[] {
  const { id, known, member, title } = section;
  const settings = settingsOf(known, id, member === '' ? known : title);
  const keys = new Set(settings.flatMap((setting) => [setting.name, ...(setting.key.secret ? [fileKey(setting)] : [])])
    .map((name) => name.toLowerCase()));
  const results: Result[] = section.entries.filter((entry) => !keys.has(entry.key.toLowerCase()))
    .map((entry) => ({ line: entry.line, subject: subjectOf(title, entry.key), text: unknownKey(known, entry.key), kind: 'unknown' }));
  const entries = new Map(section.entries.map((entry) => [entry.key.toLowerCase(), entry]));
  const values: Value[] = [];
  for (const setting of settings) {
    const result = findValue(setting, { ...around, entries, section, values });
    if (result !== undefined) results.push(result);
    if (result !== undefined && 'value' in result) values.push(result);
  }
  return results;
}

/** What stands before the first header. */
function homeless({ sections }: IniDocument): readonly Problem[] {
  return sections.filter(({ name }) => name === '').flatMap(({ entries }) => entries.map(({ line, key }) =>
    ({ line, subject: subjectOf('', key), text: unknownKey('', key), kind: 'unknown' as const })));
}

/** Reads every setting once. What is missing is not reported beside a line that nobody understood: it may be that line. */
export function merge(document: IniDocument, around: Surroundings): Merged {
  const { sections, problems } = sectionsIn(document.sections);
  const read = sections.map((section) =>
    ({ section, results: 'keys' in sectionOf(section.known) ? readKeys(section, around) : readRules(section, around) }));
  const all = [
    ...document.problems.map(syntaxProblem),
    ...homeless(document),
    ...problems,
    ...read.flatMap(({ results }) => results.filter((result) => 'text' in result)),
  ];
  const isSure = all.every(({ kind }) => kind !== 'unknown');
  return {
    sections: read.map(({ section: { known, id, member }, results }) =>
      ({ known, id, member, values: results.filter((result) => 'value' in result) })),
    problems: all.filter(({ kind }) => isSure || kind !== 'missing'),
  };
}
