// Tickets that the gateway's keys do not open: other service names, old, wrong and missing keys, RC4.

import t from 'tap';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayProcess } from '../../realm/gateway.ts';
import { signIn, type Answer } from '../../realm/http.ts';
import { startRealm } from '../../realm/kdc.ts';
import { openDomain, service } from '../../realm/site.ts';
import { makeToken, type TokenOptions } from '../../realm/tokens.ts';
import { refuses } from '../refusal-answer.ts';

const { realm, keytab, start } = await openDomain(t, { services: [service, 'HTTP/other.myq.test', 'host/print.myq.test'] });
const rc4Realm = await startRealm({ enctypes: ['aes256-cts-hmac-sha1-96', 'arcfour-hmac'], services: [] });
t.after(() => rc4Realm.stop());
const rc4Keytab = join(rc4Realm.directory, 'http.keytab');
await rc4Realm.kadmin(`addprinc -randkey -e arcfour-hmac:normal ${service}`);
await rc4Realm.keytab(service, rc4Keytab);

const config = '[Kerberos]\nRealms = MYQ.TEST';
const withRc4 = (setting: string): Promise<GatewayProcess> =>
  start({ keytab: rc4Keytab, environment: rc4Realm.environment, config: `${config}\n${setting}` });
const [gateway, strict, lenient] = await Promise.all([start({ config }), withRc4(''), withRc4('AllowRc4 = True')]);

const freshSignIn = async (options: TokenOptions = {}): Promise<Answer> => signIn(gateway, await makeToken(realm, await realm.kinit('alice'), options));

for (const mechanism of ['spnego', 'krb5'] as const) {
  await t.test(`a ticket for a host name that the keytab lacks names both in the log (${mechanism})`, async (t) => {
    await refuses(t, gateway, () => freshSignIn({ service: 'HTTP@other.myq.test', mechanism }), {
      status: 401, reason: 'spn_not_in_keytab',
      detail: /ticket for HTTP\/other\.myq\.test@MYQ\.TEST, kvno 1, aes256.*only keys for HTTP\/print\.myq\.test@MYQ\.TEST/,
      cure: /the name in HTTP\/print\.myq\.test; or, if other\.myq\.test shall .*: setspn -S HTTP\/other\.myq\.test <service account>/,
    });
  });
}

await t.test('a ticket for another service class of the same host is refused', async (t) => {
  await refuses(t, gateway, () => freshSignIn({ service: 'host@print.myq.test' }), {
    status: 401, reason: 'spn_not_in_keytab', detail: /ticket for host\/print\.myq\.test@MYQ\.TEST.*only keys for HTTP\/print/, cure: /^let clients use the name in HTTP\/print\.myq\.test$/,
  });
});

await t.test('a ticket for another service class is refused even if the keytab has its key', async (t) => {
  await realm.keytab('host/print.myq.test', gateway.keytab);
  await refuses(t, gateway, () => freshSignIn({ service: 'host@print.myq.test' }), {
    status: 401, reason: 'spn_not_in_keytab', detail: /ticket for host\/print\.myq\.test@MYQ\.TEST/, cure: /^let clients use the name in HTTP\/print\.myq\.test$/,
  });
  t.equal((await freshSignIn()).status, 200, 'the HTTP key beside it works');
  copyFileSync(keytab, gateway.keytab);
});

await t.test('a keytab without the enctype of the ticket says what both have', async (t) => {
  const aes128 = join(realm.directory, 'aes128.keytab');
  await realm.exec('ktutil', [], { input: `rkt ${keytab}\ndelent 1\nwkt ${aes128}\n` });
  copyFileSync(aes128, gateway.keytab);
  await refuses(t, gateway, freshSignIn, {
    status: 401, reason: 'enctype_missing', detail: /kvno 1, aes256-cts-hmac-sha1-96; keytab .* has kvno 1 aes128-cts-hmac-sha1-96$/,
    cure: /make the keytab with aes256-cts-hmac-sha1-96, or set msDS-SupportedEncryptionTypes/,
  });
  copyFileSync(keytab, gateway.keytab);
});

await t.test('a key of the same version that is another key says so', async (t) => {
  await realm.kadmin(`delprinc -force ${service}`);
  await realm.kadmin(`addprinc -randkey ${service}`);
  await refuses(t, gateway, freshSignIn, {
    status: 401, reason: 'key_mismatch', detail: /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1, aes256.*has kvno 1 aes256/,
    cure: /another key than the service account: make a keytab: ktpass .*klist purge on the client/,
  });
  rmSync(gateway.keytab);
  await realm.keytab(service, gateway.keytab);
  t.equal((await freshSignIn()).status, 200);
});

await t.test('a key of an older version than the ticket\'s says so, and so does a newer one', async (t) => {
  const old = await realm.kinit('alice');
  await realm.kvno(service, old);
  const renewed = join(realm.directory, 'renewed.keytab');
  await realm.keytab(service, renewed, { newKey: true });
  await refuses(t, gateway, freshSignIn, {
    status: 401, reason: 'kvno_mismatch', detail: /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 2, aes256.*has kvno 1 aes256/,
    cure: /the service account has a new password: make a keytab: ktpass .*kadmin -q "ktadd -k/,
  });
  copyFileSync(renewed, gateway.keytab);
  await refuses(t, gateway, async () => signIn(gateway, await makeToken(realm, old)), {
    status: 401, reason: 'kvno_mismatch', detail: /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1, aes256.*has kvno 2 aes256/, cure: /klist purge/,
  });
  t.equal((await freshSignIn()).status, 200);
});

for (const mechanism of ['spnego', 'krb5'] as const) {
  await t.test(`an RC4 ticket is refused unless AllowRc4 is on (${mechanism})`, async (t) => {
    const token = await makeToken(rc4Realm, await rc4Realm.kinit('alice'), { mechanism });
    await refuses(t, strict, () => signIn(strict, token), {
      status: 401, reason: 'rc4_refused', detail: /^arcfour-hmac \(RC4\) is used, and \[Kerberos\] AllowRc4 is off; ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1/,
      cure: /set msDS-SupportedEncryptionTypes=24 \(AES\)/,
    });
    const answer = await signIn(lenient, token);
    t.equal(answer.status, 200, answer.text);
  });
}

t.end();
