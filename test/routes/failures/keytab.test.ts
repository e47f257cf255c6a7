// A keytab that cannot be used, and how every change of the file mends or breaks the next sign-in without a restart.

import t from 'tap';
import { chmodSync, copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { send, signIn, type Answer } from '../../realm/http.ts';
import { openSite, service } from '../../realm/site.ts';
import { makeToken } from '../../realm/tokens.ts';
import { refuses } from '../refusal-answer.ts';

const { realm, keytab: good, gateway } = await openSite(t, { keytab: undefined, config: '[Kerberos]\nRealms = MYQ.TEST', unprivileged: true });

const freshSignIn = async (): Promise<Answer> => signIn(gateway, await makeToken(realm, await realm.kinit('alice')));
/** Puts the file in place as an administrator should: whole or not at all. */
const replaceKeytab = (file: string): void => {
  copyFileSync(file, `${gateway.keytab}.new`);
  renameSync(`${gateway.keytab}.new`, gateway.keytab);
};

const remake = /make a keytab: ktpass .*kadmin -q "ktadd -k .*http\.keytab/;
const broken: readonly (readonly [title: string, make: () => void, detail: RegExp, cure?: RegExp])[] = [
  ['is missing', () => { rmSync(gateway.keytab, { force: true }); }, /http\.keytab: the file does not exist; ./],
  ['is garbage', () => { writeFileSync(gateway.keytab, 'this is no keytab'); }, /http\.keytab: .*; ./],
  ['is empty', () => { writeFileSync(gateway.keytab, ''); }, /http\.keytab: .*; ./],
  ['has no keys', () => { writeFileSync(gateway.keytab, Buffer.from([5, 2])); }, /http\.keytab: .*; ./],
  ['must not be read', () => {
    copyFileSync(good, gateway.keytab);
    chmodSync(gateway.keytab, 0o000);
  }, /http\.keytab: the gateway may not read it; ./, /^chown <the gateway's user> .*http\.keytab && chmod 600 .*http\.keytab$/],
];
for (const [title, make, detail, cure = remake] of broken) {
  await t.test(`a keytab that ${title} makes sign-ins unavailable until a good one is in place, without a restart`, async (t) => {
    make();
    await refuses(t, gateway, freshSignIn, { status: 503, reason: 'keytab_unusable', detail, cure });
    t.match(await send(gateway, '/health/ready'), { status: 200, json: { status: 'ok', checks: { keytab: 'failed' } } });
    t.equal((await send(gateway, '/api/server/status')).text, '0');
    replaceKeytab(good);
    const answer = await freshSignIn();
    t.equal(answer.status, 200, answer.text);
    t.match((await send(gateway, '/health/ready')).json, { checks: { keytab: 'ok' } });
    t.equal((await send(gateway, '/api/server/status')).text, '1');
  });
}

await t.test('after a change of the service key the old keytab refuses the new ticket and the new one takes old and new tickets', async (t) => {
  const before = await realm.kinit('alice');
  await realm.kvno(service, before);
  const renewed = join(realm.directory, 'renewed.keytab');
  copyFileSync(good, renewed);
  await realm.keytab(service, renewed, { newKey: true });
  await refuses(t, gateway, freshSignIn, {
    status: 401, reason: 'kvno_mismatch', detail: /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 2, aes256.*has kvno 1 aes256.*, kvno 1 aes128/,
    cure: /the service account has a new password: make a keytab: ktpass \/princ HTTP\/print\.myq\.test@/,
  });
  replaceKeytab(renewed);
  t.equal((await freshSignIn()).status, 200, 'the new ticket, without a restart');
  t.equal((await signIn(gateway, await makeToken(realm, before))).status, 200, 'the old ticket, by the old key beside the new one');
});

t.end();
