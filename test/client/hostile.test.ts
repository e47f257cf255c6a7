// Servers whose certificate is trusted and whose answers are not: each ends in one clear error, soon, and nothing is lost or shown raw.

import { writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import t, { type Test } from 'tap';
import { openTokenFile, SignInError, signIn } from '../../src/client/index.ts';
import { openTrust } from '../../src/client/trust/trust.ts';
import { openServer } from '../../src/client/server.ts';
import { tokensOf } from '../../src/client/tokens.ts';
import { failureOf } from './keep/failure.ts';
import { runHere } from './place.ts';
import { authority, certificate, serve } from './trust/certificates.ts';

const root = await authority();
const leaf = await certificate({ dns: ['print.example.test'], issuer: root });
const caFile = join(t.testdir(), 'root.pem');
writeFileSync(caFile, root.pem);

type Answers = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>;

const json = (value: unknown, status = 200) => (_: unknown, response: ServerResponse): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
};

/** A server that describes itself as a gateway, with changes, and answers the other paths so. */
async function hostile(t: Test, changes: Readonly<Record<string, unknown>> = {}, answers: Answers = {}) {
  let origin = '';
  const server = await serve(t, { leaf }, (request, response) => {
    const described = {
      issuer: origin, authorization_endpoint: `${origin}/en/auth`, token_endpoint: `${origin}/api/auth/token`, jwks_uri: `${origin}/jwks`,
      revocation_endpoint: `${origin}/api/auth/revoke`, response_types_supported: ['code'], scopes_supported: ['openid', 'print'], ...changes,
    };
    const answer = answers[request.url ?? ''] ?? (request.url?.startsWith('/.well-known/openid') ? json(described) : json({ error: 'not_found' }, 404));
    answer(request, response);
  });
  origin = `https://print.example.test:${String(server.port)}`;
  return { origin, port: server.port, reach: { url: origin, connectTo: '127.0.0.1', trust: { caFile } } };
}

/** An ID token that nobody looks into. */
const idTokens = { acquire: async () => `e30.${Buffer.from('{}').toString('base64url')}.c2ln` };

for (const [what, changes] of Object.entries({
  'scopes that are no list': { scopes_supported: 'openid' },
  'scopes that are nothing': { scopes_supported: null },
  'scopes that are no texts': { scopes_supported: [1] },
  'no login page': { authorization_endpoint: undefined },
  'a token endpoint that is none': { token_endpoint: 7 },
})) {
  t.test(`a description with ${what} is no gateway's`, async (t) => {
    const { reach } = await hostile(t, changes);
    for (const mode of ['private', 'public'] as const) {
      const error = await failureOf(signIn({ ...reach, mode, methods: ['browser'], browser: { open: async () => { t.fail('it was opened'); } } }));
      t.type(error, SignInError);
      t.equal(error.reason, 'not_a_gateway', error.message);
    }
  });
}

const good = { access_token: 'a.b.c', token_type: 'Bearer', expires_in: 1800, scope: 'openid' };

t.test('what is no token is not handed on', async (t) => {
  for (const changes of [
    { access_token: 'x\u001b]0;owned\u0007' }, { access_token: 'a\r\nX-Injected: 1' }, { access_token: 'a b' }, { access_token: '' }, { access_token: 7 },
    { expires_in: 1e300 }, { expires_in: 0 }, { expires_in: '1800' }, { expires_in: undefined }, { token_type: 'DPoP' }, { token_type: undefined },
    { scope: 'print\u202e' }, { scope: ['print'] },
  ]) t.equal((await failureOf((async () => tokensOf({ ...good, ...changes }, 0))())).reason, 'not_a_gateway', JSON.stringify(changes));
  t.match(tokensOf({ ...good, token_type: 'bearer' }, 0), { accessToken: 'a.b.c', expiresAt: 1_800_000 });
});

t.test('tokens in an answer that cannot be used are in no error', async (t) => {
  const { reach } = await hostile(t, {}, { '/api/auth/token': json({ ...good, access_token: 'SECRET', token_type: 'none' }) });
  const error = await failureOf(signIn({ ...reach, mode: 'public', methods: ['entra'], entra: { idTokens } }));
  t.equal(error.reason, 'not_a_gateway', error.message);
  t.notMatch(inspect(error, { depth: 20 }), /SECRET/);
});

t.test('claims are those of a token that a published key signed as an access token', async (t) => {
  const [own, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  const secret = Buffer.alloc(32, 1);
  const jwk = { ...await exportJWK(own.publicKey), kid: 'k', alg: 'ES256', use: 'sig' };
  const sign = (key: Parameters<SignJWT['sign']>[0], header: { readonly alg: string; readonly typ: string }): Promise<string> =>
    new SignJWT({ sub: 'alice' }).setProtectedHeader({ ...header, kid: 'k' }).setExpirationTime('1h').sign(key);
  const cases: readonly (readonly [what: string, token: string, isGood: boolean])[] = [
    ['an access token', await sign(own.privateKey, { alg: 'ES256', typ: 'at+jwt' }), true],
    ['an ID token', await sign(own.privateKey, { alg: 'ES256', typ: 'JWT' }), false],
    ['signed with another key', await sign(other.privateKey, { alg: 'ES256', typ: 'at+jwt' }), false],
    ['signed with a secret', await sign(secret, { alg: 'HS256', typ: 'at+jwt' }), false],
    ['not signed', 'eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.eyJzdWIiOiJhbGljZSJ9.', false],
    ['none at all', 'opaque', false],
  ];
  for (const [what, token, isGood] of cases) {
    const { reach } = await hostile(t, {}, { '/api/auth/token': json({ ...good, access_token: token }), '/.well-known/jwks.json': json({ keys: [jwk] }) });
    const { session } = await signIn({ ...reach, mode: 'public', methods: ['entra'], entra: { idTokens } });
    t.teardown(() => session.close());
    if (isGood) t.match(await session.claims(), { sub: 'alice' }, what);
    else t.equal((await failureOf(session.claims())).reason, 'not_a_gateway', what);
  }
});

t.test('a 401 that is not the gateway\'s ends no kept sign-in', async (t) => {
  const { reach, origin } = await hostile(t, {}, {
    '/api/auth/token': (_, response) => { response.writeHead(401, { 'www-authenticate': 'Basic realm="proxy"' }).end('log in'); },
  });
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  await kept.put({ issuer: origin, clientId: 'myq-desktop-client', method: 'windows', refreshToken: 'r', scope: 'openid', keptAt: 0 });
  t.equal((await failureOf(signIn({ ...reach, kept, methods: [] }))).reason, 'not_a_gateway');
  t.match(await kept.get(origin, 'myq-desktop-client'), { refreshToken: 'r' });
});

t.test('informational answers without an end are ended', async (t) => {
  const { port, origin } = await hostile(t, {}, {
    '/slow': (request, response) => {
      const drip = setInterval(() => { response.writeEarlyHints({ link: '</x>; rel=preload' }); }, 50);
      request.socket.once('close', () => { clearInterval(drip); });
    },
  });
  const server = openServer({ url: origin, connectTo: `127.0.0.1:${String(port)}`, trust: openTrust({ caFile }), patience: { answer: 400 } });
  t.teardown(() => server.close());
  const began = performance.now();
  t.equal((await failureOf(server.ask('/slow'))).reason, 'timed_out');
  t.ok(performance.now() - began < 5_000);
});

t.test('cancelling ends the description, too', async (t) => {
  const { reach } = await hostile(t, {}, { '/.well-known/openid-configuration': () => { /* says nothing */ } });
  for (const mode of ['private', 'public'] as const) {
    const error = await failureOf(signIn({ ...reach, mode, methods: ['browser'], signal: AbortSignal.timeout(150) }));
    t.equal(error.reason, 'timed_out', error.message);
  }
});

t.test('no text of the server reaches the terminal as it is', async (t) => {
  const strange = 'x\u001b[2J\u009b1m\u202e\n\u2028y';
  const { reach, port } = await hostile(t, {}, { '/api/auth/negotiate': json({ error: strange, error_description: strange, reason: strange }, 403) });
  t.equal(reach.url.endsWith(String(port)), true);
  for (const more of [[], ['--json'], ['--verbose']]) {
    const { code, stdout, stderr } = await runHere([reach.url, '--connect-to', '127.0.0.1', '--ca-file', caFile, '--methods', 'windows', '--ntlm-user', 'alice', '--password-stdin', ...more], 'pw\n');
    t.equal(code, 1);
    // Lines end; nothing else of it moves the cursor, or turns the direction of writing.
    t.notMatch((stdout + stderr).replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    t.notMatch(stderr, /^y/m);
  }
});
