// In which order a token request is looked at: a used refresh token tells first, and nothing is used up in vain (RFC 9700 §4.14).

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { later } from './clock.ts';
import { asking, clients, openProvider, pkce, type Fields, type Tokens } from './provider.ts';
import { accessOf, alive, dead, granted, refresh, refused } from './worth.ts';

const provider = await openProvider(t);
const { store } = provider.gateway;
const SCOPE = 'openid jobs offline.access';
const signIn = (): Promise<Tokens> => provider.tokens('web', SCOPE);
const [redirectUri] = clients.web.redirectUris;

t.test('a used refresh token ends the family, whatever else is wrong with the request', async (t) => {
  for (const [what, more] of [
    ['nothing else', {}],
    ['a wider scope', { scope: `${SCOPE} users` }], ['a scope that nobody can have', { scope: 'no-such-scope' }],
    ['a scope without form', { scope: 'jobs  print' }], ['too many scopes', { scope: Array.from({ length: 65 }, (_, index) => `s${String(index)}`).join(' ') }],
    ['a narrower scope', { scope: 'jobs' }],
    ['parameters of other grant types', { code: 'x', code_verifier: 'x', login_info: '{', redirect_uri: 'x' }],
  ] as readonly (readonly [string, Fields])[]) {
    const first = await signIn();
    const second = granted(t, await refresh(provider, 'web', first.refresh_token));
    refused(t, await refresh(provider, 'web', first.refresh_token, more), 'invalid_grant', what);
    await dead(t, provider, 'web', second, what);
    t.equal(await accessOf(provider, first.access_token), 'dead', what);
  }
});

t.test('even where the client may have nothing of it any more', async (t) => {
  const first = await provider.tokens('other', SCOPE);
  const second = granted(t, await refresh(provider, 'other', first.refresh_token));
  const without = { ...clients.other, scopes: ['reports'] };
  t.equal(await store.replaceClient(clients.other, without), 'replaced');
  refused(t, await refresh(provider, 'other', second.refresh_token), 'invalid_scope', 'nothing is left, and nothing is used up');
  refused(t, await refresh(provider, 'other', first.refresh_token), 'invalid_grant', 'the used one');
  t.equal(await store.replaceClient(without, clients.other), 'replaced');
  await dead(t, provider, 'other', second, 'afterwards');
});

t.test('the fresh one is not used up by such a request', async (t) => {
  const tokens = await signIn();
  for (const scope of [`${SCOPE} users`, 'no-such-scope', 'jobs  print']) refused(t, await refresh(provider, 'web', tokens.refresh_token, { scope }), 'invalid_scope', scope);
  await alive(t, provider, 'web', tokens, 'afterwards');
});

t.test('a used one that somebody without the client\'s secret brings ends nothing', async (t) => {
  const first = await signIn();
  const second = granted(t, await refresh(provider, 'web', first.refresh_token));
  const fields = { grant_type: 'refresh_token', refresh_token: first.refresh_token };
  refused(t, await provider.form('/api/auth/token', { ...fields, client_id: 'web' }), 'invalid_client', 'no secret', 401);
  refused(t, await provider.form('/api/auth/token', { ...fields, client_id: 'web', client_secret: 'x' }), 'invalid_client', 'a wrong one', 401);
  refused(t, await provider.token('other', fields), 'invalid_grant', 'another client');
  await alive(t, provider, 'web', second, 'afterwards');
});

/** The gateway says that it is out, not that the token is wrong. */
function isOutage(t: Test, reply: Reply, what: string): void {
  t.strictSame([reply.statusCode, reply.headers['retry-after']], [503, '5'], what);
  t.match(reply.json(), { error: 'temporarily_unavailable', reason: 'backend_unavailable', message: 'The store has no signing key.' }, what);
}

/** What the gateway does without its signing keys, and then with them again. It looks at them anew after five seconds. */
async function withoutKeys(t: Test, during: (t: Test) => Promise<void>, afterwards: (t: Test) => Promise<void>): Promise<void> {
  const keys = await store.signingKeys();
  await store.removeKeys(keys.map(({ kid }) => kid));
  await t.test('the keys are gone', async (t) => {
    later(t, 6);
    await during(t);
  });
  for (const key of keys.toReversed()) await store.addKey(key);
  await t.test('the keys are there', async (t) => {
    later(t, 12);
    await afterwards(t);
  });
}

t.test('where nothing can be signed a refresh token is not used up', async (t) => {
  const tokens = await signIn();
  await withoutKeys(t,
    async (t) => {
      for (const time of ['once', 'twice']) isOutage(t, await refresh(provider, 'web', tokens.refresh_token), time);
    },
    async (t) => { await alive(t, provider, 'web', granted(t, await refresh(provider, 'web', tokens.refresh_token)), 'the same token'); },
  );
});

t.test('nor is a code', async (t) => {
  const { verifier, challenge } = pkce();
  const code = await provider.code({ ...asking('web', SCOPE), ...challenge });
  const redeem = () => provider.token('web', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
  await withoutKeys(t,
    async (t) => { for (const time of ['once', 'twice']) isOutage(t, await redeem(), time); },
    async (t) => {
      const tokens = granted(t, await redeem(), 'the same code');
      refused(t, await redeem(), 'invalid_grant', 'a third time');
      await dead(t, provider, 'web', tokens, 'it was good once');
    },
  );
});

t.test('a used refresh token still ends its family while nothing can be signed', async (t) => {
  const first = await signIn();
  const second = granted(t, await refresh(provider, 'web', first.refresh_token));
  await withoutKeys(t,
    async (t) => { refused(t, await refresh(provider, 'web', first.refresh_token), 'invalid_grant', 'a used one'); },
    async (t) => { await dead(t, provider, 'web', second, 'the family'); },
  );
});
