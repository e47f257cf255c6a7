// Reads a table of comma-separated values (RFC 4180), also with semicolons as Excel writes it in many countries.

import type { CsvError, InfoRecord } from 'csv-parse/sync';
import { readText } from '../config/read.ts';
import { Negative, UsageError } from './verb.ts';

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ROWS = 100_000;
/** Characters. */
const MAX_CELL = 1024;
/** More than the longest row, in bytes; a quotation mark that nothing closes would else swallow the file. */
const MAX_RECORD = 64 * 1024;

/** A row; cells that are empty are left out, and the others have no blanks at their ends. */
export interface Row<Column extends string> {
  /** Its first line, from 1. */
  readonly line: number;
  readonly cells: Readonly<Partial<Record<Column, string>>>;
}

/** What is wrong with a row, never with its content: that may be a secret in the wrong column. */
export interface Fault {
  readonly line: number;
  /** Undefined: the row as a whole. */
  readonly column: string | undefined;
  /** The end of a sentence that begins with the column. */
  readonly fault: string;
}

export interface Columns<Column extends string> {
  readonly known: readonly Column[];
  readonly required: Column;
  /** By name, what to do instead of a column that there is not. */
  readonly instead: Readonly<Record<string, string>>;
}

export interface Table<Column extends string> {
  readonly rows: readonly Row<Column>[];
  readonly faults: readonly Fault[];
}

/** Reads it. Throws UsageError if there is no such file, Negative if it is no table with such columns at all. */
export async function readTable<Column extends string>(file: string, columns: Columns<Column>): Promise<Table<Column>> {
  const read = readText(file, MAX_BYTES);
  if ('fault' in read) {
    const fault = `${file}${read.line === undefined ? '' : `:${String(read.line)}`}: ${read.fault}`;
    throw read.line === undefined && !read.fault.startsWith('is') ? new UsageError(fault) : new Negative(`nothing was changed: ${fault}`);
  }
  const refuse = (fault: string): never => { throw new Negative(`nothing was changed: ${file}${fault}`); };
  if (read.text.includes('\0')) refuse(': is no text, or UTF-16; save it as UTF-8');
  const [header, ...records] = await parsed(read.text.replaceAll(/\r\n?/g, '\n'), refuse);
  if (header === undefined) return refuse(': is empty');
  if (records.length > MAX_ROWS) refuse(`: has more than ${String(MAX_ROWS)} rows; divide it`);
  const names = columnsOf(header.cells, columns, refuse);
  const checked = records.map((record) => rowOf(record, names));
  return {
    rows: checked.flatMap(({ row }) => (row === undefined ? [] : [row])),
    faults: checked.flatMap(({ faults }) => faults),
  };
}

interface RawRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

/** csv-parse's own messages repeat what is in the file. */
const syntaxFaults: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quotation mark opens here, and none closes it',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quotation mark; inside of quotes one is written twice',
  INVALID_OPENING_QUOTE: 'a quotation mark stands inside of a cell; put the cell into quotes and write it twice',
  CSV_MAX_RECORD_SIZE: 'the row is too long, or a quotation mark is not closed',
};

async function parsed(text: string, refuse: (fault: string) => never): Promise<readonly RawRecord[]> {
  // Only this verb needs it.
  const { parse } = await import('csv-parse/sync');
  try {
    const options = {
      delimiter: delimiterOf(text), record_delimiter: '\n', info: true, relax_column_count: true, skip_empty_lines: true,
      max_record_size: MAX_RECORD, to: MAX_ROWS + 2,
    };
    const records = parse(text, options) as unknown as readonly { readonly record: readonly string[]; readonly info: InfoRecord }[];
    return records.map(({ record, info }) => ({ line: info.lines - record.join('').split('\n').length + 1, cells: record }));
  } catch (error) {
    const { code, lines } = error as CsvError & { readonly lines?: number };
    const fault = syntaxFaults[code];
    if (fault === undefined) throw error;
    return refuse(`:${String(lines)}: ${fault}`);
  }
}

/** The names of columns have neither, so that the first line tells. */
function delimiterOf(text: string): string {
  const header = text.split('\n', 1)[0] ?? '';
  return header.split(';').length > header.split(',').length ? ';' : ',';
}

function columnsOf<Column extends string>(
  header: readonly string[], { known, required, instead }: Columns<Column>, refuse: (fault: string) => never,
): readonly Column[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const list = `known: ${known.join(' ')}`;
  // Without it the line may be somebody's, and what is in it is not repeated.
  if (!names.includes(required)) refuse(`:1: the first line must name the columns, separated by commas or semicolons, with ${required} among them; ${list}`);
  const told = names.find((name) => Object.hasOwn(instead, name));
  if (told !== undefined) refuse(`:1: there is no column ${told}: ${instead[told] ?? ''}; ${list}`);
  const strange = names.filter((name) => !(known as readonly string[]).includes(name)).map((name) => `"${name.slice(0, 40)}"`);
  if (strange.length > 0) refuse(`:1: unknown column ${strange.join(', ')}; ${list}`);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) refuse(`:1: the column ${twice} is there twice; ${list}`);
  return names as Column[];
}

function rowOf<Column extends string>(
  { line, cells }: RawRecord, names: readonly Column[],
): { readonly row?: Row<Column>; readonly faults: readonly Fault[] } {
  const trimmed = cells.map((cell) => cell.trim());
  // A spreadsheet leaves rows of nothing but separators at the end.
  if (trimmed.every((cell) => cell === '')) return { faults: [] };
  if (cells.length !== names.length) {
    const counted = `has ${String(cells.length)} cells, and the first line names ${String(names.length)} columns`;
    return { faults: [{ line, column: undefined, fault: `${counted}; a cell that holds a separator must be in quotes` }] };
  }
  const long = names.filter((_, index) => (trimmed[index] ?? '').length > MAX_CELL);
  if (long.length > 0) return { faults: long.map((column) => ({ line, column, fault: `has more than ${String(MAX_CELL)} characters` })) };
  const filled = names.flatMap((name, index) => (trimmed[index] === '' ? [] : [[name, trimmed[index]] as const]));
  return { row: { line, cells: Object.fromEntries(filled) as Partial<Record<Column, string>> }, faults: [] };
}
