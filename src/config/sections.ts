// Which sections of the schema a file has, under which names.
import type { IniEntry, IniSection } from './ini.ts';
import { type Problem, subjectOf } from './problems.ts';
import { type SectionName, sectionNames, sectionOf } from './schema.ts';
import { isMemberName, unknownSection } from './suggest.ts';

/** A section in force. One that can be there only once is in force always, if need be without entries. */
export interface Section {
  readonly known: SectionName;
  /** Begins the path of its settings: `Server`, `Directory`, `Directory:sales`. */
  readonly id: string;
  /** Behind the colon, in lower case; '' without one. */
  readonly member: string;
  /** As the file spells it. */
  readonly title: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

/** Finds a section name in the schema, in any letter case, or says what is wrong with it. */
export function recognise(name: string): Pick<Section, 'known' | 'id' | 'member'> | { readonly wrong: string } {
  const colon = name.indexOf(':');
  const [base, member] = colon < 0 ? [name, undefined] : [name.slice(0, colon), name.slice(colon + 1)];
  const known = sectionNames.find((section) => section.toLowerCase() === base.toLowerCase());
  if (known === undefined) return { wrong: unknownSection(base, member) };
  if (member === undefined) return { known, id: known, member: '' };
  if (!('plural' in sectionOf(known))) return { wrong: `unknown section, expected [${known}], which has no further name` };
  if (isMemberName(member)) return { known, id: `${known}:${member.toLowerCase()}`, member: member.toLowerCase() };
  const fault = member === '' ? 'no name behind the colon' : 'not a name behind the colon';
  return { wrong: `${fault}, expected [${known}], or [${known}:name] with 1 to 32 letters a to z, digits and hyphens` };
}

/** The sections in the order of the schema, those of one kind in the order of the file; what is not known is a problem. */
export function sectionsIn(
  written: readonly IniSection[],
): { readonly sections: readonly Section[]; readonly problems: readonly Problem[] } {
  const found: Section[] = [];
  const problems: Problem[] = [];
  for (const { name, line, entries } of written.filter((section) => section.name !== '')) {
    const known = recognise(name);
    if ('wrong' in known) problems.push({ line, subject: subjectOf(name), text: known.wrong, kind: 'unknown' });
    else found.push({ ...known, title: name, line, entries });
  }
  const sections = sectionNames.flatMap((known) => {
    const here = found.filter((section) => section.known === known);
    return here.length > 0 || 'plural' in sectionOf(known) ? here : [{ known, id: known, member: '', title: known, line: 1, entries: [] }];
  });
  return { sections, problems };
}
