// What the groups of a token are worth here, and that a token which leaves them out is no token of somebody without groups.

import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import t, { type Test } from 'tap';
import { asked, lastRefusal, outcome, scopesOf } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const KEYS = 'UserName = upnPrefix\n';
const [managers, scanners] = [randomUUID(), randomUUID()];
const SID = 'S-1-5-21-1-2-3-1105';
const RIGHTS = `[Rights]\n${managers.toUpperCase()} = credit\n${scanners} = scan\n${SID} = queues\n`;

/** What the rules alone can give. */
const given = (scopes: readonly string[]): readonly string[] => scopes.filter((scope) => ['credit', 'scan', 'queues'].includes(scope)).sort();

const open = (t: Test, more = ''): Promise<EntraSite> => openEntraSite(t, { keys: KEYS + more, config: RIGHTS });

t.test('groups of a token give the scopes of their rules, by object ID and by SID', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  const many = Array.from({ length: 199 }, () => randomUUID());
  for (const [groups, scopes] of [
    [undefined, []], [[], []], [[managers], ['credit']], [[managers.toUpperCase()], ['credit']], [[scanners, managers], ['credit', 'scan']],
    [[SID], ['queues']], [[SID.toLowerCase(), randomUUID()], ['queues']], [[...many, scanners], ['scan']], [[managers, managers], ['credit']],
  ] as const) {
    const reply = await site.signIn(alice, { groups });
    t.strictSame(given(scopesOf(reply)), scopes, JSON.stringify(groups?.slice(-2)));
    t.equal(reply.json()['scope'], scopesOf(reply).join(' '), 'the answer says the same as the token');
  }
  t.strictSame(given(scopesOf(await site.signIn(alice, { groups: [managers, scanners] }, { scope: 'openid scan' }))), ['scan'], 'and no more than is asked for');
  t.strictSame(asked(site), [], 'Graph is not asked');
});

t.test('names of groups, and whatever else stands among them or beside them, give nothing', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  for (const group of [
    'Managers', `CORP\\${managers}`, ` ${managers}`, `${managers} `, `{${managers}}`, managers.replaceAll('-', ''), `${managers}\n`, '*', '',
    `${SID} `, `${SID}-1`, SID.slice(0, -1), `O:${SID}`, 'S-1-5', `CN=x,${managers}`, `${managers},${scanners}`, '__proto__',
  ]) {
    const reply = await site.signIn(alice, { groups: [group] });
    t.equal(outcome(reply), site.provider.alice.id);
    t.strictSame(given(scopesOf(reply)), [], JSON.stringify(group));
  }
  for (const claims of [
    { roles: [managers, SID] }, { wids: [managers] }, { scopes: ['credit'] }, { scope: 'credit' }, { Groups: [managers] }, { group: managers },
    { onprem_sid: SID },
  ]) t.strictSame(given(scopesOf(await site.signIn(alice, claims))), [], JSON.stringify(claims));
  for (const groups of [managers, { 0: managers }, [1], [[managers]], [null], true, 1, null]) {
    t.equal(outcome(await site.signIn(alice, { groups })), '400 id_token_malformed', JSON.stringify(groups));
  }
});

t.test('of who is in too many groups for a token, Graph is asked, however the token says so, and no place that it names', async (t) => {
  const connections: string[] = [];
  const evil = createServer((socket) => {
    connections.push('one');
    socket.destroy();
  });
  await new Promise<void>((resolve) => { evil.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => { evil.close(); });
  const endpoint = `https://127.0.0.1:${String((evil.address() as AddressInfo).port)}/v1.0/users/x/getMemberObjects`;
  const site = await open(t);
  const names = { _claim_names: { groups: 'src1' } };
  for (const claims of [
    { hasgroups: true }, { hasgroups: 'true' }, names, { ...names, _claim_sources: { src1: { endpoint } } },
    { hasgroups: true, groups: [scanners] }, { ...names, groups: [scanners] }, { ...names, hasgroups: false },
    { _claim_names: { groups: 1 } },
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { JWT: 'a.b.c' }, src2: { endpoint, access_token: 'x' } } },
  ]) {
    const person = site.tenant.person({ preferred_username: `${randomUUID()}@example.com` }, { memberOf: [{ id: managers }] });
    await site.provider.gateway.store.addUser({ name: randomUUID(), aliases: [String(person.claims['preferred_username']).replace(/@.*/, '')], scopes: [] });
    const reply = await site.signIn(person, claims);
    t.strictSame(given(scopesOf(reply)), ['credit'], `${JSON.stringify(claims).slice(0, 60)} ${reply.statusCode === 200 ? '' : reply.body}`);
    t.match(asked(site).at(-1), new RegExp(`^/v1.0/users/${person.object}/transitiveMemberOf`));
  }
  const questions = asked(site).length;
  const alice = site.tenant.person({}, { memberOf: [{ id: managers }] });
  for (const claims of [
    { hasgroups: false }, { hasgroups: 'false' }, { _claim_names: {} }, { _claim_names: { roles: 'src1' }, _claim_sources: { src1: { endpoint } } },
  ]) {
    t.strictSame(given(scopesOf(await site.signIn(alice, { ...claims, groups: [scanners] }))), ['scan'], JSON.stringify(claims).slice(0, 60));
  }
  for (const claims of [
    { hasgroups: 1 }, { hasgroups: 'yes' }, { _claim_names: 'groups' }, { _claim_names: ['groups'] }, { _claim_names: null }, { ...names, _claim_sources: [] },
  ]) {
    t.equal(outcome(await site.signIn(alice, claims)), '400 id_token_malformed', JSON.stringify(claims));
  }
  t.equal(asked(site).length, questions, 'Graph was asked for none of these');
  t.strictSame(connections, [], 'and the place that a token names was never asked');
});

t.test('without rules in [Rights] nobody\'s groups matter', async (t) => {
  const site = await openEntraSite(t, { keys: KEYS });
  site.tenant.graph.isDenied = true;
  const reply = await site.signIn(site.tenant.person({}), { hasgroups: true, _claim_names: { groups: 'src1' }, _claim_sources: {} });
  t.equal(outcome(reply), site.provider.alice.id);
  t.strictSame(asked(site), []);
});

t.test('if Graph may not be asked the sign-in fails, and the log tells why', async (t) => {
  const site = await open(t);
  const { tenant } = site;
  const alice = tenant.person({}, { memberOf: [{ id: managers }] });
  tenant.graph.isDenied = true;
  const denied = await site.signIn(alice, { hasgroups: true, groups: [managers] });
  t.equal(outcome(denied), '503 groups_unknown');
  t.notMatch(denied.body, /GroupMember|Graph refuses/, 'which is the administrator\'s business');
  t.match(lastRefusal(site), {
    detail: 'he is in more groups than a token holds, and Microsoft Graph refuses the question (403)', user: 'alice@example.com',
    cure: /application permission GroupMember\.Read\.All of Microsoft Graph, and grant admin consent/,
  });
  tenant.graph.isDenied = false;
  const bob = tenant.person({ preferred_username: 'bob@example.com' });
  tenant.graph.users.delete(bob.object);
  t.equal(outcome(await site.signIn(bob, { hasgroups: true })), '400 unknown_user', 'whom the tenant does not have any more');
  const other = await open(t);
  other.tenant.app({ clientId: other.app.clientId, clientSecret: 'another one' });
  t.equal(outcome(await other.signIn(other.tenant.person({}), { hasgroups: true })), '503 groups_unknown', 'or whose gateway has a wrong secret');
  t.match(lastRefusal(other).cure, /^ClientSecret of \[Entra\] is wrong/);
});
