// `keys`: the keys that sign tokens, and having a new one follow.

import { loadConfig, type Config } from '../config/load.ts';
import { openStore } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { listKeys, rotateKeys, type ListedKey } from '../tokens/key-rotation.ts';
import { Negative, readArguments, readName, readVerb, table, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway keys VERB [--config FILE] [--json]
  list
  rotate [--revoke-former]
After rotate every running gateway publishes the new key, and signs with it 10 seconds later. The former one stays published until its
last token has expired. --revoke-former is for a key that has leaked: the former ones are removed, and within 5 seconds every running
gateway signs with the new one and refuses every token that they signed.`;

const options = { config: { type: 'string' }, json: { type: 'boolean' }, 'revoke-former': { type: 'boolean' } } as const;

/** Seconds since the epoch. */
const now = (): number => Math.floor(Date.now() / 1000);

/** The verb family. */
export const keys: Verb = {
  usage,
  run: async (argv) => {
    const verb = readVerb(argv, options, 'keys', ['list', 'rotate']);
    const { values, positionals: [, ...rest] } = readArguments(argv, options, 'myq-gateway keys --help');
    const revokeFormer = values['revoke-former'] === true;
    if (verb === 'list' && revokeFormer) throw new UsageError('--revoke-former does not belong to list; usage: myq-gateway keys --help');
    readName(`keys ${verb}`, rest, undefined);
    const { config } = loadConfig(values.config ?? 'config.ini');
    const store = await openStore(config);
    try {
      const change = verb === 'rotate' ? await rotate(store, config, revokeFormer) : {};
      const listed = await listKeys(store, now());
      return values.json === true ? JSON.stringify(verb === 'rotate' ? { ...change, keys: listed } : listed, undefined, 2) : text(listed);
    } finally {
      await store.close();
    }
  },
};

async function rotate(store: Store, { store: { sealKey }, oauth }: Config, revokeFormer: boolean): Promise<object> {
  // A key would make the store look as if it had been set up.
  if ((await store.signingKeys()).length === 0) throw new Negative('there is no key to rotate: the gateway makes the first one when it starts');
  const { kid, removed } = await rotateKeys({ store, sealKey, algorithm: oauth.signingAlgorithm, now, revokeFormer });
  return { added: kid, removed };
}

function text(listed: readonly ListedKey[]): string {
  const rows = listed.map((key) => [key.kid, key.algorithm, stateOf(key), time(key.createdAt)]);
  return table([['KEY ID', 'ALGORITHM', 'STATE', 'MADE'], ...rows]);
}

function stateOf({ state, signsFrom, publishedUntil }: ListedKey): string {
  if (signsFrom !== undefined) return `${state}, signs from ${time(signsFrom)}`;
  return publishedUntil === undefined ? state : `${state}, published until ${time(publishedUntil)}`;
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000', '');
