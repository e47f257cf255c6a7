// What an action of `users` is: the options that it takes, and what it does with one store.

import type { KeyObject } from 'node:crypto';
import type { ParseArgsOptionsConfig } from 'node:util';
import type { Config } from '../config/load.ts';
import type { Store } from '../stores/store.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { Negative, readArguments } from './verb.ts';

/** What an action works on. */
export interface Call {
  readonly store: Store;
  /** Of the user, or of a file; empty for an action that names none. */
  readonly name: string;
  readonly sealKey: KeyObject;
  readonly config: Config;
}

/** A secret that was made just now, and that is printed this once. */
export interface Made {
  readonly made: Readonly<Partial<Record<'password' | 'pin', string>>>;
}

/** What was done with many users, for people and for programs; with a complaint it ends with exit 1. */
export interface Report {
  readonly lines: readonly string[];
  readonly json: object;
  readonly complaint: string | undefined;
}

/** What is printed; undefined is nothing. */
export type Answer = UserRecord | readonly UserRecord[] | Made | Report | undefined;

/** An action whose arguments were read. */
export interface Prepared {
  readonly config: string;
  readonly json: boolean;
  readonly positionals: readonly string[];
  run(call: Call): Promise<Answer>;
}

export interface Action {
  readonly options: ParseArgsOptionsConfig;
  /** What the one name is called that it takes; false if it takes none. */
  readonly subject: 'NAME' | 'FILE' | false;
  /** Reads the arguments after the verb. Throws UsageError. */
  prepare(argv: readonly string[]): Prepared;
}

/** What every action takes. */
export const common = { config: { type: 'string' }, json: { type: 'boolean' } } as const satisfies ParseArgsOptionsConfig;

type ValuesOf<T extends ParseArgsOptionsConfig> = ReturnType<typeof readArguments<T>>['values'];

/** Builds an action, on one user unless `subject` says otherwise. */
export function action<const T extends ParseArgsOptionsConfig>(
  options: T, run: (call: Call, values: ValuesOf<T>) => Promise<Answer>, subject: Action['subject'] = 'NAME',
): Action {
  return {
    options,
    subject,
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
