// What an admin does to the signing keys: looks at them, and has a new one follow.

import type { KeyStore } from '../stores/key-store.ts';
import { isOver, isPublished, lives, type KeyLife } from './key-life.ts';
import { newKey, type NewKeyOptions } from './signing-key.ts';

/** A key as an admin sees it; times in seconds since the epoch. */
export interface ListedKey {
  readonly kid: string;
  readonly algorithm: string;
  readonly createdAt: number;
  readonly state: KeyLife['state'];
  /** When a `next` key begins to sign. */
  readonly signsFrom?: number;
  /** Until when tokens of a `retired` key are accepted, if they are. */
  readonly publishedUntil?: number;
}

/** All keys, newest first. */
export async function listKeys(store: KeyStore, now: number): Promise<readonly ListedKey[]> {
  const keys = await store.signingKeys();
  const life = lives(keys, now);
  return keys.map(({ kid, algorithm, createdAt }, index) => ({ kid, algorithm, createdAt, ...shown(life[index] as KeyLife, now) }));
}

function shown(life: KeyLife, now: number): KeyLife | { readonly state: 'retired' } {
  return isPublished(life, now) ? life : { state: life.state as 'retired' };
}

export interface RotateOptions extends NewKeyOptions {
  readonly store: KeyStore;
  /** For a key that has leaked: the new key signs at once, and no token of a former one is good any more. */
  readonly revokeFormer?: boolean;
}

export interface Rotation {
  /** The new key. */
  readonly kid: string;
  /** Keys that are no longer in the store: those revoked now, or those of which nobody needs anything any more. */
  readonly removed: readonly string[];
}

/**
 * Adds a key, which signs 10 seconds later, and removes those that are over.
 *
 * Only keys that were there before the new one are ever removed: of several rotations at once the last key to come stays.
 *
 * @throws ConfigError for the wrong seal key; nothing is changed then
 */
export async function rotateKeys(options: RotateOptions): Promise<Rotation> {
  const { store, revokeFormer = false, now } = options;
  const former = await store.signingKeys();
  const key = await newKey(options, former[0]);
  await store.addKey(key);
  const life = lives(former, now());
  const removed = former.filter((_, index) => revokeFormer || isOver(life[index] as KeyLife, now())).map(({ kid }) => kid);
  if (removed.length > 0) await store.removeKeys(removed);
  return { kid: key.kid, removed };
}
