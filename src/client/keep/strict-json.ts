// Reads JSON (RFC 8259) that people may have edited: says on which line it is wrong, and takes no name twice.

/** It is no JSON. The message names the line, and quotes no value: it may be a secret. */
export class JsonFault extends Error {}

export interface JsonText {
  readonly value: unknown;
  /** The line on which this object or list of it begins, from 1. */
  lineOf(part: object): number;
}

/** The text, token by token. */
interface Tokens {
  take(): string;
  /** Where the token begins that was taken last. */
  start(): number;
  lineAt(position: number): number;
  /** About the token that was taken last. */
  fault(what: string): JsonFault;
}

/** A mark, a text, or whatever else could be a value; nothing at the end and before what belongs nowhere. */
const TOKEN = /[ \t\r\n]*([{}[\]:,]|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|[-+.\w]+)?/y;
const MAX_DEPTH = 32;

function openTokens(text: string): Tokens {
  let start = 0;
  let end = 0;
  const lineAt = (position: number): number => text.slice(0, position).split('\n').length;
  return {
    take: () => {
      TOKEN.lastIndex = end;
      const token = TOKEN.exec(text)?.[1] ?? '';
      end = TOKEN.lastIndex;
      start = end - token.length;
      return token;
    },
    start: () => start,
    lineAt,
    fault: (what) => {
      const line = String(lineAt(start));
      if (start === text.length) return new JsonFault(`it ends in the middle, on line ${line}`);
      // Only a text that does not end on its line is no token.
      return new JsonFault(`line ${line}: ${text[start] === '"' && end === start ? 'a text does not end' : what}`);
    },
  };
}

/**
 * Reads the whole text. JSON.parse silently keeps the last of two members with one name, which would lose what the first one held,
 * quotes the text in its messages, and often names no line.
 * @throws JsonFault
 */
export function readJson(text: string): JsonText {
  const starts = new WeakMap<object, number>();
  const { take, start, lineAt, fault } = openTokens(text);
  const value = (token: string, depth: number): unknown => {
    if (depth > MAX_DEPTH) throw fault('it is nested too deep');
    if (token === '{') return members(depth);
    if (token === '[') return elements(depth);
    return scalar(token, fault);
  };
  const separated = (close: string, read: (token: string) => void): void => {
    for (let token = take(); token !== close;) {
      read(token);
      token = take();
      if (token === close) return;
      if (token !== ',') throw fault(`"," or "${close}" is missing before this`);
      token = take();
      if (token === close) throw fault(`there is a comma before "${close}"`);
    }
  };
  const members = (depth: number): object => {
    const at = start();
    const fields = new Map<string, unknown>();
    separated('}', (token) => {
      if (!token.startsWith('"')) throw fault('a name in double quotes is missing');
      const name = String(scalar(token, fault));
      if (fields.has(name)) throw fault('a name is there for the second time');
      if (take() !== ':') throw fault('":" is missing before this');
      fields.set(name, value(take(), depth + 1));
    });
    const object = Object.fromEntries(fields);
    starts.set(object, at);
    return object;
  };
  const elements = (depth: number): unknown[] => {
    const at = start();
    const list: unknown[] = [];
    separated(']', (token) => { list.push(value(token, depth + 1)); });
    starts.set(list, at);
    return list;
  };
  const all = value(take(), 0);
  take();
  if (start() < text.length) throw fault('there is more after the end');
  return { value: all, lineOf: (part) => lineAt(starts.get(part) ?? 0) };
}

function scalar(token: string, fault: Tokens['fault']): unknown {
  try {
    return JSON.parse(token) as unknown;
  } catch {
    // Its own message quotes the token.
    throw fault(token.startsWith('"') ? 'a text has an escape or a character that is not allowed' : 'this is no value');
  }
}
