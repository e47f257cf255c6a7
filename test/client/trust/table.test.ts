// Every kind of certificate, met in every way: what is judged right is reached, and nothing else hears a byte before a person says yes.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openServer } from '../../../src/client/server.ts';
import { openCertStore, type CertStore } from '../../../src/client/trust/cert-store.ts';
import type { CertificateCheck } from '../../../src/client/trust/certificate.ts';
import type { AcceptedCertificate, CertificateQuestion } from '../../../src/client/trust/question.ts';
import { CertificateError, openTrust, type TrustOptions } from '../../../src/client/trust/trust.ts';
import { failureOf } from '../keep/failure.ts';
import { authority, certificate, ExtendedKeyUsage, KeyUsageFlags, serve, type Chain, type Made, type ShowingServer } from './certificates.ts';
import { certificateOf } from './certificate-sample.ts';

const name = 'print.example.test';
const dns = [name];
const root = await authority();
const [unknown, middle] = await Promise.all([authority({ subject: 'Unknown CA' }), authority({ subject: 'Middle', issuer: root })]);
const middles = {
  expired: await authority({ subject: 'Old middle', issuer: root, until: -0.1 }),
  early: await authority({ subject: 'New middle', issuer: root, from: 1 }),
  noAuthority: await certificate({ subject: 'Some server', issuer: root }),
  noSigner: await authority({ subject: 'Lists only', issuer: root, keyUsage: KeyUsageFlags.cRLSign }),
  notForServers: await authority({ subject: 'Mail CA', issuer: root, usages: [ExtendedKeyUsage.emailProtection] }),
};
/** Has the name of the authority, and another key. */
const impostor = await authority();

/** A certificate as wished, signed by `issuer`, which is sent along unless it is the root. */
async function from(issuer: Made, wishes: Parameters<typeof certificate>[0] = { dns }, sent = issuer !== root): Promise<Chain> {
  return { leaf: await certificate({ ...wishes, issuer }), sent: sent ? [issuer] : [] };
}

interface Row {
  /** What is shown. */
  readonly shown: string;
  readonly chain: Chain;
  /** What is wrong with it; nothing: it is in order. */
  readonly wrong: readonly CertificateCheck[];
  /** Default: `name`. */
  readonly host?: string;
  /** Something else was accepted here before. */
  readonly before?: true;
}

const self: Chain = { leaf: await certificate({ dns }) };
const away = { dns: ['other.example.test'] };

const rows: readonly Row[] = [
  // in order
  { shown: 'good', chain: await from(root), wrong: [] },
  { shown: 'good, over another authority that is sent', chain: await from(middle), wrong: [] },
  { shown: 'good, without an extended key usage', chain: await from(root, { dns, usages: 'none' }), wrong: [] },
  { shown: 'good, by a wildcard', chain: await from(root, { dns: ['*.example.test'] }), wrong: [] },
  { shown: 'good, for the address', chain: await from(root, { ip: ['127.0.0.1'] }), host: '127.0.0.1', wrong: [] },
  { shown: 'good, though another one was accepted before', chain: await from(root), before: true, wrong: [] },
  // nobody vouches
  { shown: 'self-signed', chain: self, wrong: ['chain'] },
  { shown: 'unknown authority, not sent', chain: await from(unknown, { dns }, false), wrong: ['chain'] },
  { shown: 'unknown authority, sent', chain: await from(unknown), wrong: ['chain'] },
  { shown: 'chain incomplete', chain: await from(middle, { dns }, false), wrong: ['chain'] },
  { shown: 'signed by somebody with the name of the authority', chain: await from(impostor, { dns }, false), wrong: ['chain'] },
  { shown: 'changed since accepted', chain: self, before: true, wrong: ['chain'] },
  // somebody else's
  { shown: 'wrong name', chain: await from(root, away), wrong: ['name'] },
  { shown: 'common name only', chain: await from(root, { subject: name }), wrong: ['name'] },
  { shown: 'for the name, reached by the address', chain: await from(root), host: '127.0.0.1', wrong: ['name'] },
  { shown: 'for another address', chain: await from(root, { ip: ['127.0.0.2'] }), host: '127.0.0.1', wrong: ['name'] },
  { shown: 'address written as a name', chain: await from(root, { dns: ['127.0.0.1'] }), host: '127.0.0.1', wrong: ['name'] },
  { shown: 'wildcard for fewer parts', chain: await from(root, { dns: ['*.example.test'] }), host: `a.${name}`, wrong: ['name'] },
  { shown: 'wildcard within a part', chain: await from(root, { dns: ['pr*.example.test'] }), wrong: ['name'] },
  // not now
  { shown: 'expired', chain: await from(root, { dns, until: -0.1 }), wrong: ['dates'] },
  { shown: 'not yet valid', chain: await from(root, { dns, from: 1 }), wrong: ['dates'] },
  { shown: 'expired authority', chain: await from(middles.expired), wrong: ['dates'] },
  { shown: 'authority not yet valid', chain: await from(middles.early), wrong: ['dates'] },
  // must not
  { shown: 'not for servers', chain: await from(root, { dns, usages: [ExtendedKeyUsage.clientAuth] }), wrong: ['usage'] },
  { shown: 'signed by a server, which is no authority', chain: await from(middles.noAuthority), wrong: ['usage'] },
  { shown: 'signed by an authority that must not sign certificates', chain: await from(middles.noSigner), wrong: ['usage'] },
  { shown: 'signed by an authority for other things', chain: await from(middles.notForServers), wrong: ['usage'] },
  // more than one thing: none hides another
  { shown: 'self-signed and expired', chain: { leaf: await certificate({ dns, until: -0.1 }) }, wrong: ['chain', 'dates'] },
  { shown: 'signed by somebody with the name of the authority, expired', chain: await from(impostor, { dns, until: -0.1 }, false),
    wrong: ['chain', 'dates'] },
  { shown: 'unknown authority, wrong name', chain: await from(unknown, away), wrong: ['chain', 'name'] },
  { shown: 'signed by a server, expired', chain: await from(middles.noAuthority, { dns, until: -0.1 }), wrong: ['usage', 'dates'] },
  { shown: 'everything', chain: { leaf: await certificate({ ...away, until: -0.1, usages: [] }) }, wrong: ['chain', 'dates', 'name', 'usage'] },
];

/** One meeting: what the server heard, what the person was asked, what came back. */
interface Cell {
  readonly server: ShowingServer;
  readonly store: CertStore;
  readonly host: string;
  readonly questions: readonly CertificateQuestion[];
  readonly earlier: readonly AcceptedCertificate[];
  /** Sends a request over a connection of its own: a status, or the failure. */
  meet(): Promise<unknown>;
}

async function cell(t: Parameters<typeof serve>[0] & { testdir(): string }, row: Row, trust: TrustOptions, says?: boolean): Promise<Cell> {
  const { host = name, chain, before } = row;
  const directory = t.testdir();
  const caFile = join(directory, 'root.pem');
  writeFileSync(caFile, root.pem);
  const server = await serve(t, chain);
  const store = openCertStore(join(directory, 'cert.store'));
  const earlier = before ? [certificateOf(host, server.port)] : [];
  for (const one of earlier) await store.accept(one);
  const questions: CertificateQuestion[] = [];
  const ask = async (question: CertificateQuestion): Promise<boolean> => {
    questions.push(question);
    return says === true;
  };
  const meet = async (): Promise<unknown> => {
    const options = { ...trust, caFile, accepted: store, ...(says === undefined ? {} : { ask }) };
    const client = openServer({ url: `https://${host}:${String(server.port)}`, connectTo: '127.0.0.1', trust: openTrust(options) });
    const answer = await client.ask('/').then(({ status }) => status, (error: unknown) => error);
    await client.close();
    return answer;
  };
  return { server, store, host, questions, earlier, meet };
}

const checksOf = ({ faults }: CertificateQuestion): readonly CertificateCheck[] => faults.map(({ check }) => check);

/** The request did not go out, and the failure says which certificate this was and what is wrong with it. */
async function refused(t: Test, { server, store, host, earlier, meet }: Cell, row: Row, reason: string): Promise<void> {
  const error = await meet();
  if (!(error instanceof CertificateError)) throw new Error(`no CertificateError but ${String(error)}`);
  t.equal(error.reason, reason);
  t.strictSame(checksOf(error.question), row.wrong);
  t.equal(error.question.certificate.fingerprint, row.chain.leaf.fingerprint);
  t.strictSame([error.question.host, error.question.port], [host, server.port]);
  t.strictSame(error.question.before, reason === 'certificate_untrusted' ? [] : earlier);
  t.match(error.message, /^the certificate of [\w.]+:\d+ (?:is not|was not) [^\n]+: [^\n]+$/);
  t.ok(error.cure);
  t.strictSame([server.requests(), server.bytes()], [0, 0], 'not a byte reached it');
  t.strictSame(await store.list(), earlier, 'nothing is remembered');
}

/** The request arrived, and nobody was asked. */
async function reached(t: Test, { server, store, questions, earlier, meet }: Cell): Promise<void> {
  t.equal(await meet(), 200);
  t.strictSame([server.requests(), questions.length], [1, 0]);
  t.strictSame(await store.list(), earlier, 'nothing is remembered');
}

/** Asked once, reached, remembered, and not asked again. */
async function accepted(t: Test, { server, store, host, questions, earlier, meet }: Cell, row: Row): Promise<void> {
  const start = Date.now();
  t.equal(await meet(), 200);
  t.equal(server.requests(), 1);
  const [question] = questions;
  if (!question) throw new Error('nobody was asked');
  t.strictSame(checksOf(question), row.wrong);
  t.strictSame(question.before, earlier, 'a change is shown as one');
  const { subject, issuer, notAfter, fingerprint } = question.certificate;
  t.equal(fingerprint, row.chain.leaf.fingerprint);
  const kept = await store.list();
  const { acceptedAt = 0 } = kept.at(-1) ?? {};
  t.ok(acceptedAt >= start && acceptedAt <= Date.now());
  t.strictSame(kept, [...earlier, { host, port: server.port, fingerprint, subject, issuer, notAfter, acceptedAt }]);
  t.equal(await meet(), 200);
  t.strictSame([server.requests(), questions.length], [2, 1], 'the second time nobody is asked');
  t.strictSame(await store.list(), kept);
}

for (const row of rows) {
  const isGood = row.wrong.length === 0;
  t.test(row.shown, async (t) => {
    t.test(isGood ? 'Strict reaches it' : 'Strict ends the connection', async (t) => {
      // A yes of a person counts for nothing there.
      const strict = await cell(t, row, {}, true);
      await (isGood ? reached(t, strict) : refused(t, strict, row, 'certificate_untrusted'));
      t.equal(strict.questions.length, 0);
    });
    t.test(isGood ? 'Normal reaches it without a question' : 'Normal, accepted: asked once, remembered', async (t) => {
      const normal = await cell(t, row, { mode: 'normal' }, true);
      await (isGood ? reached(t, normal) : accepted(t, normal, row));
    });
    t.test(isGood ? 'Normal reaches it whatever the person would say' : 'Normal, refused: not a byte is sent', async (t) => {
      const normal = await cell(t, row, { mode: 'normal' }, false);
      await (isGood ? reached(t, normal) : refused(t, normal, row, 'certificate_declined'));
      t.equal(normal.questions.length, isGood ? 0 : 1);
    });
    t.test(isGood ? 'Normal reaches it where nobody can answer' : 'Normal, nobody to ask: not a byte is sent', async (t) => {
      const normal = await cell(t, row, { mode: 'normal' });
      await (isGood ? reached(t, normal) : refused(t, normal, row, row.before ? 'certificate_changed' : 'certificate_not_asked'));
    });
  });
}

t.test('what was accepted for one port or name does not count for another', async (t) => {
  const row: Row = { shown: 'self-signed', chain: { leaf: await certificate({ dns: [name, 'other.example.test'] }) }, wrong: ['chain'] };
  const first = await cell(t, row, { mode: 'normal' }, true);
  t.equal(await first.meet(), 200);
  const second = await serve(t, row.chain);
  const elsewhere = [`https://${name}:${String(second.port)}`, `https://other.example.test:${String(first.server.port)}`, `https://127.0.0.1:${String(first.server.port)}`];
  for (const url of elsewhere) {
    const client = openServer({ url, connectTo: `127.0.0.1:${new URL(url).port}`, trust: openTrust({ mode: 'normal', accepted: first.store }) });
    t.equal((await failureOf(client.ask('/'))).reason, 'certificate_not_asked', url);
    await client.close();
  }
  t.equal(second.bytes(), 0);
  t.equal(first.server.requests(), 1);
  t.equal(first.questions.length, 1);
});

t.test('what was accepted in Normal mode does not count in Strict mode', async (t) => {
  const row: Row = { shown: 'self-signed', chain: self, wrong: ['chain'] };
  const normal = await cell(t, row, { mode: 'normal' }, true);
  t.equal(await normal.meet(), 200);
  const strict = openServer({
    url: `https://${name}:${String(normal.server.port)}`, connectTo: '127.0.0.1', trust: openTrust({ accepted: normal.store }),
  });
  t.equal((await failureOf(strict.ask('/'))).reason, 'certificate_untrusted');
  await strict.close();
  t.equal(normal.server.requests(), 1);
});

t.test('once removed from cert.store it is asked about again', async (t) => {
  const normal = await cell(t, { shown: 'self-signed', chain: self, wrong: ['chain'] }, { mode: 'normal' }, true);
  t.equal(await normal.meet(), 200);
  await normal.store.remove({ host: name });
  t.equal(await normal.meet(), 200);
  t.strictSame(normal.questions.map(({ before }) => before), [[], []]);
});
