// What an action of `users` is: the options that it takes, and what it does with one store.

import type { KeyObject } from 'node:crypto';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Store } from '../stores/store.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { Negative, readArguments } from './verb.ts';

/** What an action works on. */
export interface Call {
  readonly store: Store;
  /** Of the user; empty for an action that names none. */
  readonly name: string;
  readonly sealKey: KeyObject;
}

/** A secret that was made just now, and that is printed this once. */
export interface Made {
  readonly made: Readonly<Partial<Record<'password' | 'pin', string>>>;
}

/** What is printed; undefined is nothing. */
export type Answer = UserRecord | readonly UserRecord[] | Made | undefined;

/** An action whose arguments were read. */
export interface Prepared {
  readonly config: string;
  readonly json: boolean;
  readonly positionals: readonly string[];
  run(call: Call): Promise<Answer>;
}

export interface Action {
  readonly options: ParseArgsOptionsConfig;
  /** Whether it is about one user. */
  readonly named: boolean;
  /** Reads the arguments after the verb. Throws UsageError. */
  prepare(argv: readonly string[]): Prepared;
}

/** What every action takes. */
export const common = { config: { type: 'string' }, json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

type ValuesOf<T extends ParseArgsOptionsConfig> = ReturnType<typeof readArguments<T>>['values'];

/** Builds an action on one user, or, if `named` is false, on none. */
export function action<const T extends ParseArgsOptionsConfig>(
  options: T, run: (call: Call, values: ValuesOf<T>) => Promise<Answer>, named = true,
): Action {
  return {
    options,
    named,
    prepare: (argv) => {
      const { values, positionals } = readArguments(argv, { ...options, ...common }, 'myq-gateway users --help');
      const { config = 'config.ini', json = false } = values as ValuesOf<typeof common>;
      return { config, json, positionals, run: (call) => run(call, values as ValuesOf<T>) };
    },
  };
}

/** The user who is called so. Throws Negative if there is none. */
export async function find({ store, name }: Pick<Call, 'store' | 'name'>): Promise<UserRecord> {
  const user = await store.userByName(name);
  if (user === undefined) throw noUser(name);
  return user;
}

export const noUser = (name: string): Negative => new Negative(`there is no user "${name}"`);
