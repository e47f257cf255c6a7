// Certificates that were made to confuse whoever reads about them.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import t, { type Test } from 'tap';
import { openServer } from '../../../src/client/server.ts';
import { shown } from '../../../src/client/trust/certificate-checks.ts';
import { CertificateError, openTrust } from '../../../src/client/trust/trust.ts';
import { authority, certificate, serve, type Chain, type Made } from './certificates.ts';

/** What a person is told of it. */
async function told(t: Test, chain: Chain, roots: readonly Made[]): Promise<CertificateError> {
  const caFile = join(t.testdir(), 'roots.pem');
  writeFileSync(caFile, roots.map(({ pem }) => pem).join(''));
  const { port, bytes } = await serve(t, chain);
  const server = openServer({ url: `https://print.example.test:${String(port)}`, connectTo: '127.0.0.1', trust: openTrust({ caFile }) });
  t.teardown(() => server.close());
  const error = await server.ask('/').catch((caught: unknown) => caught);
  if (!(error instanceof CertificateError)) throw new Error(`no CertificateError but ${String(error)}`);
  t.equal(bytes(), 0);
  return error;
}

/** Neither a control character nor one that turns or hides what is written. */
const isPlain = (text: string): boolean => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text);

const strange = 'print\n\u001b[2J\u202Egro.elpmaxe\u2028\u200B\u0000, O=Bank $& $` \\';

t.test('strange characters in subject, issuer and names are escaped, and each text stays one line', async (t) => {
  const [root, evil] = await Promise.all([authority(), authority({ subject: strange })]);
  const dns = ['a.test\n\u001b[1m, DNS:print.example.test'];
  const leaf = await certificate({ subject: [{ CN: [strange] }, { O: ['ÄÖÜ 株式会社'] }], dns, issuer: evil });
  const { message, question } = await told(t, { leaf, sent: [evil] }, [root]);
  const { subject, issuer, names } = question.certificate;
  const texts = [message, subject, issuer, ...names, ...question.faults.map(({ text }) => text)];
  t.strictSame(texts.filter((text) => !isPlain(text)), []);
  t.match(subject, /^CN=print\\\S*0A.*202e.*, O=ÄÖÜ 株式会社$/i);
  t.match(issuer, /\$& \$`/, 'they stand for nothing');
  t.ok(message.includes(issuer), 'also where the issuer is put into a sentence');
  t.equal(names.length, 1, 'a name does not become two');
  t.strictSame(question.faults.map(({ check }) => check), ['chain', 'name']);
});

t.test('a name made to look like two is not for the second', async (t) => {
  const root = await authority();
  const { question } = await told(t, { leaf: await certificate({ dns: ['a.test, DNS:print.example.test'], issuer: root }) }, [root]);
  t.strictSame(question.faults.map(({ check }) => check), ['name']);
  t.equal(question.certificate.names.length, 1);
});

t.test('a name with a null byte is not for what stands before it', async (t) => {
  const root = await authority();
  const { question } = await told(t, { leaf: await certificate({ dns: ['print.example.test\u0000.evil.test'], issuer: root }) }, [root]);
  t.strictSame(question.faults.map(({ check }) => check), ['name']);
});

t.test('a certificate without any subject says so', async (t) => {
  const { question } = await told(t, { leaf: await certificate({ subject: [] }) }, [await authority()]);
  t.strictSame([question.certificate.subject, question.certificate.issuer, question.certificate.names], ['(no name)', '(no name)', []]);
});

t.test('a certificate with thousands of names is told in a short sentence', async (t) => {
  const root = await authority();
  const dns = Array.from({ length: 2_000 }, (_, n) => `host-${String(n)}.example.test`);
  const { message, question } = await told(t, { leaf: await certificate({ dns, issuer: root }) }, [root]);
  t.ok(message.length < 1_000, String(message.length));
  t.match(message, /DNS:host-0\.example\.test, .*and 1990 more \(SHA-256 [\da-f]{64}\)$/);
  t.equal(question.certificate.names.length, 51);
  t.equal(question.certificate.names.at(-1), 'and 1950 more');
});

t.test('a very long subject is cut', async (t) => {
  const { subject } = shown(new X509Certificate((await certificate({ subject: 'x'.repeat(10_000) })).pem));
  t.ok(subject.length < 400);
});

t.test('authorities that vouch for each other in a circle come to an end', async (t) => {
  const [one, two] = await Promise.all([authority({ subject: 'One' }), authority({ subject: 'Two' })]);
  const oneByTwo = { ...one, pem: (await authority({ subject: 'One', issuer: two })).pem };
  const leaf = await certificate({ dns: ['print.example.test'], issuer: two });
  // Each has the other's name as its issuer; the keys do not fit everywhere, as with what somebody has put together.
  const twoByOne = await authority({ subject: 'Two', issuer: one });
  const { question } = await told(t, { leaf, sent: [twoByOne, oneByTwo, two, one, twoByOne, oneByTwo] }, [await authority()]);
  t.strictSame(question.faults.map(({ check }) => check), ['chain']);
});

t.test('a chain that was sent in the wrong order is in order for OpenSSL, and for whoever is told of another fault', async (t) => {
  const root = await authority();
  const upper = await authority({ subject: 'Upper', issuer: root });
  const lower = await authority({ subject: 'Lower', issuer: upper });
  const leaf = await certificate({ dns: ['other.test'], issuer: lower, until: -0.1 });
  const { question } = await told(t, { leaf, sent: [upper, lower] }, [root]);
  t.strictSame(question.faults.map(({ check }) => check), ['dates', 'name']);
});

t.test('many authorities of one name and one key are gone through quickly', async (t) => {
  // Each has signed each, and none leads to a trusted one.
  const first = await authority({ subject: 'One of many' });
  const { keys } = first;
  const twins = await Promise.all(Array.from({ length: 9 }, () => authority({ subject: 'One of many', keys })));
  const leaf = await certificate({ dns: ['print.example.test'], issuer: first });
  const began = performance.now();
  const { reason } = await told(t, { leaf, sent: [first, ...twins] }, [await authority()]);
  t.equal(reason, 'certificate_untrusted');
  const took = Math.round(performance.now() - began);
  t.ok(took < 5_000, `${String(took)} ms`);
});
