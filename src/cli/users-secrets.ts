// `users password`, `users pin` and `users card`: the secrets with which somebody signs in. None of them is ever an argument.

import { randomInt, type KeyObject } from 'node:crypto';
import { hashPassword, passwordFault } from '../identity/password-hash.ts';
import { cardDigest, newPin, normaliseCard, pinDigest, pinFault } from '../identity/pin-card.ts';
import { endPause } from '../mechanisms/attempts.ts';
import type { SecretChanged } from '../stores/user-store.ts';
import { openSecrets } from '../tokens/secrets.ts';
import { isTerminal, readNewSecret, readSecret } from './secret-input.ts';
import { action, type Answer, type Call, find, noUser } from './users-action.ts';
import { Negative, UsageError } from './verb.ts';

const flag = { type: 'boolean' } as const;

/** The actions on secrets. */
export const secretActions = {
  password: action({ 'password-stdin': flag, generate: flag, remove: flag }, async (call, values) => {
    const choice = chosen('password', values);
    const { id } = await find(call);
    switch (choice) {
      case 'generate': {
        const password = newPassword();
        await done(call, call.store.setPassword(id, await hashPassword(password)));
        return { made: { password } };
      }
      case 'remove':
        return done(call, call.store.setPassword(id, undefined));
      case 'password-stdin':
        return done(call, call.store.setPassword(id, await readPassword()));
      default:
        return done(call, call.store.setPassword(id, await hashed(await readNewSecret('password'))));
    }
  }),
  pin: action({ 'pin-stdin': flag, generate: flag, remove: flag }, async (call, values) => {
    const choice = chosen('pin', values);
    const { id } = await find(call);
    switch (choice) {
      case 'generate':
        return generatePin(call, id);
      case 'remove':
        return done(call, call.store.setPin(id, undefined));
      case 'pin-stdin':
        return setPin(call, id, await readSecret('PIN'));
      default:
        return setPin(call, id, await readNewSecret('PIN'));
    }
  }),
  card: action({ 'add-stdin': flag, 'remove-stdin': flag, 'remove-all': flag }, async (call, values) => {
    const choice = chosen('card', values);
    const { id } = await find(call);
    switch (choice) {
      case 'remove-all':
        return done(call, call.store.changeCards(id, { add: [], remove: 'all' }));
      case 'remove-stdin':
        return done(call, call.store.changeCards(id, { add: [], remove: [await readCard(call)] }));
      default:
        return done(call, call.store.changeCards(id, { add: [await readCard(call)], remove: [] }), 'card');
    }
  }),
};

const ways = {
  password: ['a password', 'leave it out to be asked for it, or use --password-stdin'],
  pin: ['a PIN', 'leave it out to be asked for it, or use --pin-stdin'],
  card: ['a card number', 'use --add-stdin or --remove-stdin'],
} as const satisfies Record<keyof typeof secretActions, readonly string[]>;

/** Throws UsageError if there is more than the user's name after one of these verbs: a secret, which is not repeated. */
export function refuseSecretArgument(verb: string, names: readonly string[]): void {
  if (names.length < 2 || !Object.hasOwn(ways, verb)) return;
  const [what, way] = ways[verb as keyof typeof ways];
  throw new UsageError(`${what} is never an argument: ${way}; usage: myq-gateway users --help`);
}

/** The one option that was given; undefined if there is somebody at a terminal to be asked. A card needs one, to be added or removed. */
function chosen<T extends string>(what: 'password' | 'pin' | 'card', values: Readonly<Partial<Record<T, boolean>>>): T | undefined {
  const given = (Object.keys(values) as T[]).filter((name) => values[name] === true && name !== 'json');
  if (given.length > 1) throw new UsageError(`--${given.join(' and --')} cannot go together; usage: myq-gateway users --help`);
  if (given.length === 0 && (what === 'card' || !isTerminal())) {
    throw new UsageError(`users ${what} NAME needs one of its options; usage: myq-gateway users --help`);
  }
  return given[0];
}

/** Reads a new password from standard input and hashes it. Throws UsageError for one that cannot be used. */
export async function readPassword(): Promise<string> {
  return hashed(await readSecret('password'));
}

function hashed(password: string): Promise<string> {
  const fault = passwordFault(password);
  if (fault !== undefined) throw new UsageError(fault);
  return hashPassword(password);
}

const PASSWORD_CHARACTERS = 20;
/** Without those that look like others: people copy them from paper. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** 116 bits. */
function newPassword(): string {
  return Array.from({ length: PASSWORD_CHARACTERS }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** With so many users that this does not find a free one, six digits are too few anyway. */
const PIN_TRIES = 100;

async function generatePin(call: Call, id: string): Promise<Answer> {
  const digestKey = await openDigestKey(call);
  for (let tries = 0; tries < PIN_TRIES; tries++) {
    const pin = newPin();
    const changed = await call.store.setPin(id, pinDigest(digestKey, pin));
    if (changed === 'taken') continue;
    await done(call, changed);
    return { made: { pin } };
  }
  throw new Negative('nothing was changed: no free PIN was found; give the users longer ones with --pin-stdin');
}

async function setPin(call: Call, id: string, text: string): Promise<Answer> {
  const fault = pinFault(text);
  if (fault !== undefined) throw new UsageError(fault);
  return done(call, call.store.setPin(id, pinDigest(await openDigestKey(call), text)), 'PIN');
}

async function readCard(call: Call): Promise<string> {
  const card = normaliseCard(await readSecret('card number'));
  if (card === undefined) throw new UsageError('a card number has 4 to 64 printable ASCII characters without blanks');
  return cardDigest(await openDigestKey(call), card);
}

async function openDigestKey({ store, sealKey }: Call): Promise<KeyObject> {
  return (await openSecrets({ store, sealKey })).digestKey;
}

/** The user after the change, or why there was none. Whose a PIN or card is, is not said: it would then be known to fit him. */
async function done(call: Call, change: SecretChanged | Promise<SecretChanged>, what = 'secret'): Promise<Answer> {
  switch (await change) {
    case 'changed': {
      const user = await find(call);
      // Whoever is given a new secret shall be able to use it.
      await endPause(call.store, user.id);
      return user;
    }
    case 'taken':
      throw new Negative(`nothing was changed: the ${what} is taken`);
    case 'absent':
      throw new Negative(`nothing was changed: "${call.name}" has no such card`);
    case 'no-user':
      throw noUser(call.name);
  }
}
