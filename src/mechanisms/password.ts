// Sign-in with what a person types or holds to a reader: name and password, PIN, card, or a card with one of them.

import type { Account } from '../identity/account.ts';
import { type NotAPerson, parsePrincipal } from '../identity/principal.ts';
import { networkOf } from '../identity/network.ts';
import { prove, type Proof } from '../identity/proof.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import { plainWord } from '../identity/shell-word.ts';
import type { Subject } from '../identity/subject.ts';
import { turns } from '../identity/turns.ts';
import type { KnownUser } from '../identity/user.ts';
import type { GuessedSecret, Limiter, Paused } from './attempts.ts';
import { checkSecret, type CheckOptions, type SecretCheck } from './password-check.ts';
import { claimed, type Claimed, pinOrCard } from './password-claim.ts';
import type { SecretCredential, TypedCredential } from './password-credential.ts';

/** Where it came from, for the limits. */
export interface SecretOrigin {
  /** The peer's IP address. */
  readonly address: string;
  readonly clientId: string;
}

export interface PasswordOptions extends CheckOptions {
  readonly limiter: Limiter;
  /** Seconds since the epoch. */
  readonly now: () => number;
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
  const claim = await claimed(options, credential);
  const { owner, counted } = claim;
  const isNameless = credential.kind === 'pin' || credential.kind === 'card';
  const attempt = await options.limiter.begin({
    user: counted, secret: guessed[credential.kind], address, clientId: isNameless ? clientId : undefined,
  });
  let check: SecretCheck;
  try {
    check = await checkSecret(options, credential, attempt.kind === 'paused' ? {} : claim);
  } catch (error) {
    if (attempt.kind === 'try') await attempt.abandoned();
    throw error;
  }
  if (attempt.kind === 'paused') return paused(attempt, { address, clientId }, owner);
  const refusal = refusalOf(claim, check, typed.kind === 'pin-or-card' ? 'no user has that PIN or card' : claim.unknown);
  if (refusal !== undefined) return refusal;
  const subject = subjectOf(claim);
  if ('why' in subject) return refused('wrong_secret', subject.why);
  await attempt.succeeded();
  const sids = check.kind === 'right' && check.byDirectory && claim.account !== undefined ? sidsOf(claim.account) : [];
  return { kind: 'proved', proof: prove({ mechanism: 'password', subject, sids, authentication: { at: options.now(), methods: methods[credential.kind] } }) };
}

/** Why he does not come in. Before the last of it, neither the answer nor the counters may tell that the secret was right. */
function refusalOf({ owner, account }: Claimed, check: SecretCheck, unknown: string): Refusal | undefined {
  const isByDirectory = check.kind === 'right' && check.byDirectory;
  if (owner === undefined) {
    // Whoever has proved to be somebody of a directory may become a user.
    return isByDirectory && account !== undefined ? undefined : refused('wrong_secret', check.kind === 'wrong' && account !== undefined ? check.detail : unknown);
  }
  if (check.kind === 'wrong') return refused('wrong_secret', check.detail, check.cure, owner.name);
  return owner.disabled ? refused('wrong_secret', 'the user is disabled', `myq-gateway users enable ${word(owner)}`, owner.name) : undefined;
}

/** The user, or the principal of who is none here yet. */
function subjectOf({ owner, account }: Claimed): Subject | NotAPerson {
  if (owner !== undefined) return { kind: 'user', id: owner.id, name: owner.name, epoch: owner.epoch };
  const principal = parsePrincipal(Buffer.from(account === undefined ? '' : `${account.name}@${account.realm}`));
  return 'why' in principal ? principal : { kind: 'principal', principal };
}

/** His own first. */
const sidsOf = ({ sid, groups }: Account): readonly string[] => [sid, ...groups.filter((one) => one !== sid)];

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

const word = ({ name }: KnownUser): string => plainWord(name, '<NAME>');
