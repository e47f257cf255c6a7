// Sign-in with what a person types or holds to a reader: name and password, PIN, card, or a card with one of them.

import type { KeyObject } from 'node:crypto';
import type { Authentication } from '../identity/authentication.ts';
import { verifyPassword } from '../identity/password-hash.ts';
import { cardDigest, normaliseCard, normalisePin, pinDigest } from '../identity/pin-card.ts';
import { canonicalAlias } from '../identity/principal.ts';
import { prove, type Proof } from '../identity/proof.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { KnownUser } from '../identity/resolve.ts';
import { plainWord } from '../identity/shell-word.ts';
import { turns } from '../identity/turns.ts';
import type { SecretStore, UserStore } from '../stores/user-store.ts';
import { type GuessedSecret, type Limiter, networkOf, type Paused } from './attempts.ts';

/** What was typed or read, as it came. */
export type SecretCredential =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'pin'; readonly pin: string }
  | { readonly kind: 'card'; readonly card: string }
  | { readonly kind: 'card-pin'; readonly card: string; readonly pin: string }
  | { readonly kind: 'card-password'; readonly card: string; readonly password: string };

/** One field of a page takes both a PIN and a card number. */
export type TypedCredential = SecretCredential | { readonly kind: 'pin-or-card'; readonly text: string };

/** Where it came from, for the limits. */
export interface SecretOrigin {
  /** The peer's IP address. */
  readonly address: string;
  readonly clientId: string;
}

export interface PasswordOptions {
  readonly store: Pick<UserStore, 'userByName' | 'userByAlias'> & Pick<SecretStore, 'userSecrets' | 'userByPin' | 'userByCard'>;
  /** Of the digests of PINs and cards (tokens/secrets.ts). */
  readonly digestKey: KeyObject;
  readonly limiter: Limiter;
  /** Seconds since the epoch. */
  readonly now: () => number;
  /** How a password is compared with its hash; it must cost the same without a hash. */
  readonly verify?: typeof verifyPassword;
}

export interface PasswordMechanism {
  /**
   * Checks it, and counts the try. Unknown, wrong, locked and disabled cost the same and all say the same sentence; with a
   * password each of them costs one verification. An outage throws UnavailableError, and the try does not count.
   */
  check(credential: TypedCredential, origin: SecretOrigin): Promise<{ readonly kind: 'proved'; readonly proof: Proof } | Refusal>;
}

/** RFC 8176 §2; a PIN or password beside a card is a second factor. */
const methods: Readonly<Record<SecretCredential['kind'], readonly string[]>> = {
  password: ['pwd'],
  pin: ['pin'],
  card: ['sc'],
  'card-pin': ['sc', 'pin', 'mfa'],
  'card-password': ['sc', 'pwd', 'mfa'],
};

/** The secret that somebody would guess. A card on its own is looked up, and names nobody when it is wrong. */
const guessed: Readonly<Record<SecretCredential['kind'], GuessedSecret | undefined>> = {
  password: 'password', 'card-password': 'password', pin: 'pin', 'card-pin': 'pin', card: undefined,
};

/** No user has this id: looking it up costs what looking up a user costs. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Longer than any name, and short enough to be looked through. */
const MAX_TYPED_NAME = 1024;

/** For one place: a verification takes a core for a while, and refused tries cost the same. */
const TURNS = { atOnce: 4, waiting: 48 };

/** Builds the mechanism. */
export function passwordMechanism(options: PasswordOptions): PasswordMechanism {
  const takeTurn = turns(TURNS);
  return { check: (typed, origin) => takeTurn(networkOf(origin.address), () => checkOne(options, typed, origin)) };
}

type Checked = Awaited<ReturnType<PasswordMechanism['check']>>;

async function checkOne(options: PasswordOptions, typed: TypedCredential, { address, clientId }: SecretOrigin): Promise<Checked> {
  const credential = typed.kind === 'pin-or-card' ? await pinOrCard(options, typed.text) : typed;
  const { owner, counted, unknown } = await claimed(options, credential);
  const isNameless = credential.kind === 'pin' || credential.kind === 'card';
  const attempt = await options.limiter.begin({
    user: counted, secret: guessed[credential.kind], address, clientId: isNameless ? clientId : undefined,
  });
  let fault: Fault | undefined;
  try {
    fault = await faultOf(options, credential, attempt.kind === 'paused' ? undefined : owner);
  } catch (error) {
    if (attempt.kind === 'try') await attempt.abandoned();
    throw error;
  }
  if (attempt.kind === 'paused') return paused(attempt, { address, clientId }, owner);
  if (owner === undefined) return refused('wrong_secret', typed.kind === 'pin-or-card' ? 'no user has that PIN or card' : unknown);
  if (fault !== undefined) return refused('wrong_secret', fault.detail, fault.cure, owner.name);
  // Before this point, neither the answer nor the counters may tell that the secret was right.
  if (owner.disabled) return refused('wrong_secret', 'the user is disabled', `myq-gateway users enable ${word(owner)}`, owner.name);
  await attempt.succeeded();
  return { kind: 'proved', proof: proofOf(owner, { at: options.now(), methods: methods[credential.kind] }) };
}

/** The one who is paused is told apart for the log: behind an address or a client there are many people. */
function paused({ whom }: Paused, { address, clientId }: SecretOrigin, owner: KnownUser | undefined): Refusal {
  switch (whom) {
    case 'user':
      return refused('sign_in_paused', 'too many tries have failed for this user', owner && `myq-gateway users enable ${word(owner)}`, owner?.name);
    case 'address':
      return refused('sign_in_paused', `too many tries have failed from ${networkOf(address)}`, 'it ends by itself ([Security] LockoutMinutes)', owner?.name);
    case 'client':
      return refused('sign_in_paused', `too many PINs and cards have failed through ${clientId}`, 'it ends by itself ([Security] LockoutMinutes)', owner?.name);
  }
}

const proofOf = ({ id, name, epoch }: KnownUser, authentication: Authentication): Proof =>
  prove({ mechanism: 'password', subject: { kind: 'user', id, name, epoch }, authentication, sids: [] });

const word = ({ name }: KnownUser): string => plainWord(name, '<NAME>');

/** A number can be either. One that is somebody's PIN and another one's card does not tell who is there: it is refused. */
async function pinOrCard({ store, digestKey }: PasswordOptions, text: string): Promise<SecretCredential> {
  const [pin, card] = [normalisePin(text), normaliseCard(text)];
  const ofPin = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
  const ofCard = card === undefined ? undefined : await store.userByCard(cardDigest(digestKey, card));
  if (ofPin !== undefined && ofCard !== undefined && ofPin.id !== ofCard.id) return { kind: 'pin', pin: '' };
  return ofPin === undefined ? { kind: 'card', card: text } : { kind: 'pin', pin: text };
}

/** Whom a credential speaks of. What was typed is in no text for the log: people type passwords into the field of the name. */
interface Claimed {
  readonly owner: KnownUser | undefined;
  /** Whose failure a wrong secret is, for the limiter; undefined if it names nobody. */
  readonly counted: string | undefined;
  /** What to say for the log if there is no owner. */
  readonly unknown: string;
}

async function claimed({ store, digestKey }: PasswordOptions, credential: SecretCredential): Promise<Claimed> {
  switch (credential.kind) {
    case 'password': {
      const name = typedName(credential.user);
      if (name === undefined) return { owner: undefined, counted: undefined, unknown: credential.user.includes('\\') ? 'the name typed has a backslash; names here are NAME or NAME@REALM' : 'the name typed can be nobody\'s' };
      // Both always, so that a name takes no longer than an alias, and neither less than a stranger.
      const [byName, byAlias] = await Promise.all([store.userByName(name), store.userByAlias([name])]);
      const owner = byName ?? byAlias;
      return { owner, counted: owner?.id ?? `name ${name}`, unknown: 'the name typed is nobody\'s, neither as a name nor as an alias' };
    }
    case 'pin': {
      const pin = normalisePin(credential.pin);
      const owner = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
      return { owner, counted: owner?.id, unknown: 'no user has that PIN' };
    }
    case 'card':
    case 'card-pin':
    case 'card-password': {
      const card = normaliseCard(credential.card);
      const owner = card === undefined ? undefined : await store.userByCard(cardDigest(digestKey, card));
      return { owner, counted: owner?.id, unknown: 'no user has that card' };
    }
  }
}

/** The name or alias as stores keep it: any letter case, blanks around it and decomposed accents, as some keyboards send them. */
function typedName(text: string): string | undefined {
  return text.length > MAX_TYPED_NAME ? undefined : canonicalAlias(text.trim().normalize('NFC'));
}

interface Fault {
  readonly detail: string;
  readonly cure?: string;
}

/** Why what comes beside the name or card is not the owner's. Without an owner it is looked at in vain, at the same cost. */
async function faultOf(options: PasswordOptions, credential: SecretCredential, owner: KnownUser | undefined): Promise<Fault | undefined> {
  const { store, digestKey, verify = verifyPassword } = options;
  switch (credential.kind) {
    case 'pin':
    case 'card':
      return undefined;
    case 'card-pin': {
      const pin = normalisePin(credential.pin);
      const pinOwner = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
      return pinOwner !== undefined && pinOwner.id === owner?.id ? undefined : { detail: 'the PIN is not that of the card\'s owner' };
    }
    case 'password':
    case 'card-password': {
      const hash = (await store.userSecrets(owner?.id ?? NOBODY))?.passwordHash;
      if (await verify(credential.password, hash)) return undefined;
      if (hash !== undefined || owner === undefined) return { detail: 'the password is wrong' };
      return { detail: 'the user has no password', cure: `myq-gateway users password ${word(owner)}` };
    }
  }
}
