// Splits the text of an INI file into sections and entries with line numbers; knows no key and no meaning.

/** One `Key = value` line, spelled as the admin wrote it. */
export interface IniEntry {
  readonly key: string;
  readonly value: string;
  readonly line: number;
}

/** All entries under one section name; `line` is that of its first header. The entries before any header are the section `''`. */
export interface IniSection {
  readonly name: string;
  readonly line: number;
  readonly entries: readonly IniEntry[];
}

/** A fault at a line of the file. `entry` is what it is about, if that is known; no text holds a value, which may be a secret. */
export interface IniProblem {
  readonly line: number;
  readonly entry?: { readonly section: string; readonly key: string };
  readonly text: string;
}

export interface IniDocument {
  readonly sections: readonly IniSection[];
  readonly problems: readonly IniProblem[];
}

/** A larger file is surely not a configuration. */
export const maximumIniBytes = 1024 * 1024;

type OpenSection = { readonly name: string; readonly line: number; readonly entries: Map<string, IniEntry> };

/** Cc without the tab, and the two separators that an editor shows as a line end although the file has none. */
const forbidden = /[\p{Cc}\u2028\u2029]/u;

function readEntry(line: string, number: number, section: OpenSection): IniProblem | undefined {
  const equals = line.indexOf('=');
  const key = line.slice(0, Math.max(equals, 0)).trim();
  if (key === '') return { line: number, text: 'not understood, expected [Section], Key = value, or a comment that begins with ; or #' };
  const first = section.entries.get(key.toLowerCase());
  if (first !== undefined) {
    return { line: number, entry: { section: section.name, key }, text: `given twice, first in line ${first.line}, expected once` };
  }
  // A tab is a blank like any other; as part of a path or name it could only be a slip, and messages would carry it on.
  section.entries.set(key.toLowerCase(), { key, value: line.slice(equals + 1).replaceAll('\t', ' ').trim(), line: number });
  return undefined;
}

function openSection(header: string, line: number, sections: Map<string, OpenSection>): OpenSection | undefined {
  const name = /^\[([^[\]]+)\]$/.exec(header)?.[1]?.trim();
  if (name === undefined || name === '') return undefined;
  const known = sections.get(name.toLowerCase());
  if (known !== undefined) return known;
  const section: OpenSection = { name, line, entries: new Map() };
  sections.set(name.toLowerCase(), section);
  return section;
}

/** The code points that cannot stand in a file of text, as `U+0000`. */
function controlProblem(line: string, number: number): IniProblem | undefined {
  const found = forbidden.exec(line.replaceAll('\t', ' '))?.[0];
  if (found === undefined) return undefined;
  const code = found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return { line: number, text: `holds the control character U+${code}, expected plain text in UTF-8` };
}

/**
 * Reads INI text: `[Section]`, `Key = value`, blank lines, and comments (`;` or `#` as the first character of a line).
 * Names are compared without regard to letter case; sections of one name merge; a key given twice in a section is a problem.
 *
 * @param text the whole file; a byte order mark and CRLF line ends are tolerated
 * @returns what could be read and every fault found, in line order; never throws
 */
export function parseIni(text: string): IniDocument {
  if (Buffer.byteLength(text) > maximumIniBytes) {
    return { sections: [], problems: [{ line: 1, text: `the file is larger than ${maximumIniBytes} bytes, expected a short text` }] };
  }
  const sections = new Map<string, OpenSection>([['', { name: '', line: 1, entries: new Map() }]]);
  const problems: IniProblem[] = [];
  let current = sections.get('');
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (const [index, raw] of lines.entries()) {
    const number = index + 1;
    const line = raw.trim();
    const control = controlProblem(raw, number);
    if (control !== undefined) {
      problems.push(control);
    } else if (line.startsWith('[')) {
      current = openSection(line, number, sections);
      if (current === undefined) problems.push({ line: number, text: 'not a section, expected [Name] alone on its line' });
    } else if (line !== '' && !line.startsWith(';') && !line.startsWith('#')) {
      // Below a broken header nobody knows where a key belongs, so its entries are read for their form only.
      const problem = readEntry(line, number, current ?? { name: '', line: number, entries: new Map() });
      if (problem !== undefined) problems.push(problem);
    }
  }
  return {
    sections: [...sections.values()].map((section) => ({ ...section, entries: [...section.entries.values()] })),
    problems,
  };
}
