// The one limit on guessing: failed tries at secrets, counted for each user, address and client in the store.

import { createHash } from 'node:crypto';
import { networkOf } from '../identity/network.ts';
import type { AttemptLimit, AttemptStore } from '../stores/attempt-store.ts';

/** Many people share an address, and still more of them an application that takes PINs and cards. */
const OF_ADDRESS = 10;
const OF_CLIENT = 40;

export interface LimiterOptions {
  readonly store: AttemptStore;
  /** `[Security] LockoutAttempts`: how many tries may fail for one user. */
  readonly attempts: number;
  /** `[Security] LockoutMinutes`. */
  readonly minutes: number;
}

/** Secrets that can be guessed while it is known whose they are. Each has its own failures: a right PIN forgives no wrong passwords. */
export type GuessedSecret = 'password' | 'pin';

const guessedSecrets: readonly GuessedSecret[] = ['password', 'pin'];

/** Whose try it is. */
export interface Attempt {
  /** The id of the user, or a text that stands for the unknown name. It may be as long as it likes. */
  readonly user?: string | undefined;
  /** Which of his secrets is tried; without one he must not be paused, and nothing is counted for him. */
  readonly secret?: GuessedSecret | undefined;
  /** The peer's IP address. */
  readonly address: string;
  /** Of a try in which the secret alone says who somebody is: through a client one could go through all of them. */
  readonly clientId?: string | undefined;
}

/** A try that may be made, and that counts as failed unless one of these says otherwise. */
export interface Try {
  readonly kind: 'try';
  /** The secret was right: its failures are forgotten for the user, and the try is taken back from address and client. */
  succeeded(): Promise<void>;
  /** The secret was never looked at, because something was out: the try is taken back everywhere. */
  abandoned(): Promise<void>;
}

/** Too many tries have failed. */
export interface Paused {
  readonly kind: 'paused';
  readonly whom: 'user' | 'address' | 'client';
}

export interface Limiter {
  /** Counts a try before it is made, unless sign-in is paused for one of those. An outage throws UnavailableError. */
  begin(attempt: Attempt): Promise<Try | Paused>;
}

/** Builds the limiter. All processes over one store share its counters. */
export function attemptLimiter({ store, attempts, minutes }: LimiterOptions): Limiter {
  return {
    begin: async ({ user, secret, address, clientId }) => {
      const ofUser = guessedSecrets.flatMap((one) => limits(`user ${one}`, user, { limit: attempts, isOnlyChecked: one !== secret }));
      const shared = [
        ...limits('address', networkOf(address), { limit: attempts * OF_ADDRESS }),
        ...limits('client', clientId, { limit: attempts * OF_CLIENT }),
      ];
      const full = await store.countAttempt([...ofUser, ...shared], minutes * 60);
      if (full !== undefined) return { kind: 'paused', whom: /^\w+/.exec(full)?.[0] as Paused['whom'] };
      const own = keys(ofUser.filter(({ isOnlyChecked }) => isOnlyChecked !== true));
      return {
        kind: 'try',
        succeeded: () => store.forgiveAttempt({ clear: own, giveBack: keys(shared) }),
        abandoned: () => store.forgiveAttempt({ clear: [], giveBack: [...own, ...keys(shared)] }),
      };
    },
  };
}

/** Ends the pause of a user, by his id: an admin has looked at it. */
export function endPause(store: AttemptStore, userId: string): Promise<void> {
  return store.forgiveAttempt({ clear: keys(guessedSecrets.flatMap((one) => limits(`user ${one}`, userId, { limit: 0 }))), giveBack: [] });
}

type Kind = `user ${GuessedSecret}` | 'address' | 'client';

/** Keys are hashed: they have one length, whatever was sent, and the store keeps no list of who failed from where. */
function limits(kind: Kind, value: string | undefined, rule: Pick<AttemptLimit, 'limit' | 'isOnlyChecked'>): readonly AttemptLimit[] {
  if (value === undefined) return [];
  const endsAfter = kind.startsWith('user') ? 'last' : 'first';
  return [{ key: `${kind}:${createHash('sha256').update(value).digest('base64url')}`, endsAfter, ...rule }];
}

const keys = (all: readonly AttemptLimit[]): readonly string[] => all.map(({ key }) => key);
