// The question in Normal mode: asked once however many wait for it, answered by nothing but a yes, and asked anew for what is new.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ClientError } from '../../../src/client/error.ts';
import { openCertStore } from '../../../src/client/trust/cert-store.ts';
import type { CertificateQuestion } from '../../../src/client/trust/question.ts';
import type { TrustOptions } from '../../../src/client/trust/trust.ts';
import { becomes } from '../../realm/exec.ts';
import { failureOf } from '../keep/failure.ts';
import { authority, certificate, serve } from './certificates.ts';
import { certificateOf } from './certificate-sample.ts';
import { clientOf } from './client-of.ts';

const dns = ['print.example.test'];
const root = await authority();
const [first, second, good] = await Promise.all([certificate({ dns }), certificate({ dns }), certificate({ dns, issuer: root })]);
const caFile = join(t.testdir(), 'root.pem');
writeFileSync(caFile, root.pem);

/** Normal mode, where each question is noted and answered as `says` tells. */
function normal(says: (question: CertificateQuestion) => unknown) {
  const questions: CertificateQuestion[] = [];
  const ask = async (question: CertificateQuestion): Promise<boolean> => {
    questions.push(question);
    return await says(question) as boolean;
  };
  return { questions, fingerprints: () => questions.map(({ certificate: { fingerprint } }) => fingerprint), trust: { mode: 'normal', caFile, ask } as const };
}

const fingerprints = (list: readonly { readonly fingerprint: string }[]): readonly string[] => list.map(({ fingerprint }) => fingerprint);
const soon = (): Promise<void> => new Promise((resolve) => { setTimeout(resolve, 50); });

t.test('connections that are opened at once ask once, and all go through after the yes', async (t) => {
  const server = await serve(t, { leaf: first });
  const { questions, trust } = normal(() => soon().then(() => true));
  const accepted = openCertStore(join(t.testdir(), 'cert.store'));
  const client = clientOf(t, server.port, { ...trust, accepted });
  const channels = Array.from({ length: 6 }, () => client.openChannel());
  const answers = await Promise.all(Array.from({ length: 6 }, () => client.ask('/')));
  t.strictSame(answers.map(({ status }) => status), [200, 200, 200, 200, 200, 200]);
  for (const channel of await Promise.all(channels)) await channel.close();
  t.equal(questions.length, 1);
  t.strictSame(fingerprints(await accepted.list()), [first.fingerprint]);
});

t.test('connections that are opened at once are all refused by one no', async (t) => {
  const server = await serve(t, { leaf: first });
  // The person answers when all of them wait for him.
  let looked = 0;
  const accepted: TrustOptions['accepted'] = { of: async () => { looked++; return []; }, accept: async () => { t.fail('nobody said yes'); } };
  // Each looks once, and whoever asks looks again.
  const { questions, trust } = normal(async () => { await becomes(() => looked === 7); return false; });
  const client = clientOf(t, server.port, { ...trust, accepted });
  const failures = await Promise.all(Array.from({ length: 6 }, () => failureOf(client.openChannel())));
  t.strictSame(failures.map(({ reason }) => reason), Array.from({ length: 6 }, () => 'certificate_declined'));
  t.equal(questions.length, 1);
  t.equal(server.bytes(), 0);
});

t.test('what another program accepted while this one waited is not asked again', async (t) => {
  const server = await serve(t, { leaf: first });
  const accepted = openCertStore(join(t.testdir(), 'cert.store'));
  let looked = 0;
  const late: TrustOptions['accepted'] = {
    ...accepted,
    of: async (host, port) => {
      // Between the first look and the question.
      if (++looked === 2) await accepted.accept({ ...certificateOf(host, port), fingerprint: first.fingerprint });
      return accepted.of(host, port);
    },
  };
  const { questions, trust } = normal(() => true);
  t.equal((await clientOf(t, server.port, { ...trust, accepted: late }).ask('/')).status, 200);
  t.equal(questions.length, 0);
});

t.test('a server that changes its certificate between the question and the next connection is asked about again, as a change', async (t) => {
  const server = await serve(t, { leaf: first });
  const { questions, fingerprints: asked, trust } = normal(() => {
    server.show({ leaf: second });
    return true;
  });
  const accepted = openCertStore(join(t.testdir(), 'cert.store'));
  t.equal((await clientOf(t, server.port, { ...trust, accepted }).ask('/')).status, 200);
  t.strictSame(asked(), [first.fingerprint, second.fingerprint]);
  t.strictSame(questions.map(({ before }) => fingerprints(before)), [[], [first.fingerprint]]);
  t.strictSame(fingerprints(await accepted.list()), [first.fingerprint, second.fingerprint]);
});

t.test('and if the second answer is no, not a byte goes out', async (t) => {
  const server = await serve(t, { leaf: first });
  const { trust } = normal(({ before }) => {
    server.show({ leaf: second });
    return before.length === 0;
  });
  t.equal((await failureOf(clientOf(t, server.port, trust).ask('/'))).reason, 'certificate_declined');
  t.equal(server.bytes(), 0);
});

t.test('a server that turns out to be in order after the question is reached', async (t) => {
  const server = await serve(t, { leaf: first });
  const { questions, trust } = normal(() => {
    server.show({ leaf: good });
    return true;
  });
  t.equal((await clientOf(t, server.port, trust).ask('/')).status, 200);
  t.equal(questions.length, 1);
});

t.test('a server with a new certificate at each connection comes to an end, whoever says yes to all', async (t) => {
  const leaves = await Promise.all(Array.from({ length: 12 }, () => certificate({ dns })));
  const server = await serve(t, { leaf: first });
  const { questions, trust } = normal(() => {
    const leaf = leaves.pop();
    if (leaf) server.show({ leaf });
    return true;
  });
  const error = await failureOf(clientOf(t, server.port, trust).ask('/'));
  t.strictSame([error.reason, questions.length, server.bytes()], ['tls_failed', 8, 0]);
  t.match(error.message, /shows another certificate at each connection$/);
});

t.test('a person has one question before him at a time', async (t) => {
  const server = await serve(t, { leaf: first });
  const [asked, answer] = [Promise.withResolvers<undefined>(), Promise.withResolvers<boolean>()];
  const { fingerprints: inOrder, trust } = normal(() => {
    asked.resolve(undefined);
    return answer.promise;
  });
  const client = clientOf(t, server.port, trust);
  const one = client.openChannel();
  await asked.promise;
  // Another connection meets another certificate while the question is open.
  server.show({ leaf: second });
  const two = client.openChannel();
  await soon();
  t.strictSame(inOrder(), [first.fingerprint]);
  answer.resolve(true);
  for (const channel of await Promise.all([one, two])) await channel.close();
  t.strictSame(inOrder(), [first.fingerprint, second.fingerprint]);
});

for (const [what, says] of [['a word', () => 'no'], ['nothing', () => undefined], ['a number', () => 1], ['an object', () => ({})]] as const) {
  t.test(`${what} is no yes`, async (t) => {
    const server = await serve(t, { leaf: first });
    t.equal((await failureOf(clientOf(t, server.port, normal(says).trust).ask('/'))).reason, 'certificate_declined');
    t.equal(server.bytes(), 0);
  });
}

for (const mode of ['Normal', 'NORMAL', 'lax', '', null]) {
  t.test(`the mode ${JSON.stringify(mode)} is as strict as Strict`, async (t) => {
    const server = await serve(t, { leaf: first });
    const { questions, trust } = normal(() => true);
    const error = await failureOf(clientOf(t, server.port, { ...trust, mode: mode as 'normal' }).ask('/'));
    t.strictSame([error.reason, questions.length, server.bytes()], ['certificate_untrusted', 0, 0]);
  });
}

t.test('a question that fails is no yes, and its failure is told', async (t) => {
  const server = await serve(t, { leaf: first });
  const failing = async (failure: unknown) => {
    const client = clientOf(t, server.port, normal(() => { throw failure; }).trust);
    const [shared, own] = await Promise.all([failureOf(client.ask('/')), failureOf(client.openChannel())]);
    t.equal(shared.reason, own.reason);
    return own;
  };
  const crash = new Error('the dialog crashed');
  const { reason, cause } = await failing(crash);
  t.strictSame([reason, cause], ['certificate_not_asked', crash]);
  t.equal((await failing(undefined)).reason, 'certificate_not_asked');
  t.equal((await failing(new DOMException('the window was closed', 'AbortError'))).reason, 'cancelled');
  const ours = new ClientError('cancelled', 'the person closed the window');
  t.equal(await failing(ours), ours);
  t.equal(server.bytes(), 0);
});

t.test('without a store a yes counts until the program ends', async (t) => {
  const server = await serve(t, { leaf: first });
  const { questions, trust } = normal(() => true);
  const client = clientOf(t, server.port, trust);
  t.equal((await client.ask('/')).status, 200);
  await (await client.openChannel()).close();
  t.equal(questions.length, 1);
  await clientOf(t, server.port, trust).ask('/');
  t.equal(questions.length, 2, 'another one begins anew');
});

t.test('a damaged cert.store is told, nobody is asked, and a server in order is reached all the same', async (t) => {
  const file = join(t.testdir(), 'cert.store');
  writeFileSync(file, '{"version": 1, "certificates": [', { mode: 0o600 });
  const { questions, trust } = normal(() => true);
  const [bad, fine] = await Promise.all([serve(t, { leaf: first }), serve(t, { leaf: good })]);
  const options = { ...trust, accepted: openCertStore(file) };
  t.equal((await failureOf(clientOf(t, bad.port, options).ask('/'))).reason, 'store_damaged');
  t.equal((await failureOf(clientOf(t, bad.port, options).openChannel())).reason, 'store_damaged');
  t.strictSame([bad.bytes(), questions.length], [0, 0]);
  t.equal((await clientOf(t, fine.port, options).ask('/')).status, 200);
});

t.test('a yes that cannot be remembered is told, and not a byte goes out', async (t: Test) => {
  const server = await serve(t, { leaf: first });
  const file = join(t.testdir({ 'no-directory': 'a file' }), 'no-directory', 'cert.store');
  const error = await failureOf(clientOf(t, server.port, { ...normal(() => true).trust, accepted: openCertStore(file) }).ask('/'));
  t.strictSame([error.reason, server.bytes()], ['store_unusable', 0]);
});
