// How long everything lasts, to the second: sessions, tokens, grants, revocations (RFC 6749 §5.1, RFC 7009 §2, RFC 7662 §2.2).

import t, { type Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { answerOf, asking, clients, Cookies, openProvider, type Fields, type Tokens } from './provider.ts';
import { stopped } from './stopped-clock.ts';
import { accessOf, claimsOf, granted, refresh, refused } from './worth.ts';

const [SESSION, ACCESS, REFRESH, IDLE] = [600, 120, 300, 180] as const;
const settings = { SessionLifetime: SESSION, AccessTokenLifetime: ACCESS, RefreshTokenLifetime: REFRESH, RefreshIdleLifetime: IDLE };
const config = ['[OAuth]', ...Object.entries(settings).map(([name, life]) => `${name} = ${String(life)}`)].join('\n');
const provider = await openProvider(t, { config });
const { store } = provider.gateway;
const web = provider.basic('web');
const SCOPE = 'openid jobs offline.access';
const seconds = (): number => Math.floor(Date.now() / 1000);

interface Timed extends Tokens { readonly expires_in: number }

const tokensOf = async (scope: string, how = {}): Promise<Timed> => await provider.tokens('web', scope, how) as Timed;
const revoke = (token: string): Promise<Reply> => provider.form('/api/auth/revoke', { token }, web);
const introspect = async (token: string) => (await provider.form('/api/auth/introspect', { token }, web)).json();
const silently = async (cookies: Cookies): Promise<Fields> => answerOf(await provider.authorize({ ...asking('web'), prompt: 'none' }, { cookies }));

type Step = readonly [second: number, action: (t: Test) => Promise<unknown>];

/** Runs these one after the other, each at its second after the beginning, with the clock standing still. */
async function at(t: Test, start: number, ...steps: readonly Step[]): Promise<void> {
  for (const [second, action] of steps) {
    await t.test(`second ${String(second)}`, async (t) => {
      stopped(t, start + second);
      await action(t);
    });
  }
}

t.test('a browser is signed in for SessionLifetime, counted from the sign-in, however often it is used', async (t) => {
  const cookies = new Cookies();
  const isIn = async (t: Test): Promise<void> => { t.match(await silently(cookies), { code: /^[\w-]{70}$/ }); };
  await at(t, seconds(),
    [0, async (t) => { t.equal((await provider.signIn(asking('web'), { cookies })).statusCode, 303); }],
    [1, isIn], [SESSION / 2, isIn], [SESSION - 1, isIn],
    [SESSION, async (t) => {
      t.match(await silently(cookies), { error: 'login_required', state: 'a state' });
      t.equal((await provider.authorize(asking('web'), { cookies })).statusCode, 200, 'and otherwise the page is shown');
    }],
    [SESSION + 1, async (t) => { t.match(await silently(cookies), { error: 'login_required' }); }],
  );
});

t.test('a second sign-in begins a new time', async (t) => {
  const cookies = new Cookies();
  await at(t, seconds(),
    [0, async () => provider.signIn(asking('web'), { cookies })],
    [100, async () => provider.signIn({ ...asking('web'), prompt: 'login' }, { cookies })],
    [SESSION + 99, async (t) => { t.match(await silently(cookies), { code: /./ }); }],
    [SESSION + 100, async (t) => { t.match(await silently(cookies), { error: 'login_required' }); }],
  );
});

for (const scope of ['openid jobs', SCOPE]) {
  t.test(`an access token lasts for AccessTokenLifetime: ${scope}`, async (t) => {
    const start = seconds();
    let tokens: Timed | undefined;
    const token = (): string => tokens?.access_token ?? '';
    await at(t, start,
      [0, async (t) => {
        tokens = await tokensOf(scope);
        t.equal(tokens.expires_in, ACCESS);
        t.match(claimsOf(token()), { iat: start, exp: start + ACCESS });
        t.match(claimsOf(tokens.id_token), { iat: start, exp: start + ACCESS });
      }],
      [ACCESS - 1, async (t) => { t.equal(await accessOf(provider, token()), 'alive'); }],
      [ACCESS, async (t) => { t.strictSame(await introspect(token()), { active: false }); }],
      [ACCESS + 1, async (t) => { t.equal(await accessOf(provider, token()), 'dead'); }],
    );
  });
}

t.test('a token for the client itself lasts as long', async (t) => {
  const start = seconds();
  stopped(t, start);
  const { access_token: token, expires_in: life } = (await provider.token('service', { grant_type: 'client_credentials' })).json<Timed>();
  t.equal(life, ACCESS);
  t.match(claimsOf(token), { iat: start, exp: start + ACCESS });
});

t.test('without offline.access the grant ends with its access token', async (t) => {
  const start = seconds();
  let id = '';
  await at(t, start,
    [0, async () => { id = await provider.code(asking('web')); }],
    [50, async () => {
      const reply = await provider.token('web', { grant_type: 'authorization_code', code: id, redirect_uri: clients.web.redirectUris[0] });
      id = String(claimsOf(reply.json<Tokens>().access_token)['grant_id']);
    }],
    [50 + ACCESS - 1, async (t) => { t.match(await store.grantById(id), { expiresAt: start + 50 + ACCESS, generation: 0 }); }],
    [50 + ACCESS, async (t) => { t.equal(await store.grantById(id), undefined); }],
  );
});

t.test('a refreshed access token never outlives the grant, nor does a refresh token', async (t) => {
  const start = seconds();
  let tokens: Timed | undefined;
  const use = (): Promise<Reply> => refresh(provider, 'web', tokens?.refresh_token ?? '');
  const next = async (t: Test): Promise<Timed> => tokens = granted(t, await use()) as Timed;
  await at(t, start,
    [0, async () => { tokens = await tokensOf(SCOPE); }],
    [REFRESH - ACCESS - 1, async (t) => { t.equal((await next(t)).expires_in, ACCESS, 'there is more than enough left'); }],
    [REFRESH - ACCESS + 1, async (t) => {
      const { expires_in: life, access_token: token } = await next(t);
      t.equal(life, ACCESS - 1);
      t.equal(claimsOf(token)['exp'], start + REFRESH);
    }],
    [REFRESH - 1, async (t) => {
      const { expires_in: life, access_token: token } = await next(t);
      t.equal(life, 1);
      t.equal(claimsOf(token)['exp'], start + REFRESH);
      t.equal(await accessOf(provider, token), 'alive');
    }],
    [REFRESH, async (t) => {
      refused(t, await use(), 'invalid_grant', 'the grant is over');
      t.equal(await accessOf(provider, tokens?.access_token ?? ''), 'dead');
    }],
  );
});

t.test('introspection says until when a refresh token is good: it must be used in time, and its grant ends', async (t) => {
  const start = seconds();
  let tokens: Timed | undefined;
  const isGoodUntil = async (t: Test, second: number): Promise<void> => {
    t.match(await introspect(tokens?.refresh_token ?? ''), { active: true, exp: start + second });
  };
  const next = async (t: Test): Promise<void> => { tokens = granted(t, await refresh(provider, 'web', tokens?.refresh_token ?? '')) as Timed; };
  const isOver = async (t: Test): Promise<void> => { t.strictSame(await introspect(tokens?.refresh_token ?? ''), { active: false }); };
  await at(t, start,
    [0, async (t) => {
      tokens = await tokensOf(SCOPE);
      await isGoodUntil(t, IDLE);
    }],
    [IDLE - 1, (t) => isGoodUntil(t, IDLE)],
    [IDLE, async (t) => {
      await isOver(t);
      refused(t, await refresh(provider, 'web', tokens?.refresh_token ?? ''), 'invalid_grant', 'not used in time');
      tokens = undefined;
    }],
  );
  await at(t, start,
    [0, async () => { tokens = await tokensOf(SCOPE); }],
    [100, async (t) => {
      await next(t);
      await isGoodUntil(t, 100 + IDLE);
    }],
    [200, async (t) => {
      await next(t);
      await isGoodUntil(t, REFRESH);
    }],
    [REFRESH - 1, (t) => isGoodUntil(t, REFRESH)],
    [REFRESH, isOver],
  );
});

t.test('a revoked access token stays dead up to its very last second, whatever else is revoked meanwhile', async (t) => {
  let sister: Timed | undefined;
  let revoked: Timed | undefined;
  await at(t, seconds(),
    [0, async (t) => {
      sister = await tokensOf(SCOPE);
      revoked = await tokensOf(SCOPE);
      t.equal((await revoke(revoked.access_token)).statusCode, 200);
      t.equal(await accessOf(provider, revoked.access_token), 'dead');
    }],
    [ACCESS - 1, async (t) => {
      t.equal((await revoke((await tokensOf(SCOPE)).access_token)).statusCode, 200);
      t.equal(await accessOf(provider, revoked?.access_token ?? ''), 'dead');
      t.equal(await accessOf(provider, sister?.access_token ?? ''), 'alive', 'it would still be good');
    }],
    // The guard of our own routes takes a token in the very moment of its expiry, too.
    [ACCESS, async (t) => { t.equal(await accessOf(provider, revoked?.access_token ?? ''), 'dead'); }],
  );
});
