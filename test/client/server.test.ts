// What the gateway says of itself, under another name or from another place, and answers that no gateway gives.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { fetchProtectedResource } from 'openid-client';
import { openServer } from '../../src/client/server.ts';
import { openTrust } from '../../src/client/trust/trust.ts';
import { failureOf } from './keep/failure.ts';
import { authority, certificate, serve } from './trust/certificates.ts';
import { clientOf } from './trust/client-of.ts';

const root = await authority();
const leaf = await certificate({ dns: ['print.example.test'], ip: ['127.0.0.1'], issuer: root });
const caFile = join(t.testdir(), 'root.pem');
writeFileSync(caFile, root.pem);
const trust = openTrust({ caFile });

/** A server that answers so; `issuer` and the endpoints are those of its own address unless `answer` says otherwise. */
async function started(t: Test, answer?: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = await serve(t, { leaf }, answer);
  return { ...server, origin: `https://print.example.test:${String(server.port)}` };
}

const places: readonly (readonly [connectTo: (port: number) => string, port: (own: number) => number])[] = [
  [() => '127.0.0.1', (own) => own],
  [(port) => `127.0.0.1:${String(port)}`, () => 1],
  [(port) => `LOCALHOST:${String(port)}`, () => 1],
];

for (const [connectTo, port] of places) {
  t.test(`connecting to ${connectTo(8090)} instead, the certificate must still be for the name`, async (t) => {
    const server = await started(t);
    const client = openServer({ url: `https://print.example.test:${String(port(server.port))}`, connectTo: connectTo(server.port), trust });
    t.teardown(() => client.close());
    t.equal((await client.ask('/')).status, 200);
    const other = openServer({ url: `https://other.example.test:${String(port(server.port))}`, connectTo: connectTo(server.port), trust });
    t.teardown(() => other.close());
    t.equal((await failureOf(other.ask('/'))).reason, 'certificate_untrusted');
    t.equal(server.requests(), 1);
  });
}

/** A description as a gateway gives it, with changes. */
const description = (origin: string, changes: Readonly<Record<string, unknown>> = {}): string => JSON.stringify({
  issuer: origin, authorization_endpoint: `${origin}/en/auth`, token_endpoint: `${origin}/api/auth/token`, jwks_uri: `${origin}/.well-known/jwks.json`,
  response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['ES256'], ...changes,
});

/** A client of a server that describes itself so. */
async function described(t: Test, text: (origin: string) => string, { type = 'application/json', status = 200 } = {}) {
  const server: Awaited<ReturnType<typeof started>> = await started(t, (_, response) => {
    response.writeHead(status, { 'content-type': type }).end(text(server.origin));
  });
  return { server, client: clientOf(t, server.port, { caFile }) };
}

t.test('the description is asked for once, however many want it', async (t) => {
  const { server, client } = await described(t, (origin) => description(origin));
  const all = await Promise.all([client.oauth('a'), client.oauth('a'), client.oauth('a')]);
  t.equal(all[0].serverMetadata().token_endpoint, `${server.origin}/api/auth/token`);
  await client.oauth('a');
  t.equal(server.requests(), 1);
});

t.test('a failure is not kept: the server may be there the next time', async (t) => {
  let status = 503;
  const server: Awaited<ReturnType<typeof started>> = await started(t, (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(description(server.origin));
  });
  const client = clientOf(t, server.port, { caFile });
  t.equal((await failureOf(client.oauth('a'))).reason, 'not_a_gateway');
  status = 200;
  t.ok(await client.oauth('a'));
});

t.test('a gateway that is asked under another name tells its own', async (t) => {
  const { server, client } = await described(t, () => description('https://gw.example.test:8090'));
  const error = await failureOf(client.oauth('a'));
  t.equal(error.reason, 'not_a_gateway');
  t.equal(error.message, `the gateway at ${server.origin} calls itself https://gw.example.test:8090`);
  t.equal(error.cure, 'Use that address: https://gw.example.test:8090');
});

t.test('a name with strange characters in it is told in one line', async (t) => {
  const { client } = await described(t, () => description('https://gw.example.test/\n\u001b[2J\u202E'));
  const { message, cure = '' } = await failureOf(client.oauth('a'));
  t.match(message, /calls itself https:\/\/gw\.example\.test\/\\u\{a\}\\u\{1b\}\[2J\\u\{202e\}$/);
  t.notMatch(message + cure, /[\p{Cc}\p{Cf}]/u);
});

const elsewhere: readonly (readonly [name: string, value: unknown, leadsTo: string])[] = [
  ['token_endpoint', 'https://evil.test/token', 'https://evil.test'],
  ['authorization_endpoint', 'https://evil.test/auth', 'https://evil.test'],
  ['authorization_endpoint', 'file:///etc/passwd', 'file:///etc/passwd'],
  ['authorization_endpoint', 'javascript:alert(1)', 'javascript:alert(1)'],
  ['jwks_uri', 'http://print.example.test/keys', 'http://print.example.test'],
  ['revocation_endpoint', 'https://print.example.test:1/revoke', 'https://print.example.test:1'],
  ['end_session_endpoint', '/logout', '/logout'],
  ['userinfo_endpoint', 7, '7'],
];

for (const [name, value, leadsTo] of elsewhere) {
  t.test(`a description whose ${name} is ${String(value)} is refused`, async (t) => {
    const { client } = await described(t, (origin) => description(origin, { [name]: value }));
    const error = await failureOf(client.oauth('a'));
    t.strictSame([error.reason, error.message], ['not_a_gateway', `the server's description of itself leads to ${leadsTo}`]);
    t.match(error.cure, /PublicUrl/);
  });
}

t.test('openid-client reaches no other server over the connections of this one', async (t) => {
  const { server, client } = await described(t, (origin) => description(origin));
  const oauth = await client.oauth('a');
  const error = await failureOf(fetchProtectedResource(oauth, 'token', new URL('https://evil.test/'), 'GET').catch((caught: unknown) => {
    throw (caught as Error).cause ?? caught;
  }));
  t.match(error.message, /leads to https:\/\/evil\.test$/);
  t.equal(server.requests(), 1);
});

interface Head {
  readonly type?: string;
  readonly status?: number;
}

const answers: readonly (readonly [name: string, text: (origin: string) => string, head?: Head])[] = [
  ['that is empty', () => ''],
  ['that is a page', () => '<!DOCTYPE html>', { type: 'text/html' }],
  ['that is a page and says it is JSON', () => '<!DOCTYPE html>'],
  ['that is cut', (origin) => description(origin).slice(0, -20)],
  ['that is a list', () => '[]'],
  ['that is null', () => 'null'],
  ['without an issuer', (origin) => description(origin, { issuer: undefined })],
  ['whose issuer is a number', (origin) => description(origin, { issuer: 7 })],
  ['whose issuer is no address', (origin) => description(origin, { issuer: 'print' })],
  ['with status 404', () => '{"error":"not_found"}', { status: 404 }],
  ['with status 205', () => '', { status: 205 }],
  ['with a status that does not exist', () => '{}', { status: 999 }],
  ['of more than a MiB', (origin) => description(origin, { more: 'x'.repeat(1_100_000) })],
];

for (const [name, text, head] of answers) {
  t.test(`an answer ${name} is not a gateway's`, async (t) => {
    const error = await failureOf((await described(t, text, head)).client.oauth('a'));
    t.equal(error.reason, 'not_a_gateway');
    t.notMatch(error.message, /\n/);
    t.ok(error.message.length < 500);
  });
}

for (const status of [301, 302, 303, 307, 308]) {
  t.test(`a redirect with ${String(status)} is not followed`, async (t) => {
    const other = await started(t);
    const server = await started(t, (_, response) => { response.writeHead(status, { location: `https://127.0.0.1:${String(other.port)}/` }).end(); });
    const client = clientOf(t, server.port, { caFile });
    t.equal((await client.ask('/')).status, status);
    t.equal((await failureOf(client.oauth('a'))).reason, 'not_a_gateway');
    t.strictSame([server.requests(), other.handshakes()], [2, 0]);
  });
}

const slow: readonly (readonly [name: string, answer: (response: ServerResponse) => NodeJS.Timeout | undefined])[] = [
  ['says nothing', () => undefined],
  ['begins and stops', (response) => {
    response.write('{');
    return undefined;
  }],
  ['sends a byte now and then', (response) => setInterval(() => response.write('x'), 20)],
];

for (const [name, answer] of slow) {
  t.test(`a server that ${name} is not waited for`, async (t) => {
    const server = await started(t, (_, response) => {
      const timer = answer(response);
      response.on('close', () => { clearInterval(timer); });
    });
    const client = clientOf(t, server.port, { caFile }, { patience: { answer: 150 } });
    const error = await failureOf(client.ask('/'));
    t.equal(error.reason, 'timed_out');
    t.equal(error.message, `print.example.test:${String(server.port)} does not answer within 0.15 seconds`);
    const channel = await client.openChannel();
    t.equal((await failureOf(channel.ask('/'))).reason, 'timed_out');
    await channel.close();
  });
}

t.test('an answer is handed over whole: status, headers, text', async (t) => {
  const server = await started(t, (request, response) => {
    response.writeHead(418, { 'x-one': 'a', 'www-authenticate': ['Negotiate', 'NTLM'] }).end(`${String(request.method)} ${String(request.url)} ü`);
  });
  const { status, headers, text } = await clientOf(t, server.port, { caFile }).ask('/api/x?y=1', { method: 'POST', body: 'z' });
  t.strictSame([status, headers['x-one'], headers['www-authenticate'], text], [418, 'a', ['Negotiate', 'NTLM'], 'POST /api/x?y=1 ü']);
});

t.test('headers of more than 128 KiB are refused', async (t) => {
  const server = await started(t, (_, response) => { response.writeHead(200, { 'x-huge': 'x'.repeat(200_000) }).end(); });
  t.equal((await failureOf(clientOf(t, server.port, { caFile }).ask('/'))).reason, 'not_a_gateway');
});

t.test('whoever asks after closing is told so', async (t) => {
  const server = await started(t);
  const client = clientOf(t, server.port, { caFile });
  await client.ask('/');
  await client.close();
  t.equal((await failureOf(client.ask('/'))).reason, 'cancelled');
  const channel = await clientOf(t, server.port, { caFile }).openChannel();
  await channel.close();
  await channel.close();
  t.equal((await failureOf(channel.ask('/'))).reason, 'cancelled');
});

t.test('a channel is one connection, which never becomes another', async (t) => {
  const server = await started(t, (_, response) => { response.writeHead(200, { connection: 'close' }).end('{}'); });
  const channel = await clientOf(t, server.port, { caFile }).openChannel();
  t.equal((await channel.ask('/')).status, 200);
  const error = await failureOf(channel.ask('/'));
  t.strictSame([error.reason, error.message], ['unreachable', 'the server closed the connection in the middle of a sign-in']);
  await channel.close();
  t.equal(server.handshakes(), 1);
});
