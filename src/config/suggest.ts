// What to say about a name that config.ini does not know: the nearest one that it does.
import leven from 'leven';
import { sectionNames, sectionOf, settings } from './schema.ts';

interface Candidate {
  readonly section: string;
  readonly name: string;
}

/** Every key as it may be written, `<Key>File` of the secrets included. */
const candidates: readonly Candidate[] = settings.flatMap(({ section, name, key }) =>
  [{ section, name }, ...(key.secret ? [{ section, name: `${name}File` }] : [])]);

/** More letters than this apart, a guess would be noise. */
function tolerance(name: string): number {
  return Math.max(2, Math.floor(name.length * 0.4));
}

function nearest(name: string, among: readonly Candidate[]): readonly Candidate[] {
  if (name.length > 60) return [];
  const measured = among.map((candidate) => ({ candidate, distance: leven(name.toLowerCase(), candidate.name.toLowerCase()) }));
  const least = Math.min(...measured.map(({ distance }) => distance));
  return least > tolerance(name) ? [] : measured.filter(({ distance }) => distance === least).map(({ candidate }) => candidate);
}

/**
 * The fault of an unknown key: the nearest key of its own section, unless another section has a nearer one.
 *
 * @param section the known section where it stands, or `''` before the first header
 */
export function unknownKey(section: string, name: string): string {
  const isHere = (candidate: Candidate): boolean => candidate.section.toLowerCase() === section.toLowerCase();
  const found = nearest(name, candidates);
  const fault = section === '' ? 'stands before the first [Section]' : 'unknown key';
  const here = found.find(isHere);
  if (here !== undefined) return `${fault}; did you mean "${here.name}"?`;
  const [first] = found;
  if (first === undefined) {
    const known = candidates.filter(isHere).map((candidate) => candidate.name);
    return known.length === 0 ? fault : `${fault}, expected one of ${known.join(', ')}`;
  }
  const homes = found.filter((candidate) => candidate.name === first.name).map((candidate) => `[${candidate.section}]`).join(' or ');
  const same = first.name.toLowerCase() === name.toLowerCase();
  return same ? `${fault}; it belongs into ${homes}` : `${fault}; did you mean "${first.name}"? It belongs into ${homes}`;
}

/** The fault of an unknown section. @param name what stands before a colon @param member what stands behind it, if there is one */
export function unknownSection(name: string, member?: string): string {
  const [found] = nearest(name, sectionNames.map((section) => ({ section, name: section })));
  if (found === undefined) return `unknown section, expected one of ${sectionNames.join(', ')}`;
  const { name: meant } = found;
  const plural = sectionNames.some((section) => section === meant && 'plural' in sectionOf(section));
  return `unknown section; did you mean [${member !== undefined && plural && isMemberName(member) ? `${meant}:${member}` : meant}]?`;
}

/** Whether `[Section:name]` can have this name. */
export function isMemberName(name: string): boolean {
  return /^[a-z\d-]{1,32}$/i.test(name);
}
