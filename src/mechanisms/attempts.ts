// The one limit on guessing: failed tries at secrets, counted for each user, address and client in the store.

import { createHash } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import type { AttemptLimit, AttemptStore } from '../stores/attempt-store.ts';

/** Many people share an address, and all who use a PIN share a client. */
const SHARED_FACTOR = 10;

export interface LimiterOptions {
  readonly store: AttemptStore;
  /** `[Security] LockoutAttempts`: how many tries may fail for one user. */
  readonly attempts: number;
  /** `[Security] LockoutMinutes`. */
  readonly minutes: number;
}

/** Whose try it is; all that is given is counted. */
export interface Attempt {
  /** The id of the user, or a text that stands for the unknown name. It may be as long as it likes. */
  readonly user?: string | undefined;
  /** The peer's IP address. */
  readonly address: string;
  /** Of a try in which the secret alone says who somebody is: a client could go through all of them. */
  readonly clientId?: string | undefined;
}

/** A try that may be made, and that counts as failed unless one of these says otherwise. */
export interface Try {
  /** The secret was right: the user's failures are forgotten, and the try is taken back from address and client. */
  succeeded(): Promise<void>;
  /** The secret was never looked at, because something was out: the try is taken back everywhere. */
  abandoned(): Promise<void>;
}

export interface Limiter {
  /** Counts a try before it is made; undefined while sign-in is paused for one of those. An outage throws UnavailableError. */
  begin(attempt: Attempt): Promise<Try | undefined>;
}

/** Builds the limiter. All processes over one store share its counters. */
export function attemptLimiter({ store, attempts, minutes }: LimiterOptions): Limiter {
  return {
    begin: async ({ user, address, clientId }) => {
      const ofUser = limits('user', user, attempts);
      const shared = [...limits('address', networkOf(address), attempts * SHARED_FACTOR), ...limits('client', clientId, attempts * SHARED_FACTOR)];
      if (!await store.countAttempt([...ofUser, ...shared], minutes * 60)) return undefined;
      return {
        succeeded: () => store.forgiveAttempt({ clear: keys(ofUser), giveBack: keys(shared) }),
        abandoned: () => store.forgiveAttempt({ clear: [], giveBack: keys([...ofUser, ...shared]) }),
      };
    },
  };
}

/** Ends the pause of a user, by his id: an admin has looked at it. */
export function endPause(store: AttemptStore, userId: string): Promise<void> {
  return store.forgiveAttempt({ clear: keys(limits('user', userId, 0)), giveBack: [] });
}

/** Keys are hashed: they have one length, whatever was sent, and the store keeps no list of who failed from where. */
function limits(kind: string, value: string | undefined, limit: number): readonly AttemptLimit[] {
  return value === undefined ? [] : [{ key: `${kind}:${createHash('sha256').update(value).digest('base64url')}`, limit }];
}

const keys = (all: readonly AttemptLimit[]): readonly string[] => all.map(({ key }) => key);

/**
 * What counts as one place: an IPv4 address, in its IPv6 form too (RFC 4291 §2.5.5.2), or the /64 of an IPv6 address, since
 * everybody has a whole one (RFC 6177). Any other text stands for itself.
 */
export function networkOf(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address;
  // Without a zone the URL parser takes every IPv6 address and writes it in one way, without dotted parts.
  const [, host = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname) ?? [];
  const [head = [], tail] = host.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = tail === undefined ? [...head] : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (!mapped) return `${groups.slice(0, 4).join(':')}::/64`;
  return groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.');
}
