// A store with people and their secrets, the mechanism over it, a clock that is moved, and a count of what was verified.

import { createSecretKey } from 'node:crypto';
import type { Test } from 'tap';
import { noAccounts } from '../../src/identity/account.ts';
import { hashPassword, verifyPassword } from '../../src/identity/password-hash.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import type { Proof } from '../../src/identity/proof.ts';
import { refusalReasons, type Refusal } from '../../src/identity/refusal.ts';
import { attemptLimiter } from '../../src/mechanisms/attempts.ts';
import { passwordMechanism, type PasswordOptions } from '../../src/mechanisms/password.ts';
import type { SecretCredential, TypedCredential } from '../../src/mechanisms/password-credential.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';

export const PASSWORD = 'correct horse';
export const WRONG = 'battery staple';
export const PIN = '048213';
export const CARD = '04A2B3C4';
export const ATTEMPTS = 5;
export const MINUTES = 15;

/** Made once: each costs as much as a sign-in. */
const passwordHash = await hashPassword(PASSWORD);

export const alicePassword = (password: string, user = 'alice'): SecretCredential => ({ kind: 'password', user, password });

/** What a client may learn of an answer: all of a proof's facts but who it is, or the sentence and the class of a refusal. */
export function shown(answer: { readonly kind: 'proved'; readonly proof: Proof } | Refusal): string {
  return answer.kind === 'refused' ? JSON.stringify(refusalReasons[answer.reason]) : 'proved';
}

/** Alice has a password, a PIN and a card; bob has nothing; carol has a password, and is disabled. */
export async function site(t: Test, options: Partial<PasswordOptions> = {}) {
  const clock = { now: 1_700_000_000 };
  const now = (): number => clock.now;
  const store = openSqlite(':memory:', { now });
  t.teardown(() => store.close());
  const digestKey = createSecretKey(Buffer.alloc(32, 7));
  const alice = await store.addUser({ name: 'Alice', aliases: ['alice', 'a.smith@MYQ.TEST', 'ally'], scopes: [], passwordHash });
  await store.setPin(alice.id, pinDigest(digestKey, PIN));
  await store.changeCards(alice.id, { add: [cardDigest(digestKey, CARD)], remove: [] });
  const bob = await store.addUser({ name: 'bob', aliases: ['bob'], scopes: [] });
  const carol = await store.addUser({ name: 'carol', aliases: ['carol'], scopes: [], passwordHash });
  await store.setUserDisabled(carol.id, true);

  const verified: { readonly password: string; readonly real: boolean }[] = [];
  const mechanism = passwordMechanism({
    store, digestKey, now, accounts: noAccounts, realms: () => ['MYQ.TEST'], limiter: attemptLimiter({ store, attempts: ATTEMPTS, minutes: MINUTES }),
    verify: (password, phc) => {
      verified.push({ password, real: phc !== undefined });
      return verifyPassword(password, phc);
    },
    ...options,
  });
  const check = (credential: TypedCredential, address = '192.0.2.1', clientId = 'terminal') => mechanism.check(credential, { address, clientId });
  /** What the log is told of each answer: `proved`, or the reason. */
  const outcome = async (...args: Parameters<typeof check>): Promise<string> => {
    const answer = await check(...args);
    return answer.kind === 'refused' ? answer.reason : answer.kind;
  };
  const people: Readonly<Record<'alice' | 'bob' | 'carol', UserRecord>> = { alice, bob, carol };
  return { clock, store, digestKey, verified, check, outcome, people };
}
