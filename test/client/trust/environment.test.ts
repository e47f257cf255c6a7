// Whom a process trusts is what this computer trusts, or the file that it was given: no variable makes it trust more.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { exec } from '../../realm/exec.ts';
import { authority, certificate, serve } from './certificates.ts';

const dns = ['print.example.test'];
const [ours, other] = await Promise.all([authority({ subject: 'Ours' }), authority({ subject: 'Other' })]);
const directory = t.testdir();
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const [oursFile, otherFile, nothing] = [file('ours.pem', ours.pem), file('other.pem', other.pem), file('nothing.pem', '')];
const [oursDirectory, empty] = [join(directory, 'ours'), join(directory, 'empty')];
for (const one of [oursDirectory, empty]) mkdirSync(one);
writeFileSync(join(oursDirectory, 'ours.pem'), ours.pem);
const server = await serve(t, { leaf: await certificate({ dns, issuer: ours }) });
const selfSigned = await serve(t, { leaf: await certificate({ dns }) });

type Environment = Readonly<Record<string, string>>;

const program = new URL('reaching.ts', import.meta.url).pathname;
/** No authority but those that a case names. */
const bare = { SSL_CERT_FILE: nothing, SSL_CERT_DIR: empty, NODE_NO_WARNINGS: '1' };
const reaching = ({ port }: { readonly port: number }, env: Environment, ...files: readonly string[]): Promise<string> =>
  exec(process.execPath, [program, String(port), ...files], { env: { ...bare, ...env } });

const cases: readonly (readonly [name: string, env: Environment, files: readonly string[], outcome: string])[] = [
  ['an authority in the file of this computer counts', { SSL_CERT_FILE: oursFile }, [], '200'],
  ['an authority in the directory of this computer counts', { SSL_CERT_DIR: oursDirectory }, [], '200'],
  ['an authority that this computer does not list does not count', { SSL_CERT_FILE: otherFile }, [], 'certificate_untrusted'],
  ['a computer without authorities trusts nobody', {}, [], 'certificate_untrusted'],
  ['a file that is given counts instead of those of the computer', { SSL_CERT_FILE: otherFile }, [oursFile], '200'],
  ['with a file those of the computer do not count', { SSL_CERT_FILE: oursFile }, [otherFile], 'certificate_untrusted'],
  ['NODE_EXTRA_CA_CERTS adds nothing to those of the computer', { NODE_EXTRA_CA_CERTS: oursFile }, [], 'certificate_untrusted'],
  ['NODE_EXTRA_CA_CERTS adds nothing to the file', { NODE_EXTRA_CA_CERTS: oursFile }, [otherFile], 'certificate_untrusted'],
  ['the list of Node.js itself does not count', {}, ['-', oursFile], 'certificate_untrusted'],
  ['nor does it beside a file', {}, [otherFile, oursFile], 'certificate_untrusted'],
  ['NODE_TLS_REJECT_UNAUTHORIZED switches nothing off', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, [], 'certificate_untrusted'],
];

t.jobs = 2;
for (const [name, env, files, outcome] of cases) {
  t.test(name, async (t) => {
    t.equal(await reaching(server, env, ...files), outcome);
  });
}

t.test('a self-signed certificate stays untrusted with NODE_TLS_REJECT_UNAUTHORIZED, and hears nothing', async (t) => {
  t.equal(await reaching(selfSigned, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }), 'certificate_untrusted');
  t.equal(selfSigned.bytes(), 0);
});

t.test('only those who trusted the server sent it a request', async (t) => {
  t.equal(server.requests(), cases.filter(([, , , outcome]) => outcome === '200').length);
});
