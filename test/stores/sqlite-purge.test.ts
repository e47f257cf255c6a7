// The embedded store does not grow for ever: what has expired goes with later writes, a little at a time.

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { NTLM_YEAR } from '../../src/stores/ntlm-store.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleClient, sampleGrant, sampleNtlmUse, sampleParties, sampleSession } from './samples.ts';

t.test('expired rows of the tables that are written often go along with writes, at most 256 with one, and the others stay', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  let clock = 1_700_000_000;
  const store = openSqlite(file, { now: () => clock });
  t.teardown(() => store.close());
  const database = new DatabaseSync(file);
  t.teardown(() => { database.close(); });
  const { alice } = await sampleParties(store);
  const write = async (first: number, count: number): Promise<void> => {
    for (let n = first; n < first + count; n++) {
      const [id, expiresAt] = [String(n), clock + 60];
      await store.addGrant(sampleGrant(alice.id, clock, { id, expiresAt }));
      await store.addSession(sampleSession(alice.id, clock, { id, expiresAt }));
      await store.revokeAccessToken(id, expiresAt);
      await store.markOnce(Buffer.from(id), expiresAt);
      await store.countAttempt([{ key: id, limit: 1, endsAfter: 'last' }], 60);
      await store.countNtlm(sampleNtlmUse({ user: id }));
    }
  };
  const tables = ['grants', 'sessions', 'revoked_tokens', 'marks', 'attempts', 'ntlm_uses'];
  const counts = (): readonly unknown[] => tables.map((table) => database.prepare(`SELECT count(*) AS rows FROM ${table}`).get()?.['rows']);
  await write(0, 320);
  t.strictSame(counts(), tables.map(() => 320), 'nothing that is still good has gone');
  clock += NTLM_YEAR;
  // The first of these writes to come to a multiple of 64 takes 256 along, the second the other 64.
  await write(320, 64);
  t.strictSame(counts(), tables.map(() => 128));
  await write(384, 64);
  t.strictSame(counts(), tables.map(() => 128));
});

t.test('a new secret takes those of its client that have ended along, in the same call', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  let clock = 1_700_000_000;
  const store = openSqlite(file, { now: () => clock });
  t.teardown(() => store.close());
  const database = new DatabaseSync(file);
  t.teardown(() => { database.close(); });
  const kept = (id: string): readonly unknown[] =>
    database.prepare('SELECT digest FROM client_secrets WHERE client_id = ? ORDER BY id').all(id).map((row) => row['digest']);
  for (const id of ['one', 'two']) {
    await store.addClient(sampleClient({ id, isPublic: false }), 'first');
    for (const [digest, seconds] of [['second', 60], ['third', 120]] as const) await store.setClientSecret(id, digest, clock + seconds);
  }
  t.strictSame(kept('one'), ['first', 'second', 'third']);
  clock += 60;
  await store.setClientSecret('one', 'fourth', clock + 60);
  t.strictSame(kept('one'), ['second', 'third', 'fourth'], 'what is good until later stays');
  t.strictSame(kept('two'), ['first', 'second', 'third'], 'the other client has had no call');
  await store.setClientSecret('one', 'fifth');
  t.strictSame(kept('one'), ['fifth'], 'what this very call has ended is gone, too');
});
