// The authorization code flow, from the login page to userinfo (RFC 6749 §4.1, RFC 7636, OIDC Core §3.1).

import t from 'tap';
import { answerOf, asking, Cookies, openProvider, pkce } from './provider.ts';

const provider = await openProvider(t);

t.test('a person signs in, and the client gets tokens for him', async (t) => {
  const tokens = await provider.tokens('spa', 'openid profile email jobs offline_access');
  t.equal(tokens.scope, 'openid profile email jobs offline.access');
  const userinfo = await provider.ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${tokens.access_token}` } });
  t.strictSame(userinfo.json(), { sub: provider.alice.id, preferred_username: 'alice', name: 'Alice Example', email: 'alice@example.com' });
});

t.test('the answer carries code, state and iss, and a second client needs no second sign-in', async (t) => {
  const cookies = new Cookies();
  const first = await provider.signIn(asking('web'), { cookies });
  t.equal(first.statusCode, 303);
  t.match(answerOf(first), { code: /.{60}/, state: 'a state', iss: provider.gateway.issuer });
  const second = await provider.authorize({ ...asking('spa'), ...pkce().challenge }, { cookies });
  t.equal(second.statusCode, 302);
  t.match(second.headers.location, /^https:\/\/spa\.example\/cb\?code=/);
});
