// What a sign-in needs is out (replay cache, store): 503 and "try again", never a sign-in without its checks.

import t, { type Test } from 'tap';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { send, signIn, type Answer } from '../../realm/http.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken } from '../../realm/tokens.ts';
import { loggedSince } from '../refusal-answer.ts';

const { realm, gateway } = await openSite(t, { unprivileged: true, config: '[Users]\nUnknownUsers = Create' });
const replayCache = join(gateway.directory, 'data/kerberos.rcache');
const database = join(gateway.directory, 'data/gateway.db');

const signInAs = async (user: string): Promise<Answer> => signIn(gateway, await makeToken(realm, await realm.kinit(user)));

/** 503 for strangers without a word of the cause, and the cause in the log. */
async function unavailable(t: Test, user: string, detail: RegExp): Promise<void> {
  const before = gateway.log.length;
  const answer = await signInAs(user);
  t.match(answer, { status: 503, json: { error: 'temporarily_unavailable', code: 503, reason: 'backend_unavailable', data: [] } }, answer.text);
  t.match(answer.headers, { 'retry-after': '5', 'cache-control': 'no-store' });
  t.equal(answer.headers['www-authenticate'], undefined);
  t.notMatch(answer.text, /\/tmp|rcache|sqlite|gateway\.db|permission|directory/i);
  t.equal(answer.json?.['access_token'], undefined);
  const message = String(answer.json?.['message']);
  t.match(await loggedSince(gateway, before, message), { level: 50, detail });
}

const broken: readonly (readonly [title: string, make: () => void, mend: () => void, detail: RegExp])[] = [
  ['a directory', () => { mkdirSync(replayCache); }, () => { rmSync(replayCache, { recursive: true }); }, /replay cache .*directory/i],
  ['a file that must not be written', () => { chmodSync(replayCache, 0o000); }, () => { chmodSync(replayCache, 0o600); }, /replay cache .*Permission denied/],
];
t.equal((await signInAs('alice')).status, 200);
for (const [title, make, mend, detail] of broken) {
  await t.test(`a replay cache that is ${title} makes sign-ins unavailable and the gateway not ready, until it is mended`, async (t) => {
    rmSync(replayCache, { force: true });
    if (title !== 'a directory') t.equal((await signInAs('alice')).status, 200, 'which makes the file');
    make();
    await unavailable(t, 'alice', detail);
    t.match(await send(gateway, '/health/ready'), { status: 503, json: { status: 'unavailable', checks: { replayCache: 'failed', store: 'ok' } } });
    t.equal((await send(gateway, '/health/live')).status, 200);
    t.equal((await send(gateway, '/api/server/status')).text, '0');
    mend();
    t.equal((await send(gateway, '/health/ready')).status, 200);
    t.equal((await signInAs('alice')).status, 200);
  });
}

await t.test('a store that another program keeps locked makes sign-ins unavailable, since none can be noted as used, but is well', async (t) => {
  const other = new DatabaseSync(database);
  other.exec('BEGIN IMMEDIATE');
  await unavailable(t, 'bob', /locked/);
  await unavailable(t, 'alice', /locked/);
  t.match(await send(gateway, '/health/ready'), { status: 200, json: { checks: { store: 'ok', replayCache: 'ok' } } });
  other.exec('ROLLBACK');
  other.close();
  for (const user of ['alice', 'bob']) t.equal((await signInAs(user)).status, 200);
});

t.end();
