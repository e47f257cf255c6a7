// When a signing key signs, is published and ends, by its age and the keys that came after it.

import type { StoredKey } from '../stores/key-store.ts';

/** Every process looks into the store more often than that, so all of them publish a key before any signs with it. Seconds. */
export const SIGNS_AFTER = 10;
/** The longest [OAuth] AccessTokenLifetime: a key stays published and accepted until its last token has expired. Seconds. */
export const PUBLISHED_FOR = 86_400;
/** How long a key that is no longer published is kept for `id_token_hint`, whose expiry does not count. Seconds. */
export const KEPT_FOR = 90 * 86_400;

/** Times in seconds since the epoch. */
export type KeyLife =
  | { readonly state: 'next'; readonly signsFrom: number }
  | { readonly state: 'signing' }
  | { readonly state: 'retired'; readonly publishedUntil: number };

/** The life of each key at this moment, in the order of the keys: newest first, as the store answers them. */
export function lives(keys: readonly StoredKey[], now: number): readonly KeyLife[] {
  const signsFrom = keys.map(({ createdAt }) => createdAt + SIGNS_AFTER);
  const old = signsFrom.findIndex((from) => from <= now);
  // The only one that is left, or the first of all, need not wait.
  const signing = old < 0 ? keys.length - 1 : old;
  return signsFrom.map((from, index): KeyLife => {
    if (index < signing) return { state: 'next', signsFrom: from };
    if (index === signing) return { state: 'signing' };
    return { state: 'retired', publishedUntil: (signsFrom[index - 1] ?? from) + PUBLISHED_FOR };
  });
}

/** Whether tokens that the key signed are still accepted. */
export function isPublished(life: KeyLife, now: number): boolean {
  return life.state !== 'retired' || now < life.publishedUntil;
}

/** Whether the key is of no more use. */
export function isOver(life: KeyLife, now: number): boolean {
  return life.state === 'retired' && now >= life.publishedUntil + KEPT_FOR;
}
