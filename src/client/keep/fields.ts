// The fields of what is kept, checked one by one as they are read.

export type Fields = Readonly<Record<string, unknown>>;

/** A field is not as it must be. The message names it, and does not quote it: it may be a secret. */
export class FieldFault extends Error {}

/** Throws FieldFault if it is missing, no text, empty (unless it may be) or longer than `limit` characters. */
export function textOf(fields: Fields, name: string, { limit = 4096, mayBeEmpty = false } = {}): string {
  const value = fields[name];
  if (value === undefined) throw new FieldFault(`"${name}" is missing`);
  if (typeof value !== 'string') throw new FieldFault(`"${name}" is no text`);
  if (value === '' && !mayBeEmpty) throw new FieldFault(`"${name}" is empty`);
  if (value.length > limit) throw new FieldFault(`"${name}" is longer than ${String(limit)} characters`);
  return value;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since 1970 of a time as in `2026-01-31T12:00:00.000Z` (RFC 3339). Throws FieldFault. */
export function timeOf(fields: Fields, name: string): number {
  const text = textOf(fields, name);
  const time = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new FieldFault(`"${name}" is no time as in 2026-01-31T12:00:00Z`);
  return time;
}

/** The reverse; what is no time becomes an empty text, which is refused when it is checked. */
export const printedTime = (time: number): string => (Number.isNaN(new Date(time).getTime()) ? '' : new Date(time).toISOString());
