// Reads what a domain controller sends: LDAPMessages (RFC 4511 §4.1.1, §4.2.2, §4.5.2). ldapts writes the requests, but its reader of
// answers runs for ever on some that are broken, and before StartTLS is done anybody on the way can send one.

import { DerError, element, elements, octetString, sequence, unsigned } from '../tls/der.ts';

export interface Entry {
  /** Distinguished name. */
  readonly dn: string;
  /** By name in lower case. */
  readonly attributes: ReadonlyMap<string, readonly Buffer[]>;
}

export interface Result {
  /** The tag of the operation: which request it ends. */
  readonly operation: number;
  /** resultCode (RFC 4511 appendix A). */
  readonly code: number;
  /** diagnosticMessage. */
  readonly diagnostic: string;
  /** Of the next page (RFC 2696), if there is one. */
  readonly cookie: Buffer | undefined;
}

export type Message = { readonly id: number } & (
  | { readonly kind: 'entry'; readonly entry: Entry }
  | { readonly kind: 'reference' }
  | { readonly kind: 'result'; readonly result: Result }
);

/** The operations that end a request. */
export const operations = { bind: 0x61, search: 0x65, extended: 0x78 } as const;

const integer = 0x02;
const enumerated = 0x0a;
const set = 0x31;
const controls = 0xa0;
const searchEntry = 0x64;
const searchReference = 0x73;
const PAGED_RESULTS = '1.2.840.113556.1.4.319';

/** Far above one entry of a person in very many groups. */
const MAX_MESSAGE = 16 * 1024 * 1024;

/**
 * The octets of the first message, or undefined while it is not there whole.
 *
 * @throws DerError if none can come of it
 */
export function firstMessage(received: Buffer): Buffer | undefined {
  const [tag, first] = received;
  if (tag !== undefined && tag !== sequence) throw new DerError('no message begins so');
  if (first === undefined) return undefined;
  const count = first > 0x7f ? first & 0x7f : 0;
  if (first === 0x80 || count > 4) throw new DerError('a length that LDAP does not have');
  if (received.length < 2 + count) return undefined;
  const length = 2 + count + (count === 0 ? first : received.readUIntBE(2, count));
  if (length > MAX_MESSAGE) throw new DerError(`a message of ${length} octets`);
  return received.length < length ? undefined : received.subarray(0, length);
}

/** Reads one whole message. @throws DerError */
export function parseMessage(octets: Uint8Array): Message {
  const number = element(element(octets, sequence).content, integer);
  const { tag, content, rest } = element(number.rest);
  const id = unsigned(number.content);
  if (tag === searchEntry) return { id, kind: 'entry', entry: parseEntry(content) };
  if (tag === searchReference) return { id, kind: 'reference' };
  if (!Object.values<number>(operations).includes(tag)) throw new DerError('an operation that is no answer');
  const code = element(content, enumerated);
  const matched = element(code.rest, octetString);
  const diagnostic = text(element(matched.rest, octetString).content);
  return { id, kind: 'result', result: { operation: tag, code: unsigned(code.content), diagnostic, cookie: cookieOf(rest) } };
}

function parseEntry(content: Uint8Array): Entry {
  const dn = element(content, octetString);
  const attributes = new Map<string, Buffer[]>();
  for (const { content: attribute } of children(element(dn.rest, sequence).content, sequence)) {
    const type = element(attribute, octetString);
    const values = children(element(type.rest, set).content, octetString).map((value) => bufferOf(value.content));
    const name = text(type.content).toLowerCase();
    attributes.set(name, [...attributes.get(name) ?? [], ...values]);
  }
  return { dn: text(dn.content), attributes };
}

/** What follows the operation: nothing, or controls, of which one may tell where the next page begins. */
function cookieOf(rest: Uint8Array): Buffer | undefined {
  if (rest.length === 0) return undefined;
  for (const { content } of children(element(rest, controls).content, sequence)) {
    const [type, ...fields] = elements(content);
    if (type === undefined || text(type.content) !== PAGED_RESULTS) continue;
    const value = fields.find(({ tag }) => tag === octetString)?.content ?? new Uint8Array();
    const cookie = element(element(element(value, sequence).content, integer).rest, octetString).content;
    return cookie.length === 0 ? undefined : bufferOf(cookie);
  }
  return undefined;
}

function children(content: Uint8Array, tag: number): ReturnType<typeof elements> {
  const all = elements(content);
  if (all.some((one) => one.tag !== tag)) throw new DerError('another element was expected');
  return all;
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

function text(content: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(content);
}
