// Whether what was typed beside a name or card is right, at the same cost whoever it is.

import { verifyPassword } from '../identity/password-hash.ts';
import { normalisePin, pinDigest } from '../identity/pin-card.ts';
import { plainWord } from '../identity/shell-word.ts';
import type { KnownUser } from '../identity/user.ts';
import { UnavailableError } from '../errors.ts';
import type { Claimed, ClaimOptions } from './password-claim.ts';
import type { SecretCredential } from './password-credential.ts';

export interface CheckOptions extends ClaimOptions {
  /** How a password is compared with its hash; it must cost the same without a hash. */
  readonly verify?: typeof verifyPassword;
}

/** `byDirectory`: the password is that of his account. */
export type SecretCheck =
  | { readonly kind: 'right'; readonly byDirectory: boolean }
  | { readonly kind: 'wrong'; readonly detail: string; readonly cure?: string };

/** Whose secret it would be; nothing if nobody may come in by it. */
export type Whose = Partial<Pick<Claimed, 'owner' | 'passwordHash' | 'account'>>;

/** Checks it. Without somebody it is looked at in vain. */
export async function checkSecret(options: CheckOptions, credential: SecretCredential, whose: Whose): Promise<SecretCheck> {
  switch (credential.kind) {
    case 'pin':
    case 'card':
      return { kind: 'right', byDirectory: false };
    case 'card-pin':
      return checkPin(options, credential.pin, whose.owner);
    case 'password':
    case 'card-password':
      return checkPassword(options, credential.password, whose);
  }
}

async function checkPin({ store, digestKey }: CheckOptions, text: string, owner: KnownUser | undefined): Promise<SecretCheck> {
  const pin = normalisePin(text);
  const pinOwner = pin === undefined ? undefined : await store.userByPin(pinDigest(digestKey, pin));
  if (pinOwner !== undefined && pinOwner.id === owner?.id) return { kind: 'right', byDirectory: false };
  return { kind: 'wrong', detail: 'the PIN is not that of the card\'s owner' };
}

/** The hash here and the bind in the directory, both always: one of them in vain, so that nobody learns where somebody is known. */
async function checkPassword(options: CheckOptions, password: string, whose: Whose): Promise<SecretCheck> {
  const { verify = verifyPassword } = options;
  const { owner, passwordHash, account } = whose;
  const [isRight, bound] = await Promise.all([verify(password, passwordHash), passwordHash === undefined && account !== undefined
    ? options.accounts.bind(account, password) : bindInVain(options)]);
  if (isRight) return { kind: 'right', byDirectory: false };
  if (bound?.kind === 'right') return { kind: 'right', byDirectory: true };
  if (bound?.kind === 'wrong') return { kind: 'wrong', detail: bound.detail };
  if (passwordHash !== undefined || owner === undefined) return { kind: 'wrong', detail: 'the password is wrong' };
  return { kind: 'wrong', detail: 'the user has no password', cure: `myq-gateway users password ${plainWord(owner.name, '<NAME>')}` };
}

/** What it says does not matter, nor that the directory may be out: who has his password here does not need it. */
async function bindInVain({ accounts }: CheckOptions): Promise<undefined> {
  if (accounts.isEmpty) return undefined;
  try {
    await accounts.bind(undefined, '');
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
  }
  return undefined;
}
