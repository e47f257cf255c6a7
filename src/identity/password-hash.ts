// Passwords as the store keeps them: Argon2id (RFC 9106) in a PHC string, prepared as RFC 8265 §4.2 says (OpaqueString).

import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';
import { RequestError, UnavailableError } from '../errors.ts';
import { turns } from './turns.ts';

/** OWASP's choice: 19 MiB (the unit is KiB), two passes, one lane. */
const costs = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const TAG_BYTES = 32;

const MAX_BYTES = 1024;
const MIN_CHARACTERS = 8;

const derive = promisify(argon2);

/** As many as libuv has threads: more would only hold memory. The bounds are the process's, since its threads and memory are. */
const takeTurn = turns({ atOnce: 4, waiting: 64 });

/** What a PHC string says: how it was made, and what came out. */
interface Phc {
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

/** Compared with where there is no hash. Its salt and tag are random: no password is known to fit, and a fit would still count as none. */
const dummy: Phc = { ...costs, salt: randomBytes(SALT_BYTES), tag: randomBytes(TAG_BYTES) };

/**
 * Hashes a new password into `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. Throws RequestError `invalid_request` for one that has
 * a `passwordFault`, and UnavailableError if too many are being hashed or verified already.
 */
export async function hashPassword(password: string): Promise<string> {
  const made = preparedNew(password);
  if ('fault' in made) throw new RequestError('invalid_request', made.fault);
  const salt = randomBytes(SALT_BYTES);
  const tag = await inTurn({ message: made.message, nonce: salt, tagLength: TAG_BYTES, ...costs });
  return `$argon2id$v=19$m=${String(costs.memory)},t=${String(costs.passes)},p=${String(costs.parallelism)}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Whether the password belongs to the PHC string. Without one (nobody has the name, or he has no password), and for text that
 * can be no password, it costs the same and is false. Throws UnavailableError for a string that is no Argon2id of ours within
 * bounds, and if too many are being hashed or verified already.
 */
export async function verifyPassword(password: string, phc: string | undefined): Promise<boolean> {
  const made = prepared(password);
  const expected = phc === undefined || 'fault' in made ? undefined : parsePhc(phc);
  const { salt, tag, ...its } = expected ?? dummy;
  const actual = await inTurn({ message: 'fault' in made ? ' ' : made.message, nonce: salt, tagLength: tag.length, ...its });
  return timingSafeEqual(actual, tag) && expected !== undefined;
}

/** Why this cannot be a new password, as a clause; undefined if it can. */
export function passwordFault(password: string): string | undefined {
  const made = preparedNew(password);
  return 'fault' in made ? made.fault : undefined;
}

type Prepared = { readonly message: Buffer } | { readonly fault: string };

function preparedNew(password: string): Prepared {
  const made = prepared(password);
  const isShort = 'message' in made && [...made.message.toString()].length < MIN_CHARACTERS;
  return isShort ? { fault: `the password is shorter than ${String(MIN_CHARACTERS)} characters` } : made;
}

/** One spelling whatever keyboard composed it (RFC 8265 §4.2.1): odd blanks are blanks, and accents are composed. */
function prepared(password: string): Prepared {
  if (password === '') return { fault: 'the password is empty' };
  const tooLong = { fault: `the password is longer than ${String(MAX_BYTES)} bytes` };
  // What is far too long is not even looked through: anybody may send it.
  if (password.length > MAX_BYTES) return tooLong;
  if (/[\p{Cc}\p{Cs}]/u.test(password)) return { fault: 'the password has control characters or is no Unicode text' };
  const message = Buffer.from(password.replace(/\p{Zs}/gu, ' ').normalize('NFC'));
  return message.length > MAX_BYTES ? tooLong : { message };
}

/** Reads a PHC string of Argon2id. The bounds keep a damaged or planted one from taking all memory, or from being guessed at once. */
function parsePhc(phc: string): Phc {
  const [, ...parts] = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d{1,2})\$([\w+/]{11,86})\$([\w+/]{22,86})$/.exec(phc) ?? [];
  const [memory = 0, passes = 0, parallelism = 0] = parts.slice(0, 3).map(Number);
  const [salt = Buffer.alloc(0), tag = Buffer.alloc(0)] = parts.slice(3).map((text) => Buffer.from(text, 'base64'));
  const sane = memory >= 7168 && memory <= 131_072 && passes >= 1 && passes <= 10 && parallelism >= 1 && parallelism <= 4;
  if (!sane || unpadded(salt) !== parts[3] || unpadded(tag) !== parts[4]) {
    throw new UnavailableError('Passwords cannot be checked right now.', {
      detail: 'the store has a password hash that is no Argon2id PHC string within bounds: set that password anew',
    });
  }
  return { memory, passes, parallelism, salt, tag };
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** Derives when it is this one's turn. */
function inTurn(parameters: Argon2Parameters): Promise<Buffer> {
  return takeTurn('process', () => derive('argon2id', parameters));
}
