// Reads a JWS in compact form strictly (RFC 7515 §7.1), before any key is looked for: nothing in it is believed yet.

import { refused, type Refusal } from '../../identity/refusal.ts';
import { printable } from '../token/printable.ts';

/** What stands in an ID token; who made it is not yet known. */
export interface ReadIdToken {
  readonly kind: 'read';
  /** The id of the key that is said to have signed it. */
  readonly kid: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Header and payload as they were signed: the signature could be written in several ways, these in one. */
  readonly signed: string;
}

/** Entra ID's own are below 10 KiB even with 200 groups. */
const MAX_TOKEN = 16 * 1024;

/** Members by which a token would bring its key, name a place for it, or demand something of its reader (RFC 7515 §4.1, 7516, 7797). */
const foreign = ['jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'enc', 'zip', 'cty'];

/** Reads it. Whatever is wrong with it is a refusal. */
export function readIdToken(text: string): ReadIdToken | Refusal {
  if (text.length > MAX_TOKEN) return refused('id_token_too_large', `it has ${String(text.length)} characters`);
  const parts = text.split('.');
  if (parts.length === 5) return malformed('it is encrypted (five parts)');
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) {
    return malformed(`it has ${String(parts.length)} parts and not three`);
  }
  const head = objectIn(header);
  const body = objectIn(payload);
  if (head === undefined) return malformed('its header is no JSON object in base64url');
  if (body === undefined) return malformed('its payload is no JSON object in base64url');
  const { alg, kid, typ } = head;
  if (alg !== 'RS256') return refused('id_token_algorithm', `alg is ${shown(alg)}`);
  const odd = foreign.filter((name) => Object.hasOwn(head, name));
  if (odd.length > 0) return refused('id_token_header', `the header has ${odd.join(' ')}`);
  if (typ !== undefined && (typeof typ !== 'string' || typ.toUpperCase() !== 'JWT')) return malformed(`typ is ${shown(typ)}`);
  if (typeof kid !== 'string' || kid === '' || kid.length > 256) return malformed('kid is missing or no short text');
  if (decoded(signature) === undefined) return malformed('its signature is no base64url');
  return { kind: 'read', kid, payload: body, signed: `${header}.${payload}` };
}

const malformed = (detail: string): Refusal => refused('id_token_malformed', detail);

/** For the log: a value of a stranger. What is nested, however deep, is not gone through. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return printable(value, 100);
  if (!Array.isArray(value)) return typeof value === 'object' && value !== null ? 'an object' : String(value);
  return value.every((one) => typeof one === 'string') ? printable(`[${value.join(', ')}]`, 100) : 'a list';
}

/** The bytes of the one spelling in base64url; Node.js itself would pass over strange characters and bits. */
function decoded(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  const bytes = decoded(part);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Readonly<Record<string, unknown>> : undefined;
  } catch {
    // Not UTF-8, or not JSON: whatever it is, it is no object.
    return undefined;
  }
}
