// What the gateway says of itself is what it does, no less and no more (RFC 8414, OpenID Connect Discovery).

import t from 'tap';
import { clientAuthenticationMethods } from '../../src/clients/authenticate.ts';
import { TOKEN_EXCHANGE } from '../../src/grants/token-exchange.ts';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import { jwkOf, pairs, setOf, signedJwt } from '../clients/keys.ts';
import { formPostOf, isLoginPage } from './answers.ts';
import { decoded } from './own-jwt.ts';
import { answerOf, asking, clients, Cookies, formTokenOf, openProvider, PASSWORD, pkce, type Fields } from './provider.ts';
import { granted, refused } from './worth.ts';

const provider = await openProvider(t);
const { ask, form, gateway: { issuer, store } } = provider;
const urls = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'] as const;
const document = (await ask({ url: urls[0] })).json();
const list = (name: string): readonly string[] => document[name] as readonly string[];
const pathOf = (name: string): string => String(document[name]).slice(issuer.length);

t.test('both documents are the same, public and cacheable', async (t) => {
  const [one, two] = [await ask({ url: urls[0] }), await ask({ url: urls[1] })];
  t.equal(one.body, two.body);
  for (const reply of [one, two]) t.match(reply, { statusCode: 200, headers: { 'content-type': /^application\/json/, 'cache-control': /^public, max-age=\d+/, etag: /^"/ } });
  for (const url of urls) refused(t, await ask({ method: 'POST', url, payload: '' }), 'invalid_request', url, 405);
});

t.test('what the standards require is there', (t) => {
  t.match(document, {
    issuer, response_types_supported: ['code'], subject_types_supported: ['public'], code_challenge_methods_supported: ['S256'], authorization_response_iss_parameter_supported: true,
    request_parameter_supported: false, request_uri_parameter_supported: false, claims_parameter_supported: false,
  });
  for (const name of ['scopes_supported', 'grant_types_supported', 'response_modes_supported', 'id_token_signing_alg_values_supported', 'token_endpoint_auth_methods_supported', 'claims_supported', 'ui_locales_supported', 'prompt_values_supported']) {
    t.ok(list(name).length > 0 && new Set(list(name)).size === list(name).length, name);
  }
  t.ok(list('id_token_signing_alg_values_supported').includes('RS256'), 'OpenID Connect Discovery §3');
  for (const name of Object.keys(document).filter((one) => one.includes('signing_alg'))) t.notOk(list(name).some((alg) => /^(?:none|HS)/.test(alg)), name);
  t.end();
});

t.test('every address is ours, by the issuer\'s name whatever the request calls us, and answers', async (t) => {
  for (const headers of [
    { host: 'evil.example' }, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', 'x-forwarded-port': '1' }, { forwarded: 'host=evil.example;proto=http' }, { 'x-original-host': 'evil.example' }, { 'x-forwarded-prefix': '/evil' }, { host: '' },
  ] as readonly Fields[]) {
    for (const url of urls) t.equal((await ask({ url, headers })).body, JSON.stringify(document), JSON.stringify(headers));
    const { access_token: token } = granted(t, await form('/api/auth/token', { grant_type: 'client_credentials' }, { ...provider.basic('web'), ...headers }));
    t.match(decoded(token).claims, { iss: issuer, aud: issuer });
  }
  const addresses = Object.entries(document).filter(([name]) => name.endsWith('_endpoint') || name.endsWith('_uri'));
  t.strictSame(addresses.map(([name]) => name).sort(), ['authorization_endpoint', 'end_session_endpoint', 'introspection_endpoint', 'jwks_uri', 'revocation_endpoint', 'token_endpoint', 'userinfo_endpoint']);
  for (const [name, address] of addresses) t.ok(String(address).startsWith(`${issuer}/`), name);
  t.equal((await ask({ url: pathOf('jwks_uri') })).statusCode, 200);
  isLoginPage(t, await ask({ url: `${pathOf('authorization_endpoint')}?${new URLSearchParams(asking('web')).toString()}` }), 200, 'https://app.example');
  t.equal((await ask({ url: pathOf('end_session_endpoint') })).statusCode, 200);
  refused(t, await ask({ url: pathOf('userinfo_endpoint') }), 'invalid_token', 'userinfo', 401);
  for (const name of ['token_endpoint', 'introspection_endpoint', 'revocation_endpoint']) refused(t, await form(pathOf(name), {}, provider.basic('web')), 'invalid_request', name);
});

t.test('every grant type is known, and no other', async (t) => {
  t.strictSame(list('grant_types_supported'), ['authorization_code', 'refresh_token', 'client_credentials', 'login_info', TOKEN_EXCHANGE]);
  for (const grantType of list('grant_types_supported')) {
    const reply = await provider.token('web', { grant_type: grantType });
    if (grantType === 'client_credentials') granted(t, reply);
    else refused(t, reply, 'invalid_request', `${grantType}: what it needs is missing`);
  }
  for (const grantType of ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:device_code', 'urn:openid:params:grant-type:ciba']) {
    refused(t, await provider.token('web', { grant_type: grantType }), 'unsupported_grant_type', grantType);
  }
});

t.test('every way of a client to prove itself works, and no other', async (t) => {
  t.strictSame(list('token_endpoint_auth_methods_supported'), clientAuthenticationMethods);
  t.strictSame(list('revocation_endpoint_auth_methods_supported'), clientAuthenticationMethods);
  t.strictSame(list('introspection_endpoint_auth_methods_supported'), clientAuthenticationMethods.filter((one) => one !== 'none'));
  const { ed25519, p256, p384, rsa } = pairs;
  await store.addClient({ ...clients.service, id: 'signer', jwks: setOf(...[ed25519, p256, p384, rsa].map((pair) => jwkOf(pair))) });
  const now = Math.floor(Date.now() / 1000);
  const assertion = (alg: string, key = rsa.privateKey, by = alg): Fields => ({
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: signedJwt({ alg }, { iss: 'signer', sub: 'signer', aud: issuer, jti: alg, exp: now + 60 }, key, by),
  });
  const keys: Readonly<Record<string, typeof rsa.privateKey>> = {
    ES256: p256.privateKey, ES384: p384.privateKey, EdDSA: ed25519.privateKey, RS256: rsa.privateKey, PS256: rsa.privateKey,
  };
  for (const name of ['token', 'introspection', 'revocation']) t.strictSame([...list(`${name}_endpoint_auth_signing_alg_values_supported`)].sort(), Object.keys(keys).sort());
  for (const [alg, key] of Object.entries(keys)) granted(t, await form('/api/auth/token', { grant_type: 'client_credentials', ...assertion(alg, key) }), alg);
  for (const alg of ['none', 'HS256', 'RS384', 'RS512', 'PS512', 'ES512']) {
    refused(t, await form('/api/auth/token', { grant_type: 'client_credentials', ...assertion(alg, rsa.privateKey, 'RS256') }), 'invalid_client', alg, 401);
  }
});

t.test('every response mode works, and no other response', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(asking('web'), { cookies });
  t.strictSame(list('response_modes_supported'), ['query', 'form_post']);
  t.match(answerOf(await provider.authorize({ ...asking('web'), response_mode: 'query' }, { cookies })), { code: /./, iss: issuer });
  t.match(formPostOf(t, await provider.authorize({ ...asking('web'), response_mode: 'form_post' }, { cookies }), 'https://app.example/cb'), { code: /./, iss: issuer });
  for (const mode of ['fragment', 'web_message', 'jwt', 'query.jwt', 'form_post.jwt', 'QUERY']) {
    t.match(answerOf(await provider.authorize({ ...asking('web'), response_mode: mode }, { cookies })), { error: 'invalid_request' }, mode);
  }
  for (const type of ['token', 'id_token', 'code token', 'code id_token', 'id_token token', 'none', 'CODE', 'code code']) {
    t.match(answerOf(await provider.authorize({ ...asking('web'), response_type: type }, { cookies })), { error: 'unsupported_response_type', code: undefined }, type);
  }
});

t.test('every prompt is known, and no other; so is PKCE', async (t) => {
  const cookies = new Cookies();
  await provider.signIn(asking('web'), { cookies });
  t.strictSame(list('prompt_values_supported'), ['none', 'login', 'consent', 'select_account']);
  for (const prompt of list('prompt_values_supported')) {
    const reply = await provider.authorize({ ...asking('web'), prompt }, { cookies });
    if (['none', 'consent'].includes(prompt)) t.match(answerOf(reply), { code: /./ }, prompt);
    else isLoginPage(t, reply, 200, 'https://app.example');
  }
  for (const prompt of ['create', 'none login', 'Login', 'login,consent']) {
    t.match(answerOf(await provider.authorize({ ...asking('web'), prompt }, { cookies })), { error: 'invalid_request' }, prompt);
  }
  const { code_challenge: challenge } = pkce().challenge;
  for (const [method, wanted] of [['S256', { code: /./ }], ['plain', { error: 'invalid_request' }], ['s256', { error: 'invalid_request' }], ['', { error: 'invalid_request' }]] as const) {
    t.match(answerOf(await provider.authorize({ ...asking('web'), code_challenge: challenge, code_challenge_method: method }, { cookies })), wanted, method);
  }
  for (const name of ['request', 'request_uri', 'registration']) {
    t.match(answerOf(await provider.authorize({ ...asking('web'), [name]: 'x' }, { cookies })), { error: `${name}_not_supported` }, name);
  }
});

t.test('every scope can be granted to who has it, and no other', async (t) => {
  const scopes = list('scopes_supported');
  t.ok(['openid', 'profile', 'email', 'offline_access'].every((one) => scopes.includes(one)));
  const secrets = await store.userSecrets(provider.alice.id);
  await store.addUser({ name: 'admin', aliases: [], scopes: scopes.filter((one) => one !== 'offline_access'), passwordHash: secrets?.passwordHash });
  await store.addClient({ ...clients.native, id: 'all', scopes });
  const info = JSON.stringify({ type: 3, user: 'admin', pwd: PASSWORD });
  for (const scope of scopes) {
    const answer = granted(t, await form('/api/auth/token', { grant_type: 'login_info', login_info: info, client_id: 'all', scope }), scope);
    t.equal(answer.scope, scope === 'offline_access' ? 'offline.access' : scope);
  }
  for (const scope of ['address', 'phone', 'groups', 'admin', 'metrics.x']) refused(t, await form('/api/auth/token', { grant_type: 'login_info', login_info: info, client_id: 'all', scope }), 'invalid_scope', scope);
});

t.test('every claim is there for who asks for it, and ID tokens have no other', async (t) => {
  const { id_token: idToken, access_token: accessToken } = await provider.tokens('web', 'openid profile email');
  const { header, claims } = decoded(idToken);
  t.strictSame(Object.keys(claims).sort(), [...list('claims_supported')].sort());
  t.ok(list('id_token_signing_alg_values_supported').includes(String(header['alg'])));
  const userinfo = await ask({ url: pathOf('userinfo_endpoint'), headers: { authorization: `Bearer ${accessToken}` } });
  t.ok(Object.keys(userinfo.json()).every((claim) => list('claims_supported').includes(claim)));
});

t.test('every language is spoken', async (t) => {
  const titles = new Map<string, string | undefined>();
  for (const lang of list('ui_locales_supported')) {
    const page = await provider.authorize({ ...asking('web'), ui_locales: lang });
    t.match(page.body, new RegExp(`<html[^>]* lang="${lang}"`), lang);
    t.match(formTokenOf(page), /./);
    titles.set(lang, /<title>(.*?)<\/title>/.exec(page.body)?.[1]);
  }
  t.equal(new Set(titles.values()).size, titles.size, 'each in words of its own');
  t.match((await provider.authorize({ ...asking('web'), ui_locales: 'xx' })).body, new RegExp(`<html[^>]* lang="${en.lang}"`));
});
