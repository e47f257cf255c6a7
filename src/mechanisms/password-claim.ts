// Whom a typed credential speaks of: its owner here, and his account in a directory.

import type { KeyObject } from 'node:crypto';
import { accountOf } from '../identity/account-of.ts';
import type { Account, Accounts } from '../identity/account.ts';
import { cardDigest, normaliseCard, normalisePin, pinDigest } from '../identity/pin-card.ts';
import { aliasesOf, canonicalAlias, parsePrincipal } from '../identity/principal.ts';
import type { KnownUser } from '../identity/user.ts';
import type { SecretStore, UserStore } from '../stores/user-store.ts';
import type { SecretCredential } from './password-credential.ts';

export interface ClaimOptions {
  readonly store: Pick<UserStore, 'userByName' | 'userByAlias' | 'userByAccount' | 'aliasesOf'> & Pick<SecretStore, 'userSecrets' | 'userByPin' | 'userByCard'>;
  /** Of the digests of PINs and cards (tokens/secrets.ts). */
  readonly digestKey: KeyObject;
  /** Directories whose users have their password there. */
  readonly accounts: Accounts;
  /** Realms whose users may sign in, as they are at this moment. */
  readonly realms: () => readonly string[];
}

/** Whom a credential speaks of. What was typed is in no text for the log: people type passwords into the field of the name. */
export interface Claimed {
  readonly owner: KnownUser | undefined;
  /** The hash of his password, if he has one here. */
  readonly passwordHash: string | undefined;
  /** Where his password is looked at if he has none here; he may be nobody here yet. */
  readonly account: Account | undefined;
  /** Whose failure a wrong secret is, for the limiter; undefined if it names nobody. */
  readonly counted: string | undefined;
  /** What to say for the log if there is no owner. */
  readonly unknown: string;
}

/** No user has this id: looking it up costs what looking up a user costs. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

/** Longer than any name, and short enough to be looked through. */
const MAX_TYPED_NAME = 1024;

/** Finds out. Throws UnavailableError if a directory is out that knows the name alone, or has the account of who has no password here. */
export async function claimed(options: ClaimOptions, credential: SecretCredential): Promise<Claimed> {
  const { store, digestKey } = options;
  switch (credential.kind) {
    case 'password':
      return ofName(options, credential.user);
    case 'pin': {
      const pin = normalisePin(credential.pin);
      const owner = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
      return { owner, passwordHash: undefined, account: undefined, counted: owner?.id, unknown: 'no user has that PIN' };
    }
    case 'card':
    case 'card-pin': {
      const owner = await ownerOfCard(options, credential.card);
      return { owner, passwordHash: undefined, account: undefined, counted: owner?.id, unknown: 'no user has that card' };
    }
    case 'card-password': {
      const owner = await ownerOfCard(options, credential.card);
      return { owner, ...await passwordOf(options, owner, undefined), counted: owner?.id, unknown: 'no user has that card' };
    }
  }
}

async function ownerOfCard({ store, digestKey }: ClaimOptions, text: string): Promise<KnownUser | undefined> {
  const card = normaliseCard(text);
  return card === undefined ? undefined : store.userByCard(cardDigest(digestKey, card));
}

async function ofName(options: ClaimOptions, typed: string): Promise<Claimed> {
  const { store, accounts } = options;
  const name = typedName(typed);
  if (name === undefined) return ofAccountName(options, typed);
  // Both always, so that a name takes no longer than an alias, and neither less than a stranger.
  const [byName, byAlias] = await Promise.all([store.userByName(name), store.userByAlias([name])]);
  const owner = byName ?? byAlias;
  if (owner === undefined && !accounts.isEmpty) return ofAccountName(options, typed);
  const unknown = 'the name typed is nobody\'s, neither as a name nor as an alias';
  return { owner, ...await passwordOf(options, owner, undefined), counted: owner?.id ?? `name ${name}`, unknown };
}

/** A name that is none of ours may be one of a directory: DOMAIN\NAME, or somebody who was never here. */
async function ofAccountName(options: ClaimOptions, typed: string): Promise<Claimed> {
  const { accounts, realms } = options;
  const text = typed.length > MAX_TYPED_NAME ? '' : typed.trim().normalize('NFC');
  const found = await accounts.byTypedName(text);
  const account = found.kind === 'found' ? found.account : undefined;
  const principal = account && parsePrincipal(Buffer.from(`${account.name}@${account.realm}`));
  // As for his ticket: under a bare alias, too, where that counts.
  const aliases = principal === undefined || 'why' in principal ? [] : aliasesOf(principal, realms());
  const owner = account && await ownerOf(options, account, aliases);
  const counted = owner?.id ?? countedName(aliases[0] ?? typedName(text));
  return { owner, ...await passwordOf(options, owner, account), counted, unknown: unknownName(options, typed) };
}

/** The SID before the aliases: who was renamed there, or lost an alias here, still has the password and the counter that he had. */
async function ownerOf({ store }: ClaimOptions, { directory, sid }: Account, aliases: readonly string[]): Promise<KnownUser | undefined> {
  return await store.userByAccount(directory, sid) ?? await store.userByAlias(aliases);
}

const countedName = (name: string | undefined): string | undefined => name && `name ${name}`;

function unknownName({ accounts }: ClaimOptions, typed: string): string {
  if (!accounts.isEmpty) return 'the name typed is nobody\'s here, and no directory has it, or several have';
  return typed.includes('\\') ? 'the name typed has a backslash; names here are NAME or NAME@REALM' : 'the name typed can be nobody\'s';
}

/** Where his password is: here, or in his directory. Who has one here needs no directory. */
async function passwordOf(
  { store, accounts, realms }: ClaimOptions, owner: KnownUser | undefined, account: Account | undefined,
): Promise<Pick<Claimed, 'passwordHash' | 'account'>> {
  const passwordHash = (await store.userSecrets(owner?.id ?? NOBODY))?.passwordHash;
  if (passwordHash !== undefined || owner === undefined) return { passwordHash, account: passwordHash === undefined ? account : undefined };
  const found = account === undefined ? await accountOf(owner, { accounts, directory: store, realms }) : { kind: 'found', account } as const;
  return { passwordHash, account: found.kind === 'found' ? found.account : undefined };
}

/** The name or alias as stores keep it: any letter case, blanks around it and decomposed accents, as some keyboards send them. */
function typedName(text: string): string | undefined {
  return text.length > MAX_TYPED_NAME ? undefined : canonicalAlias(text.trim().normalize('NFC'));
}

/** A number can be either. One that is somebody's PIN and another one's card does not tell who is there: it is refused. */
export async function pinOrCard({ store, digestKey }: ClaimOptions, text: string): Promise<SecretCredential> {
  const [pin, card] = [normalisePin(text), normaliseCard(text)];
  const ofPin = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
  const ofCard = card === undefined ? undefined : await store.userByCard(cardDigest(digestKey, card));
  if (ofPin !== undefined && ofCard !== undefined && ofPin.id !== ofCard.id) return { kind: 'pin', pin: '' };
  return ofPin === undefined ? { kind: 'card', card: text } : { kind: 'pin', pin: text };
}
