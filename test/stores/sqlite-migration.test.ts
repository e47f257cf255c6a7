// The embedded store opens what an earlier version wrote, with all that is in it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleKey, sampleMirrored, sampleRefreshGrant, sampleSession } from './samples.ts';

const migrations = new URL('../../src/stores/migrations/', import.meta.url);

/** Writes a store as that version had it, and runs `content` on it. */
function written(version: number, file: string, content: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  for (let n = 1; n <= version; n++) database.exec(readFileSync(new URL(`sqlite-00${String(n)}.sql`, migrations), 'utf8'));
  database.exec(`${content}; PRAGMA user_version = ${String(version)}`);
  database.close();
}

t.test('a store of version 2 opens with its users, client, keys and marks', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  written(2, file, `
    INSERT INTO users VALUES ('u1', 'Žofie', 'žofie', 'Žofie Nová', NULL, 1, 'jobs users', 1600000000), ('u2', 'bob', 'bob', NULL, 'b@x', 0, '', 1600000001);
    INSERT INTO aliases VALUES ('zofie@MYQ.TEST', 'u1'), ('zofie', 'u1');
    INSERT INTO clients VALUES ('myq-desktop-client', 'MyQ Desktop Client', 1, 'http://127.0.0.1/callback http://[::1]/callback', 'openid jobs');
    INSERT INTO signing_keys VALUES ('b', 'ES256', '{"kid":"b"}', 'sealed-b', 1600000000), ('a', 'RS256', '{"kid":"a"}', 'sealed-a', 1600000005);
    INSERT INTO marks VALUES (x'0102', 1700000100)`);
  const now = 1_700_000_000;
  const store = openSqlite(file, { now: () => now });
  t.teardown(() => store.close());
  const secretless = {
    epoch: 0, hasPassword: false, hasPin: false, cards: 0, account: undefined, personalNumber: undefined, entraIds: [],
    disabledInDirectory: false,
  };
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

t.test('a store of version 3 opens with its users, secrets, grants and sessions, and all of it is an admin\'s', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const later = 1_700_000_100;
  written(3, file, `
    INSERT INTO users (id, name, name_key, full_name, email, disabled, scopes, created_at, epoch, password_hash, pin_digest) VALUES
      ('u1', 'Žofie', 'žofie', 'Žofie Nová', NULL, 1, 'jobs users', 1600000000, 7, 'hash', 'pin'),
      ('u2', 'bob', 'bob', NULL, 'b@x', 0, '', 1600000001, 0, NULL, NULL);
    INSERT INTO aliases VALUES ('zofie@MYQ.TEST', 'u1'), ('zofie', 'u1');
    INSERT INTO cards VALUES ('card', 'u1');
    INSERT INTO clients (id, name, is_public, redirect_uris, scopes) VALUES ('sample-client', 'Sample', 1, '', '');
    INSERT INTO sessions VALUES ('s1', 'u1', 7, 1600000002, 'wia', 'bound', ${String(later)});
    INSERT INTO grants VALUES
      ('g1', 'sample-client', 'u1', 7, 'openid', 1600000002, 'wia', 'bound', 's1', 'https://a/', 'c', 'n', 1, 0, 3, ${String(later)}, ${String(later)}),
      ('g2', 'sample-client', 'u2', 0, '', 1600000003, 'pwd otp', NULL, NULL, NULL, NULL, NULL, 0, 1, 0, ${String(later)}, ${String(later)});
    INSERT INTO attempts VALUES ('key', 1, ${String(later)})`);
  const store = openSqlite(file, { now: () => 1_700_000_000 });
  t.teardown(() => store.close());
  const unmirrored = { account: undefined, personalNumber: undefined, entraIds: [], disabledInDirectory: false };
  t.strictSame(await store.users(), [
    {
      id: 'u2', name: 'bob', fullName: undefined, email: 'b@x', disabled: false, scopes: [], aliases: [], createdAt: 1_600_000_001, epoch: 0,
      hasPassword: false, hasPin: false, cards: 0, ...unmirrored,
    },
    {
      id: 'u1', name: 'Žofie', fullName: 'Žofie Nová', email: undefined, disabled: true, scopes: ['jobs', 'users'], aliases: ['zofie', 'zofie@MYQ.TEST'],
      createdAt: 1_600_000_000, epoch: 7, hasPassword: true, hasPin: true, cards: 1, ...unmirrored,
    },
  ]);
  t.strictSame(await store.userSecrets('u1'), { passwordHash: 'hash', pinDigest: 'pin' });
  const authentication = { at: 1_600_000_002, methods: ['wia'], channelBinding: 'bound' } as const;
  t.strictSame(await store.sessionById('s1'), { id: 's1', userId: 'u1', epoch: 7, authentication, expiresAt: later });
  t.strictSame(await store.grantById('g1'), {
    id: 'g1', clientId: 'sample-client', userId: 'u1', epoch: 7, scopes: ['openid'], authentication, sessionId: 's1',
    code: { redirectUri: 'https://a/', challenge: 'c', nonce: 'n' }, codeUsed: true, revoked: false, generation: 3, idleUntil: later, expiresAt: later,
  });
  t.match(await store.grantById('g2'), { revoked: true, authentication: { at: 1_600_000_003, methods: ['pwd', 'otp'] } });
  t.equal(await store.countAttempt([{ key: 'key', limit: 1, endsAfter: 'last' }], 60), 'key');

  const nothing = sampleMirrored({ name: 'Žofie', aliases: ['zofie@MYQ.TEST'], cards: [], pin: null, disabled: false });
  t.match(await store.mirrorUser(nothing, false), {
    kind: 'changed', what: ['account'], user: { id: 'u1', disabled: true, aliases: ['zofie', 'zofie@MYQ.TEST'], cards: 1, hasPin: true },
  }, 'the directory has given none of it, and takes none');
});

t.test('a store of version 4 opens with all that is in it, and takes what a tenant of Entra ID vouches for', async (t) => {
  const file = join(t.testdir(), 'gateway.db');
  const [now, later] = [1_700_000_000, 1_700_000_100];
  written(4, file, `
    INSERT INTO users (id, name, name_key, scopes, created_at, epoch, directory, sid, directory_disabled, personal_number, pin_digest, pin_source) VALUES
      ('u1', 'Žofie', 'žofie', 'jobs users', 1600000000, 7, '', 'S-1-5-21-1-2-3-1001', 0, '007', 'pin', 'directory'),
      ('u2', 'bob', 'bob', '', 1600000001, 0, 'sales', 'S-1-5-21-1-2-3-1001', 1, NULL, NULL, NULL),
      ('u3', 'carol@MYQ.TEST', 'carol@myq.test', '', 1600000002, 0, NULL, NULL, 0, NULL, NULL, NULL);
    INSERT INTO aliases VALUES ('zofie@MYQ.TEST', 'u1', 'directory'), ('zofie', 'u1', NULL), ('bob', 'u2', 'file'), ('carol@MYQ.TEST', 'u3', 'sign-in');
    INSERT INTO cards VALUES ('card', 'u1', 'file');
    INSERT INTO clients (id, name, is_public, redirect_uris, scopes) VALUES ('sample-client', 'Sample', 1, '', '');
    INSERT INTO sessions (id, user_id, epoch, auth_time, amr, expires_at, groups) VALUES ('s1', 'u1', 7, 1600000002, 'wia', ${String(later)}, 'S-1 S-2');
    INSERT INTO grants (id, client_id, user_id, epoch, scopes, auth_time, amr, session_id, revoked, generation, idle_until, expires_at, groups) VALUES
      ('g1', 'sample-client', 'u1', 7, 'openid', 1600000002, 'wia', 's1', 0, 3, ${String(later)}, ${String(later)}, '');
    INSERT INTO marks VALUES (x'0102', ${String(later)});
    INSERT INTO ntlm_watch VALUES (1, 1600000003)`);
  const store = openSqlite(file, { now: () => now });
  t.teardown(() => store.close());
  const [bob, carol, zofie] = await store.users();
  t.match(bob, { id: 'u2', account: { directory: 'sales', sid: 'S-1-5-21-1-2-3-1001' }, disabledInDirectory: true, entraIds: { length: 0 }, aliases: ['bob'] });
  t.match(carol, { id: 'u3', name: 'carol@MYQ.TEST', account: undefined, entraIds: { length: 0 } });
  t.strictSame(zofie, {
    id: 'u1', name: 'Žofie', fullName: undefined, email: undefined, disabled: false, scopes: ['jobs', 'users'], epoch: 7,
    account: { directory: '', sid: 'S-1-5-21-1-2-3-1001' }, aliases: ['zofie', 'zofie@MYQ.TEST'], createdAt: 1_600_000_000, hasPassword: false,
    hasPin: true, cards: 1, personalNumber: '007', entraIds: [], disabledInDirectory: false,
  });
  const authentication = { at: 1_600_000_002, methods: ['wia'], groups: ['S-1', 'S-2'] } as const;
  t.strictSame(await store.sessionById('s1'), { id: 's1', userId: 'u1', epoch: 7, authentication, expiresAt: later });
  t.strictSame((await store.grantById('g1'))?.authentication, { ...authentication, groups: [] });
  t.equal((await store.ntlmUses(0)).watchedSince, 1_600_000_003);
  t.strictSame((await store.userByAnyName('bob', 'bob'))?.given, 'file');
  t.strictSame((await store.userByAnyName('x', 'carol@MYQ.TEST'))?.sources, ['sign-in']);
  t.strictSame((await store.userByAnyName('x', 'zofie'))?.sources, ['admin', 'directory']);
  t.equal(await store.markFor(Uint8Array.of(1, 2), 'owner', later), 'others', 'what was used by nobody in particular, nobody may use again');
  t.equal(await store.markOnce(Uint8Array.of(1, 2), later), false);

  const person = { tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47', object: '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11' };
  t.equal(await store.pairEntra('u1', person), 'paired');
  t.equal((await store.userByEntraId(person))?.id, 'u1');
  const vouched = { at: now, methods: ['pwd'], entra: { tenant: person.tenant, at: now } };
  const grant = sampleRefreshGrant('u1', now, { authentication: vouched });
  await store.addGrant(grant);
  await store.addSession(sampleSession('u1', now, { id: 's2', authentication: vouched }), 's1');
  t.strictSame((await store.grantById(grant.id))?.authentication, vouched);
  t.strictSame((await store.sessionById('s2'))?.authentication, vouched);
  t.match(await store.grantById('g1'), { sessionId: 's2', revoked: false });
});

for (const version of [2, 3, 4]) {
  t.test(`a store of version ${String(version)} with nothing in it opens empty, and has the schema of a new one`, async (t) => {
    const directory = t.testdir();
    const [old, fresh] = [join(directory, 'old.db'), join(directory, 'new.db')];
    written(version, old, '');
    const schemas = await Promise.all([old, fresh].map(async (file) => {
      const store = openSqlite(file);
      t.strictSame(await store.clients(), []);
      t.strictSame(await store.users(), []);
      await store.close();
      const database = new DatabaseSync(file);
      t.strictSame({ ...database.prepare('PRAGMA user_version').get() }, { user_version: 5 });
      t.strictSame(database.prepare('PRAGMA foreign_key_check').all(), []);
      const schema = database.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY name').all().map((row) => ({ ...row }));
      database.close();
      return schema;
    }));
    t.strictSame(schemas[0], schemas[1]);
  });
}
