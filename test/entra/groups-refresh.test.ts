// How long groups of a tenant count for who stays signed in, and that they are nobody else's and no domain's.

import { randomUUID } from 'node:crypto';
import t from 'tap';
import { later } from '../oauth/clock.ts';
import { PASSWORD } from '../oauth/provider.ts';
import type { Reply } from '../routes/app.ts';
import { hashPassword } from '../../src/identity/password-hash.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { hybridDomain, sidOf } from './domain.ts';
import { asked, outcome, scopesOf } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const KEYS = 'UserName = upnPrefix\nAllowRefresh = True\n';
const LIFETIME = '[OAuth]\nSessionLifetime = 600\n';
const [managers, scanners] = [randomUUID(), randomUUID()];
const scope = 'openid offline.access jobs credit scan queues users';
const given = (reply: Reply): readonly string[] => scopesOf(reply).filter((one) => ['credit', 'scan', 'queues', 'users'].includes(one)).sort();

/** Uses the refresh token of this answer. */
const again = ({ provider }: EntraSite, reply: Reply): Promise<Reply> => provider.form('/api/auth/token', {
  grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: reply.json<{ refresh_token: string }>().refresh_token,
});

t.test('groups of a token count for SessionLifetime from when it was issued, and not a second longer', async (t) => {
  const site = await openEntraSite(t, { keys: KEYS, config: `${LIFETIME}[Rights]\n${managers} = credit\n${scanners} = scan\n` });
  const { store } = site.provider.gateway;
  const issued = Math.floor(Date.now() / 1000) - 300;
  const alice = site.tenant.person({}, { memberOf: [{ id: managers }, { id: scanners }] });
  const bob = site.tenant.person({ preferred_username: 'bob@example.com' });
  const times = { iat: issued, nbf: issued, auth_time: issued - 9000 };
  const signedIn = (claims: object): Promise<Reply> => site.signIn(alice, { ...times, ...claims }, { scope });
  const tokens = [{ groups: [managers, randomUUID()] }, { hasgroups: true }, { groups: [] }];
  let replies: readonly Reply[] = await Promise.all(tokens.map(signedIn));
  const own = ['users'];
  const expected = [['credit', ...own], ['credit', 'scan', ...own], own];
  t.strictSame(replies.map(given), expected);
  const questions = asked(site).length;
  for (const seconds of [0, 290]) {
    later(t, seconds);
    replies = await Promise.all(replies.map((reply) => again(site, reply)));
    t.strictSame(replies.map(given), expected, `after ${String(seconds)} s`);
  }
  t.strictSame(given(await site.signIn(bob, {}, { scope: 'openid jobs' })), [], 'they are nobody else\'s');
  later(t, 300);
  replies = await Promise.all(replies.map((reply) => again(site, reply)));
  t.strictSame(replies.map(given), [own, own, own], 'after ten minutes');
  t.strictSame(replies.map(outcome), replies.map(() => site.provider.alice.id), 'the sign-in goes on');
  t.equal(asked(site).length, questions, 'and Graph is not asked');
  t.strictSame((await store.userByName('alice'))?.scopes, ['users'], 'nothing of it is kept with the user');
  t.strictSame(given(await signedIn({ iat: issued + 600, nbf: issued + 600, groups: [managers] })), ['credit', ...own], 'a fresh token gives them again');
});

t.test('of a hybrid person the directory tells its groups each time, and the tenant\'s are not remembered as its own', async (t) => {
  const domain = await hybridDomain(t);
  const rights = `[Rights]\n${managers} = users\n${sidOf(601)} = scan\n${sidOf(602)} = queues\n`;
  const site = await openEntraSite(t, { keys: KEYS, config: `${domain.config}${LIFETIME}${rights}` });
  const { store } = site.provider.gateway;
  const mirrored = await store.mirrorUser(sampleMirrored({ name: 'carol', aliases: ['carol@MYQ.TEST'] }), false);
  if (mirrored.kind !== 'added') throw new Error(mirrored.kind);
  await store.setPassword(mirrored.user.id, await hashPassword(PASSWORD));
  const carol = site.tenant.person({ preferred_username: 'c@example.com' }, { onPremisesSecurityIdentifier: sidOf(1001) });
  for (const claims of [{}, { onprem_sid: sidOf(1001) }]) {
    domain.accounts.set('carol', { rid: 1001, group: 601 });
    let reply = await site.signIn(carol, { ...claims, groups: [managers, sidOf(602)] }, { scope });
    t.strictSame(given(reply), ['queues', 'scan', 'users'], 'both');
    domain.accounts.set('carol', { rid: 1001, group: 513 });
    reply = await again(site, reply);
    t.strictSame(given(reply), ['queues', 'users'], 'the group of the directory is gone at once');
    t.strictSame(given(await site.signIn(carol, claims, { scope })), [], 'and those of the tenant with the next token');
    t.equal((await site.provider.tokens('native', 'openid jobs users', { user: 'carol' })).scope, 'openid jobs', 'with a password he has none of them');
    domain.accounts.set('carol', { rid: 1001, isDisabled: true });
    t.match((await again(site, reply)).json(), { error: 'invalid_grant' }, 'whom the directory has disabled is out');
  }
});

t.test('while the directory is out, a hybrid person does not come in without its groups', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001, group: 601 });
  const site = await openEntraSite(t, { keys: KEYS, config: `${domain.config}[Rights]\n${managers} = users\n${sidOf(601)} = scan\n` });
  const { store } = site.provider.gateway;
  await store.mirrorUser(sampleMirrored({ name: 'carol', aliases: ['carol@MYQ.TEST'] }), false);
  const carol = site.tenant.person({ preferred_username: 'c@example.com', groups: [managers] }, { onPremisesSecurityIdentifier: sidOf(1001) });
  const reply = await site.signIn(carol, {}, { scope });
  t.strictSame(given(reply), ['scan', 'users']);
  domain.isOut = true;
  for (const claims of [{}, { onprem_sid: sidOf(1001) }]) {
    t.equal((await site.signIn(carol, claims, { scope })).statusCode, 503, JSON.stringify(claims));
  }
  t.equal((await again(site, reply)).statusCode, 503, 'nor with a refresh token');
});
