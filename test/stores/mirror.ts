// People whom a test mirrors into a store, and how it does that.

import type { Test } from 'tap';
import type { Mirrored, MirrorOutcome } from '../../src/stores/mirror-store.ts';
import type { Store } from '../../src/stores/store.ts';
import type { UserRecord } from '../../src/stores/user-store.ts';
import { sampleMirrored } from './samples.ts';

/** Alice with all that a directory can say. */
export const alice = sampleMirrored({
  name: 'Alice', aliases: ['alice', 'alice@MYQ.TEST'], fullName: 'Alice Žluť 🖨️', email: 'alice@example.com', personalNumber: '007', disabled: false,
  cards: ['card 1', 'card 2'], pin: 'pin', scopes: ['reports', 'users'],
});
/** Alice as a file has her. */
export const inFile = (change: Partial<Mirrored> = {}): Mirrored => sampleMirrored({ account: undefined, ...change });

/** Mirrors, and answers the user; first as a dry run, which must answer the same and leave all as it was. */
export async function mirror(t: Test, store: Store, person: Mirrored, kind: MirrorOutcome['kind'], what: readonly string[]): Promise<UserRecord> {
  const before = await everything(store);
  const dry = await store.mirrorUser(person, true);
  t.strictSame(await everything(store), before, 'a dry run writes nothing');
  const outcome = await store.mirrorUser(person, false);
  if (outcome.kind === 'conflict' || dry.kind === 'conflict') throw new Error(`conflict: ${JSON.stringify(outcome)}`);
  t.strictSame(dry, { ...outcome, user: { ...outcome.user, id: dry.user.id } });
  if (kind !== 'added') t.equal(dry.user.id, outcome.user.id);
  t.strictSame([outcome.kind, outcome.what], [kind, what]);
  t.strictSame(await store.userByName(outcome.user.name), outcome.user);
  return outcome.user;
}

/** All that can be seen of users. */
async function everything(store: Store): Promise<readonly unknown[]> {
  const users = await store.users();
  return [users, await store.mirroredUsers(''), ...await Promise.all(users.map(({ id }) => store.userSecrets(id)))];
}
