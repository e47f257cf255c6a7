// Reads what was answered as a JSON object.

import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';
import type { WebAnswer } from './web.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Throws UnavailableError for anything but an object with the status 200. @param what opens the sentence for the log */
export function objectOf({ status, text }: WebAnswer, what: string): JsonObject {
  if (status !== 200) throw new UnavailableError(OUT, { detail: `${what}: the answer has the status ${String(status)}` });
  return parsed(text) ?? broken(what);
}

/** The object; undefined for what is none. */
export function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as JsonObject : undefined;
  } catch {
    // A page of HTML, half an answer: whatever it is, it is no object.
    return undefined;
  }
}

function broken(what: string): never {
  throw new UnavailableError(OUT, { detail: `${what}: the answer is no JSON object` });
}
