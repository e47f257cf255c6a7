// The public keys of a client that signs assertions: what may be registered (RFC 7517, RFC 7518 §6).

import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** The algorithms of client assertions; discovery names them. No HMAC: a public key must never be taken for a shared secret. */
export const assertionAlgorithms = ['ES256', 'ES384', 'PS256', 'RS256', 'EdDSA'] as const;

const MAX_BYTES = 16 * 1024;
const MAX_KEYS = 10;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** Members of private and symmetric keys (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The algorithms that each kind of key is good for. */
const algorithmsOf: Readonly<Record<string, readonly string[]>> = {
  'EC P-256': ['ES256'], 'EC P-384': ['ES384'], 'OKP Ed25519': ['EdDSA'], RSA: ['RS256', 'PS256'],
};

/** What is wrong with the text of a JWK set to be registered, as words that follow its name; undefined if nothing is. */
export function jwksFault(text: string): string | undefined {
  if (Buffer.byteLength(text) > MAX_BYTES) return `must have no more than ${String(MAX_BYTES)} bytes`;
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    return 'must be JSON';
  }
  if (!isObject(set) || !Array.isArray(set['keys'])) return 'must be a JWK set: {"keys":[...]} (RFC 7517 section 5)';
  const keys: readonly unknown[] = set['keys'];
  if (keys.length < 1 || keys.length > MAX_KEYS) return `must have 1 to ${String(MAX_KEYS)} keys`;
  const faults = keys.map((key, index) => [index + 1, isObject(key) ? keyFault(key) : 'is no JSON object'] as const);
  const [place, fault] = faults.find(([, one]) => one !== undefined) ?? [];
  if (fault !== undefined) return `must have good keys only: key ${String(place)} ${fault}`;
  const kids = (keys as readonly JsonWebKey[]).map(({ kid }) => kid).filter((kid) => kid !== undefined);
  return new Set(kids).size < kids.length ? 'must have each kid once' : undefined;
}

function keyFault(jwk: Readonly<Record<string, unknown>>): string | undefined {
  const { kty, crv, kid, use, key_ops: operations, alg } = jwk;
  // Said first: it is the one that has let a secret out.
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) return 'is private or symmetric: send the public part only, and make a new key pair';
  const kind = kty === 'RSA' ? 'RSA' : `${String(kty)} ${String(crv)}`;
  const algorithms = Object.hasOwn(algorithmsOf, kind) ? algorithmsOf[kind] : undefined;
  if (algorithms === undefined) return 'must be RSA, EC on P-256 or P-384, or Ed25519';
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > 255)) return 'has a kid that is no text of 1 to 255 characters';
  if (use !== undefined && use !== 'sig') return 'is not for signatures: its use must be sig';
  if (operations !== undefined && !isForVerifying(operations)) return 'is not for signatures: its key_ops must be verify';
  if (alg !== undefined && !(typeof alg === 'string' && algorithms.includes(alg))) return `has another alg than ${algorithms.join(' or ')}`;
  try {
    return strengthFault(createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }));
  } catch {
    return 'is no key: its numbers are wrong or missing';
  }
}

const isForVerifying = (operations: unknown): boolean => Array.isArray(operations) && operations.length === 1 && operations[0] === 'verify';

/** Of RSA: too short is weak, too long costs this gateway, and with the exponent 1 every message is its own signature. */
function strengthFault(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType !== 'rsa') return undefined;
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MAX_RSA_BITS) return `must have ${String(MIN_RSA_BITS)} to ${String(MAX_RSA_BITS)} bits`;
  return publicExponent < 3n || publicExponent % 2n === 0n ? 'has a weak exponent' : undefined;
}

/** True for a JSON object that is no array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
