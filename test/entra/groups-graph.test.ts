// The groups of who is in too many for a token, as Microsoft Graph tells them: all of them, or the sign-in fails.

import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import type { GraphGroup } from '../realm/entra-types.ts';
import { later } from '../oauth/clock.ts';
import { asked, graphTokens, lastRefusal, outcome, scopesOf } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const [managers, scanners, role] = [randomUUID(), randomUUID(), randomUUID()];
const SID = 'S-1-5-21-1-2-3-1105';
const RIGHTS = `[Rights]\n${managers} = credit\n${scanners} = scan\n${SID} = queues\n${role} = printers\n`;
const over = { hasgroups: true };
const given = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => ['credit', 'scan', 'queues', 'printers'].includes(scope)).sort();
const groups = (count: number): GraphGroup[] => Array.from({ length: count }, () => ({ id: randomUUID() }));

interface GraphSite extends EntraSite {
  /** Somebody of this name, who is a user, signs in: the answer. */
  come(memberOf: readonly GraphGroup[]): ReturnType<EntraSite['signIn']>;
}

/** Everybody who comes is somebody new, of whom nothing is known yet. */
async function open(t: Test): Promise<GraphSite> {
  const site = await openEntraSite(t, { config: `${RIGHTS}[Users]\nUnknownUsers = Create\n` });
  return { ...site, come: (memberOf) => site.signIn(site.tenant.person({ preferred_username: `${randomUUID()}@example.com` }, { memberOf }), over) };
}

t.test('all pages are read, groups count by object ID and by the SID that they have from a domain, and what is no group does not', async (t) => {
  const site = await open(t);
  site.tenant.graph.pageSize = 2;
  const last = { id: managers.toUpperCase() };
  t.strictSame(given(scopesOf(await site.come([...groups(6), last]))), ['credit'], 'the last of four pages');
  t.equal(asked(site).length, 4);
  t.match(asked(site)[0], /\?\$select=id,displayName,onPremisesSecurityIdentifier&\$top=999$/);
  t.match(asked(site)[3], /skiptoken=6/);
  const hybrid = { id: randomUUID(), onPremisesSecurityIdentifier: SID.toLowerCase() };
  t.strictSame(given(scopesOf(await site.come([hybrid, ...groups(1)]))), ['queues']);
  const others = ['directoryRole', 'administrativeUnit', 'device', 'user'].map((type) => ({ id: role, type: `#microsoft.graph.${type}`, onPremisesSecurityIdentifier: SID }));
  t.strictSame(given(scopesOf(await site.come([...others, { id: scanners }]))), ['scan'], 'roles, units and devices');
  t.strictSame(given(scopesOf(await site.come([]))), [], 'in none at all');
  site.tenant.graph.pageSize = 999;
  t.strictSame(given(scopesOf(await site.come([...groups(1500), last, { id: scanners }]))), ['credit', 'scan'], 'many');
  site.tenant.graph.pageSize = 1;
  const before = asked(site).length;
  t.equal((await site.come(groups(60))).statusCode, 503, 'pages that do not end are given up');
  t.match(lastRefusal(site).detail, /fill more than 50 pages/);
  t.equal(asked(site).length, before + 50);
});

t.test('what is known is asked for again after a minute, and never by two at once', async (t) => {
  const site = await open(t);
  const person = site.tenant.person({}, { memberOf: [{ id: managers }] });
  const all = await Promise.all(Array.from({ length: 8 }, () => site.signIn(person, over)));
  for (const reply of all) t.strictSame(given(scopesOf(reply)), ['credit']);
  t.equal(asked(site).length, 1);
  site.tenant.graph.users.set(person.object, { memberOf: [{ id: scanners }] });
  t.strictSame(given(scopesOf(await site.signIn(person, over))), ['credit']);
  later(t, 61);
  t.strictSame(given(scopesOf(await site.signIn(person, over))), ['scan']);
});

t.test('a page that is said to be elsewhere is not asked for, and half a list is no list', async (t) => {
  const site = await open(t);
  const { authority } = site.entra;
  site.tenant.graph.pageSize = 1;
  const mine = [{ id: managers }, { id: scanners }];
  for (const next of [
    'https://evil.example/v1.0/next', `${authority.replace('127.0.0.1', 'localhost')}/v1.0/next`,
    `${authority}.evil.example/v1.0/next`, `${authority}@evil.example/v1.0/next`,
    authority.replace('https', 'http'), `${authority}/elsewhere`, `${authority}/v1.0/../elsewhere`, `${authority}/v1.0`, '/v1.0/next', 'next', '', 'javascript:1',
  ]) {
    site.tenant.graph.nextLink = next;
    const reply = await site.come(mine);
    t.match([reply.statusCode, lastRefusal(site).detail], [503, /leads to another host for the next page, which is not followed/], next);
  }
  const paths = site.entra.requests.map(({ path }) => path.replace(/^\/[\da-f-]{36}|[\da-f-]{36}|\?.*/g, ''));
  t.strictSame([...new Set(paths)].sort(), [
    '/discovery/v2.0/keys', '/oauth2/v2.0/token', '/v1.0/users//transitiveMemberOf', '/v2.0/.well-known/openid-configuration',
  ], 'the first page was asked for each time, and no other');
  site.tenant.graph.nextLink = `${authority}/v1.0/users/${randomUUID()}/transitiveMemberOf`;
  t.equal(outcome(await site.come(mine)), '400 unknown_user', 'the page of somebody who is not there');
  site.tenant.graph.nextLink = undefined;
  t.strictSame(given(scopesOf(await site.come(mine))), ['credit', 'scan'], 'the way is open');
});

t.test('an answer that is late, broken or none is an outage; nobody comes in with fewer groups', async (t) => {
  const site = await open(t);
  const hanging = await open(t);
  hanging.entra.fault(/transitiveMemberOf/, 'hang');
  const hung = hanging.come([{ id: managers }]);
  const users = await site.provider.gateway.store.users();
  const body = (value: object) => ({ status: 200, body: JSON.stringify(value) });
  for (const how of [
    { status: 500 }, { status: 502, body: '<html>' }, 'reset', { status: 204 }, { status: 200, body: '' }, { status: 200, body: '{"value":[' }, { status: 400, body: '{}' },
    { status: 302, headers: { location: 'https://evil.example/' } }, { status: 307, headers: { location: '/v1.0/other' } }, body([]), body({}), body({ value: null }),
    body({ value: { id: managers } }), body({ value: [null] }), body({ value: ['x'] }), body({ value: [{ '@odata.type': '#microsoft.graph.group' }] }),
    body({ value: [{ '@odata.type': '#microsoft.graph.group', id: 1 }] }), body({ value: [{ id: managers }], '@odata.nextLink': 1 }),
    { status: 200, body: `{"value":[],"x":"${'x'.repeat(1024 * 1024)}"}` },
  ] as const) {
    site.entra.fault(/transitiveMemberOf/, how);
    const reply = await site.come([{ id: managers }]);
    t.match([reply.statusCode, reply.json()], [503, { message: 'Microsoft cannot be asked right now. Try again in a moment.' }], JSON.stringify(how).slice(0, 80));
    t.match(lastRefusal(site).detail, /Microsoft Graph|127\.0\.0\.1|bytes/);
  }
  site.entra.fault(/transitiveMemberOf/, undefined);
  t.strictSame(await site.provider.gateway.store.users(), users, 'nobody was made');
  t.strictSame(given(scopesOf(await site.come([{ id: managers }]))), ['credit'], 'and after it all is well');
  const late = await hung;
  t.equal(late.statusCode, 503);
  t.match(lastRefusal(hanging).detail, /does not answer in time/);
});

t.test('a short pause that Graph asks for is made, a long one is an outage in which it is left alone', async (t) => {
  const site = await open(t);
  site.entra.fault(/transitiveMemberOf/, { status: 429, headers: { 'retry-after': '1' } }, 1);
  const start = performance.now();
  t.strictSame(given(scopesOf(await site.come([{ id: managers }]))), ['credit']);
  t.ok(performance.now() - start >= 1000, 'after the second that it asked for');
  t.equal(asked(site).length, 2);
  let time = 0;
  for (const [status, seconds] of [[429, 3600], [503, 60], [504, 'a date']] as const) {
    const pause = seconds === 'a date' ? new Date(Date.now() + 60_000).toUTCString() : String(seconds);
    const before = asked(site).length;
    site.entra.fault(/transitiveMemberOf/, { status, headers: { 'retry-after': pause } }, 1);
    t.equal((await site.come([{ id: managers }])).statusCode, 503);
    t.match(lastRefusal(site).detail, /asks for a pause of \d+ s/);
    t.equal((await site.come([{ id: managers }])).statusCode, 503);
    t.equal(asked(site).length, before + 1, 'it is not asked meanwhile');
    later(t, time += 3700);
    t.strictSame(given(scopesOf(await site.come([{ id: managers }]))), ['credit'], 'until the pause is over');
  }
});

t.test('no pause that Graph asks for is longer than five minutes', async (t) => {
  const site = await open(t);
  site.entra.fault(/transitiveMemberOf/, { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' } }, 1);
  t.equal((await site.come([{ id: managers }])).statusCode, 503);
  t.match(lastRefusal(site).detail, /asks for a pause of 300 s/);
  later(t, 301);
  t.strictSame(given(scopesOf(await site.come([{ id: managers }]))), ['credit']);
});

t.test('to an application that may read people only Graph tells no SIDs: that is no answer', async (t) => {
  const site = await open(t);
  site.tenant.graph.isLimited = true;
  t.equal(outcome(await site.come([{ id: managers }, { id: randomUUID(), onPremisesSecurityIdentifier: SID }])), '503 groups_unknown');
  t.match(lastRefusal(site), { detail: /hides what groups are called/, cure: /GroupMember\.Read\.All/ });
  t.equal((await site.come([])).statusCode, 200, 'whoever is in none has none to hide');
  const before = graphTokens(site);
  site.tenant.graph.isLimited = false;
  later(t, 61);
  await site.come([{ id: managers }]);
  t.equal(graphTokens(site), before, 'what works is not renewed');
  site.tenant.graph.isDenied = true;
  t.equal(outcome(await site.come([{ id: managers }])), '503 groups_unknown');
  site.tenant.graph.isDenied = false;
  t.strictSame(given(scopesOf(await site.come([{ id: managers }]))), ['credit']);
  t.equal(graphTokens(site), before + 1, 'a permission that was given meanwhile counts with a new token, and not an hour later');
});

t.test('a token that ends while Graph is asked gives nothing', async (t) => {
  const site = await open(t);
  site.entra.fault(/transitiveMemberOf/, { delay: 2500 }, 1);
  const ends = { ...over, iat: Math.floor(Date.now() / 1000) - 4000, exp: Math.floor(Date.now() / 1000) - 58 };
  t.equal(outcome(await site.signIn(site.tenant.person({ preferred_username: 'late@example.com' }, { memberOf: [{ id: managers }] }), ends)), '400 id_token_expired');
});

t.test('one token for Graph is enough for all, until its end or until Graph does not take it any more', async (t) => {
  const site = await open(t);
  const comes = async (): Promise<readonly string[]> => given(scopesOf(await site.come([{ id: managers }])));
  t.strictSame(await Promise.all([comes(), comes(), comes()]), [['credit'], ['credit'], ['credit']]);
  t.equal(graphTokens(site), 1);
  site.tenant.graph.tokens.clear();
  t.strictSame(await comes(), ['credit']);
  t.equal(graphTokens(site), 2, 'a new one after a 401');
  site.entra.fault(/transitiveMemberOf/, { status: 401 });
  t.equal((await site.come([])).statusCode, 503, 'but one only');
  t.equal(graphTokens(site), 3);
  site.entra.fault(/transitiveMemberOf/, undefined);
  t.strictSame(await comes(), ['credit']);
  const before = graphTokens(site);
  later(t, 3540);
  t.strictSame(await comes(), ['credit']);
  t.equal(graphTokens(site), before + 1, 'a new one a minute before its end');
  for (const how of [{ status: 500 }, { status: 200, body: '{}' }, { status: 200, body: '{"access_token":"a b","expires_in":9}' }] as const) {
    site.entra.fault(/oauth2\/v2.0\/token/, how);
    site.tenant.graph.tokens.clear();
    const reply = await site.come([{ id: managers }]);
    t.equal(reply.statusCode, 503, JSON.stringify(how));
    t.equal(outcome(reply).includes('groups_unknown'), false, 'which is an outage, and no refusal');
  }
});
