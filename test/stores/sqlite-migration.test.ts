// The embedded store opens what an earlier version wrote, with all that is in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleKey, sampleRefreshGrant } from './samples.ts';

const migrations = new URL('../../src/stores/migrations/', import.meta.url);

/** Writes a store as version 2 had it, and runs `content` on it. */
function versionTwo(file: string, content: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  for (const name of ['sqlite-001.sql', 'sqlite-002.sql']) database.exec(readFileSync(new URL(name, migrations), 'utf8'));
  database.exec(`${content}; PRAGMA user_version = 2`);
  database.close();
}

t.test('a store of version 2 opens with its users, client, keys and marks', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  versionTwo(file, `
    INSERT INTO users VALUES ('u1', 'Žofie', 'žofie', 'Žofie Nová', NULL, 1, 'jobs users', 1600000000), ('u2', 'bob', 'bob', NULL, 'b@x', 0, '', 1600000001);
    INSERT INTO aliases VALUES ('zofie@MYQ.TEST', 'u1'), ('zofie', 'u1');
    INSERT INTO clients VALUES ('myq-desktop-client', 'MyQ Desktop Client', 1, 'http://127.0.0.1/callback http://[::1]/callback', 'openid jobs');
    INSERT INTO signing_keys VALUES ('b', 'ES256', '{"kid":"b"}', 'sealed-b', 1600000000), ('a', 'RS256', '{"kid":"a"}', 'sealed-a', 1600000005);
    INSERT INTO marks VALUES (x'0102', 1700000100)`);
  const now = 1_700_000_000;
  const store = openSqlite(file, { now: () => now });
  t.teardown(() => store.close());
  const secretless = { epoch: 0, hasPassword: false, hasPin: false, cards: 0 };
  t.strictSame(await store.users(), [
    { id: 'u2', name: 'bob', fullName: undefined, email: 'b@x', disabled: false, scopes: [], aliases: [], createdAt: 1_600_000_001, ...secretless },
    {
      id: 'u1', name: 'Žofie', fullName: 'Žofie Nová', email: undefined, disabled: true, scopes: ['jobs', 'users'],
      aliases: ['zofie', 'zofie@MYQ.TEST'], createdAt: 1_600_000_000, ...secretless,
    },
  ]);
  t.equal((await store.userByAlias(['zofie@MYQ.TEST']))?.id, 'u1');
  t.strictSame(await store.clients(), [{
    id: 'myq-desktop-client', name: 'MyQ Desktop Client', isPublic: true,
    grants: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'], scopes: ['openid', 'jobs'],
    redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback'], postLogoutRedirectUris: [], origins: [],
    secretDigests: [], createdAt: 1_600_000_000,
  }], 'the client came together with the first key');
  t.strictSame(await store.signingKeys(), [sampleKey('a', 'RS256', 1_600_000_005), sampleKey('b', 'ES256', 1_600_000_000)]);
  t.equal(await store.markOnce(Uint8Array.of(1, 2), now + 60), false);

  const grant = sampleRefreshGrant('u2', now, { clientId: 'myq-desktop-client' });
  await store.addGrant(grant);
  t.equal(await store.rotateRefresh(grant.id, 1, now + 60), 'rotated');
  t.equal(await store.setPin('u2', 'pin'), 'changed');
  await store.removeUser('u2');
  t.equal(await store.grantById(grant.id), undefined, 'what is new belongs to what was there');
});

t.test('a store of version 2 with nothing in it opens empty, and has the schema of a new one', async (t) => {
  const directory = t.testdir();
  const [old, fresh] = [join(directory, 'old.db'), join(directory, 'new.db')];
  versionTwo(old, '');
  const schemas = await Promise.all([old, fresh].map(async (file) => {
    const store = openSqlite(file);
    t.strictSame(await store.clients(), []);
    t.strictSame(await store.users(), []);
    await store.close();
    const database = new DatabaseSync(file);
    t.strictSame({ ...database.prepare('PRAGMA user_version').get() }, { user_version: 3 });
    t.strictSame(database.prepare('PRAGMA foreign_key_check').all(), []);
    const schema = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all().map((row) => ({ ...row }));
    database.close();
    return schema;
  }));
  t.strictSame(schemas[0], schemas[1]);
});
