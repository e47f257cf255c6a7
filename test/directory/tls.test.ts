// The TLS of a directory connection: LDAPS and StartTLS to a real domain, and that nothing secret goes to anybody who is not verified.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import t, { type Test } from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import type { DirectorySettings } from '../../src/directory/settings.ts';
import { startDomainController } from '../realm/ad.ts';
import { found, opened, outage, settingsOf } from './domain.ts';
import { proxy, serve } from './line.ts';

const ad = await startDomainController();
const dir = mkdtempSync(join(tmpdir(), 'myq-directory-'));
t.teardown(async () => {
  rmSync(dir, { recursive: true });
  await ad.stop();
});
const right = 'Passw0rd.alice';
const schemes = { ldaps: 636, ldap: 389 } as const;
const addresses = { [ad.host]: ad.address, 'dc2.myq.test': ad.address, localhost: '127.0.0.1' };
const view = (t: Test, changes: Partial<DirectorySettings>) => opened(t, [settingsOf(ad, changes)], addresses);

/** An authority of its own, and a server certificate by it; `made` is when. */
async function certificates(name: string, host: string, made = new Date()) {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(host, made);
  const caFile = join(dir, `${name}.pem`);
  writeFileSync(caFile, caPem);
  return { caFile, cert: certificatePem, key: privateKeyPem };
}

for (const [scheme, port] of Object.entries(schemes)) {
  t.test(`${scheme}: a verified controller is asked`, async (t) => {
    const { accounts, warnings } = view(t, { url: [`${scheme}://${ad.host}:${port}`] });
    const alice = await found(accounts.byTypedName('alice'));
    t.strictSame(await accounts.bind(alice, right), { kind: 'right' });
    t.equal((await accounts.bind(alice, 'wrong')).kind, 'wrong');
    t.strictSame(await accounts.health(), { directory: 'ok' });
    t.strictSame(warnings, []);
  });

  t.test(`${scheme}: a certificate of another authority is refused`, async (t) => {
    const { caFile } = await certificates('other', ad.host);
    const { accounts, warnings } = view(t, { url: [`${scheme}://${ad.host}:${port}`], caFile });
    const { detail, cure } = await outage(() => accounts.byTypedName('alice'));
    t.equal(detail, `[Directory] ${scheme}://${ad.host}:${port}: no CA that is trusted here has signed its certificate`);
    t.match(cure, /CaFile/);
    t.match((await accounts.health())['directory'], /no CA that is trusted here/);
    t.equal(warnings.length, 1);
  });

  t.test(`${scheme}: without CaFile the authorities of the machine count, and a private one is none of them`, async (t) => {
    const { accounts } = view(t, { url: [`${scheme}://${ad.host}:${port}`], caFile: undefined });
    t.match((await outage(() => accounts.byTypedName('alice'))).detail, /no CA that is trusted here/);
  });

  t.test(`${scheme}: a certificate for another name is refused`, async (t) => {
    const { accounts } = view(t, { url: [`${scheme}://dc2.myq.test:${port}`] });
    const { detail, cure } = await outage(() => accounts.byTypedName('alice'));
    t.match(detail, /its certificate is not for dc2\.myq\.test/);
    t.match(detail, /dc1\.myq\.test/, 'the name that is in it is told');
    t.match(cure, /Url/);
  });
}

t.test('an expired certificate is refused, and so is one of the future', async (t) => {
  const years = 365 * 86_400_000;
  for (const [name, made, words] of [['expired', -4 * years, /has expired/], ['future', 4 * years, /is not valid yet/]] as const) {
    const { caFile, cert, key } = await certificates(name, 'localhost', new Date(Date.now() + made));
    const port = await serve(t, () => { t.fail('a connection was made'); }, createTlsServer({ cert, key }));
    const { detail } = await outage(() => view(t, { url: [`ldaps://localhost:${port}`], caFile }).accounts.byTypedName('alice'));
    t.match(detail, words);
  }
});

t.test('TLS 1.1 is not spoken', async (t) => {
  const { caFile, cert, key } = await certificates('old', 'localhost');
  const old = createTlsServer({ cert, key, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' });
  const port = await serve(t, () => { t.fail('a connection was made'); }, old);
  const { detail } = await outage(() => view(t, { url: [`ldaps://localhost:${port}`], caFile }).accounts.byTypedName('alice'));
  t.match(detail, /no TLS connection \(.*(version|VERSION)/);
});

t.test('whoever refuses StartTLS, or speaks no TLS, gets no name and no password', async (t) => {
  // [APPLICATION 24] ExtendedResponse, messageID 1: protocolError.
  const refusal = Buffer.from('300c02010178070a010204000400', 'hex');
  const kinds = [['ldap', refusal, /refuses StartTLS \(result 2/], ['ldap', Buffer.from('hello\r\n'), /not LDAP/], ['ldaps', refusal, /no TLS/]] as const;
  for (const [scheme, answer, words] of kinds) {
    let heard = Buffer.alloc(0);
    const port = await serve(t, (socket) => {
      socket.on('data', (data) => {
        heard = Buffer.concat([heard, data]);
        socket.write(answer);
      });
    });
    const { accounts } = view(t, { url: [`${scheme}://localhost:${port}`], timeout: 1 });
    t.match((await outage(() => accounts.byTypedName('alice'))).detail, words);
    t.match((await outage(() => accounts.bind(undefined, right))).detail, words);
    t.ok(heard.length > 0);
    t.notMatch(heard.toString('latin1'), new RegExp(`${right}|${ad.administrator.password}|${ad.administrator.name}|alice`));
  }
});

t.test('what is put into the plain stream beside the answer to StartTLS is never taken for an answer over TLS', async (t) => {
  // [APPLICATION 1] BindResponse, messageID 1: success. Cut short, the first octet that comes by TLS would complete it.
  const forged = Buffer.from('300c02010161070a010004000400', 'hex');
  const alice = await found(view(t, {}).accounts.byTypedName('alice'));
  for (const injected of [forged, forged.subarray(0, -1), forged.subarray(0, 4)]) {
    // The first connection searches; the second one is the bind with the password.
    const line = await proxy(t, ad.address, 389, (answer, nth) => (
      nth === 0 && line.count.all === 2 ? Buffer.concat([answer, injected]) : answer
    ));
    const { accounts } = opened(t, [settingsOf(ad, { url: [`ldap://${ad.host}:${line.port}`] })], { [ad.host]: '127.0.0.1' });
    const start = performance.now();
    const answer = await accounts.bind(alice, 'wrong').catch((error: unknown) => error);
    t.match(answer, injected === forged ? { detail: /more in plain text/ } : { kind: 'wrong', detail: /data 52e/ }, `${injected.length} octets`);
    t.ok(performance.now() - start < 1000, 'at once');
    t.equal(line.count.all, 2);
  }
});
