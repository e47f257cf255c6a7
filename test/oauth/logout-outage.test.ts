// Sign-out and the login page while a directory is out that would have to be asked about who is signed in.

import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import t from 'tap';
import { freePort } from '../realm/exec.ts';
import type { Reply } from '../routes/app.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { isErrorPage, isLoginPage, isPage } from './answers.ts';
import { answerOf, asking, clients, Cookies, formTokenOf, openProvider } from './provider.ts';

const provider = await openProvider(t, {
  config: `[Directory]\nUrl=ldaps://localhost:${String(await freePort())}\nBindName=reader@myq.test\nBindPassword=x\nBaseDn=DC=myq,DC=test\nTimeout=1\n`,
});
const { ask, form, authorize, alice, gateway: { store } } = provider;
const [bye] = clients.web.postLogoutRedirectUris;

interface Visit { readonly cookies: Cookies; readonly idToken: string; readonly sid: string }

/** Alice signs in by her password here; then her sessions come to stand and fall with an account that nobody can look at. */
async function visit(): Promise<Visit> {
  await store.forgetAccount(alice.id);
  const cookies = new Cookies();
  const { id_token: idToken } = await provider.tokens('web', 'openid jobs', { cookies });
  t.match(await store.mirrorUser(sampleMirrored({ name: 'alice', aliases: ['alice@MYQ.TEST'] }), false), { user: { id: alice.id } });
  const { sid } = JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as { readonly sid: string };
  t.match(await store.sessionById(sid), { userId: alice.id });
  return { cookies, idToken, sid };
}
const leave = (query: Readonly<Record<string, string>>, cookies: Cookies): Promise<Reply> =>
  ask({ url: `/en/auth/logout?${new URLSearchParams(query).toString()}`, headers: cookies.header });

t.test('a client that shows the ID token ends the session', async (t) => {
  const { cookies, idToken, sid } = await visit();
  const reply = await leave({ id_token_hint: idToken, post_logout_redirect_uri: bye }, cookies);
  t.strictSame([reply.statusCode, reply.headers.location], [302, bye]);
  t.equal(await store.sessionById(sid), undefined);
});

t.test('so does the person, who is asked first', async (t) => {
  const { cookies, sid } = await visit();
  const page = await leave({}, cookies);
  isPage(t, page, 200);
  t.match(page.body, /alice/);
  cookies.take(page);
  isPage(t, await form('/en/auth/logout', { form_token: formTokenOf(page), answer: 'sign_out' }, cookies.header), 200);
  t.equal(await store.sessionById(sid), undefined);
});

t.test('who was disabled, or whose secret was changed, is signed out already', async (t) => {
  for (const [what, end] of [
    ['enabled again', async () => { await store.setUserDisabled(alice.id, true); await store.setUserDisabled(alice.id, false); }],
    ['another PIN', () => store.setPin(alice.id, undefined)],
    ['disabled by the directory', () => store.setDisabledInDirectory(alice.id, true)],
  ] as const) {
    const { cookies } = await visit();
    await end();
    const page = await leave({}, cookies);
    isPage(t, page, 200);
    t.notMatch(page.body, /<form/, what);
    await store.setDisabledInDirectory(alice.id, false);
  }
});

t.test('the login page is shown, and a password that is kept here will do; the session goes on when the directory is back', async (t) => {
  const { cookies, sid } = await visit();
  isLoginPage(t, await authorize(asking('web'), { cookies }), 200, 'https://app.example');
  const lines = provider.log.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
  t.match(lines.filter(({ msg }) => msg === 'the session cannot be recalled now'), [{
    level: 50, reason: 'backend_unavailable', detail: /^\[Directory\] ldaps:\/\/localhost/, clientId: 'web',
  }]);
  t.match(await store.sessionById(sid), { userId: alice.id }, 'it has not ended');
  t.match(answerOf(await provider.signIn(asking('web'), { user: 'bob', cookies })), { code: /^[\w-]{70}$/ });
  const again = await visit();
  await authorize(asking('web'), { cookies: again.cookies });
  await store.forgetAccount(alice.id);
  t.match(answerOf(await authorize(asking('web'), { cookies: again.cookies })), { code: /^[\w-]{70}$/ });
});

t.test('a client that wants no page is told of the outage, not that nobody is signed in', async (t) => {
  const { cookies } = await visit();
  isErrorPage(t, await authorize({ ...asking('web'), prompt: 'none' }, { cookies }), 503, 'temporarily_unavailable');
});

t.test('an outage of the store stays one', async (t) => {
  const { cookies } = await visit();
  const database = new DatabaseSync(join(provider.directory, 'data/gateway.db'));
  database.exec('DROP TABLE sessions');
  database.close();
  isLoginPage(t, await authorize(asking('web')), 200, 'https://app.example');
  isErrorPage(t, await authorize(asking('web'), { cookies }), 503, 'temporarily_unavailable');
  isErrorPage(t, await leave({}, cookies), 503, 'temporarily_unavailable');
});
