// Where private mode keeps its refresh tokens: a file that only this user can read.

import { AsyncLocalStorage } from 'node:async_hooks';
import { methodNames, type MethodName } from '../method.ts';
import { FieldFault, printedTime, textOf, timeOf } from './fields.ts';
import { openKeptList, type ListFormat } from './kept-list.ts';
import { withLock, type LockOptions } from './lock.ts';

/** One sign-in that outlives the program. Issuer and client together are the key. */
export interface KeptSignIn {
  /** As the gateway names itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** How the user signed in. */
  readonly method: MethodName;
  readonly refreshToken: string;
  /** Separated by blanks. */
  readonly scope: string;
  /** Milliseconds since 1970. */
  readonly keptAt: number;
}

/** All throw ClientError `store_damaged` or `store_unusable`. */
export interface TokenStore {
  get(issuer: string, clientId: string): Promise<KeptSignIn | undefined>;
  /** In place of the one that is kept for the same issuer and client. */
  put(kept: KeptSignIn): Promise<void>;
  /** False if there was none. */
  forget(issuer: string, clientId: string): Promise<boolean>;
  /**
   * One process at a time, for reading, refreshing and writing: refresh tokens rotate, and one that is used twice looks stolen and ends the
   * whole sign-in (RFC 9700 §4.14.2), so nobody else may read it until its successor is written. May be nested.
   */
  exclusively<T>(action: (store: SignInFile) => Promise<T>): Promise<T>;
}

export type SignInFile = Pick<TokenStore, 'get' | 'put' | 'forget'>;

/** Milliseconds. Whoever has the lock may be waiting for a server, which is given about half of this. */
const PATIENCE = 75_000;

/** Reads nothing yet. The file is made 0600 by the first `put`; one that others may read is refused. */
export function openTokenFile(file: string, { patience = PATIENCE }: LockOptions = {}): TokenStore {
  const list = openKeptList(file, format);
  const holding = new AsyncLocalStorage<Turns>();
  const filed = (current: () => Turns | undefined): SignInFile => {
    const alone = <T>(action: () => Promise<T>): Promise<T> => {
      const turns = current();
      return turns?.isOpen ? turns.next(action) : withLock(file, action, { patience });
    };
    const get: TokenStore['get'] = async (issuer, clientId) => (await list.entries()).find(isFor(issuer, clientId));
    return {
      get,
      put: (kept) => alone(() => list.change((entries) => [...entries.filter((entry) => !isFor(kept.issuer, kept.clientId)(entry)), kept])),
      forget: async (issuer, clientId) => {
        if (await get(issuer, clientId) === undefined) return false;
        return alone(async () => {
          const isThere = await get(issuer, clientId) !== undefined;
          if (isThere) await list.change((entries) => entries.filter((entry) => !isFor(issuer, clientId)(entry)));
          return isThere;
        });
      },
    };
  };
  const store = filed(() => holding.getStore());
  return {
    ...store,
    exclusively: (action) => (holding.getStore()?.isOpen ? action(store) : withLock(file, async () => {
      const turns = openTurns();
      try {
        return await holding.run(turns, () => action(filed(() => turns)));
      } finally {
        await turns.end();
      }
    }, { patience })),
  };
}

/** What is done to the file by whoever has it for himself, one after the other. */
interface Turns {
  readonly isOpen: boolean;
  next<T>(action: () => Promise<T>): Promise<T>;
  /** Waits for those under way. Who comes later must take the lock himself. */
  end(): Promise<void>;
}

function openTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let isOpen = true;
  return {
    get isOpen() { return isOpen; },
    next: (action) => {
      const mine = last.then(action);
      // Its failure is told to whoever asked for it, not to the next one.
      last = mine.catch(() => undefined);
      return mine;
    },
    end: async () => {
      isOpen = false;
      await last;
    },
  };
}

const isFor = (issuer: string, clientId: string) => (kept: KeptSignIn): boolean => kept.issuer === issuer && kept.clientId === clientId;

const format: ListFormat<KeptSignIn> = {
  name: 'signIns',
  secret: true,
  loss: 'you are asked to sign in again',
  read: (fields) => {
    const method = methodNames.find((name) => name === textOf(fields, 'method'));
    if (method === undefined) throw new FieldFault(`"method" is none of ${methodNames.join(', ')}`);
    return {
      issuer: textOf(fields, 'issuer'), clientId: textOf(fields, 'clientId'), method, refreshToken: textOf(fields, 'refreshToken', { limit: 65_536 }),
      scope: textOf(fields, 'scope', { mayBeEmpty: true }), keptAt: timeOf(fields, 'keptAt'),
    };
  },
  print: ({ issuer, clientId, method, refreshToken, scope, keptAt }) =>
    ({ issuer, clientId, method, refreshToken, scope, keptAt: printedTime(keptAt) }),
  keyOf: ({ issuer, clientId }) => JSON.stringify([issuer, clientId]),
};
