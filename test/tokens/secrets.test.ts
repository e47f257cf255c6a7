// The shared secrets over a real store.

import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigError, UnavailableError } from '../../src/errors.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { seal } from '../../src/tokens/seal.ts';
import { openSecrets, type Secrets } from '../../src/tokens/secrets.ts';

const sealKey = createSecretKey(randomBytes(32));

function stores(t: Test, count: number): readonly Store[] {
  const file = join(t.testdir(), 'gateway.db');
  return Array.from({ length: count }, () => {
    const store = openSqlite(file);
    t.teardown(() => store.close());
    return store;
  });
}

const bytes = (key: KeyObject): string => key.export().toString('hex');
const shown = ({ handleKey, digestKey }: Secrets): readonly string[] => [bytes(handleKey), bytes(digestKey)];

t.test('there are two secrets of 32 bytes, and another store has others', async (t) => {
  const [one] = stores(t, 1) as [Store];
  const found = [...shown(await openSecrets({ store: one, sealKey }))];
  const other = openSqlite(':memory:');
  t.teardown(() => other.close());
  found.push(...shown(await openSecrets({ store: other, sealKey })));
  for (const secret of found) t.match(secret, /^[0-9a-f]{64}$/);
  t.equal(new Set(found).size, 4);
});

t.test('many that open at the same moment, and one that opens later, have the same', async (t) => {
  const [later, ...rest] = stores(t, 7) as [Store, ...Store[]];
  const opened = await Promise.all(rest.map((store) => openSecrets({ store, sealKey })));
  const expected = shown(await openSecrets({ store: later, sealKey }));
  for (const secrets of opened) t.strictSame(shown(secrets), expected);
});

t.test('the store holds them only sealed, each under its own name', async (t) => {
  const [store] = stores(t, 1) as [Store];
  const kept = new Map<string, string>();
  const watched: Store = { ...store, ensureSecret: async (name, sealed) => {
    const answer = await store.ensureSecret(name, sealed);
    kept.set(name, answer);
    return answer;
  } };
  const [handle = '', digest = ''] = shown(await openSecrets({ store: watched, sealKey }));
  t.equal(kept.size, 2);
  const raw = [...kept.values()].map((sealed) => Buffer.from(sealed, 'base64url').toString('latin1')).join();
  for (const secret of [handle, digest]) {
    for (const encoding of ['latin1', 'base64url'] as const) t.notOk(raw.includes(Buffer.from(secret, 'hex').toString(encoding)));
  }
  const [[first, sealed] = ['', ''], [second] = ['']] = [...kept];
  t.not(first, second);
  const swapped: Store = { ...store, ensureSecret: (name) => store.ensureSecret(name === first ? second : first, sealed) };
  await t.rejects(openSecrets({ store: swapped, sealKey }), ConfigError, 'one does not pass for the other');
});

t.test('with another seal key they do not open, and stay what they are', async (t) => {
  const [store] = stores(t, 1) as [Store];
  const expected = shown(await openSecrets({ store, sealKey }));
  await t.rejects(openSecrets({ store, sealKey: createSecretKey(randomBytes(32)) }), { constructor: ConfigError, message: /SealKey/ });
  t.strictSame(shown(await openSecrets({ store, sealKey })), expected);
});

t.test('what somebody else put in their place does not open', async (t) => {
  for (const foreign of ['', 'x', seal(createSecretKey(randomBytes(32)), 'handle-key', 'A'.repeat(43))]) {
    const [store] = stores(t, 1) as [Store];
    await t.rejects(openSecrets({ store: { ...store, ensureSecret: async () => foreign }, sealKey }), ConfigError);
  }
});

t.test('a store that is out is told as such', async (t) => {
  const [store] = stores(t, 1) as [Store];
  await store.close();
  await t.rejects(openSecrets({ store, sealKey }), UnavailableError);
});
