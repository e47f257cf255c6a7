// Whoever leaves a group, is disabled or is deleted in the domain: what he loses here, when, and what he gets back.

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { Cookies } from '../oauth/provider.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { makeToken, makeTokens } from '../realm/tokens.ts';
import type { Reply } from '../routes/app.ts';
import { directoryOf, everything, programAt, reader, refusal, rightsIn, tokensIn, userIn } from './place.ts';

const names = ['alice', 'bare', 'dora', 'erin', 'finn', 'gone'] as const;
const users = Object.fromEntries([...names, reader.name].map((name) => [name, `Passw0rd.${name}`]));
const { domain, start } = await openAdDomain(t, { domain: { users, groups: { PrintUsers: names } } });
const rules = `[Rights]\n${await domain.sidOf('PrintUsers')} = queues\n`;
const windows = '[Security]\nWindowsSignInNetworks = 127.0.0.0/8\n';
const gateway = await start({
  ntlm: true, config: `${directoryOf(domain)}${rules}${windows}`,
  users: names.map((name) => [name, '--alias', name === 'bare' ? name : `${name}@${domain.realm}`]),
});
const program = await programAt(gateway);

const ticketOf = async (name: string, ccache?: string): Promise<string> => makeToken(domain, ccache ?? await domain.kinit(name));
/** Until what the directory said before does not count any more: CacheTime is 1 s. */
const later = (): Promise<void> => sleep(1100);

/** Signs the person in by every way so that he stays signed in; gives the tokens by way. */
async function signedIn(name: string): Promise<Map<string, Reply>> {
  const [first = '', second = ''] = await makeTokens(domain, await domain.kinit(name), 2);
  const password = users[name] ?? '';
  return new Map([
    ['ticket', await program.ticket(first, everything)],
    ['NTLM', await program.ntlm(name, password, 'MYQ', everything)],
    ['password', await program.password(name, password, everything)],
    ['the browser with a ticket', await program.redeem(await program.browse('auth/windows', new Cookies(), `Negotiate ${second}`))],
    ['the login page', await program.redeem(await program.page(name, password))],
  ]);
}

/** Refreshes all of them; gives the new ones. */
async function refreshed(all: ReadonlyMap<string, Reply>, at = program): Promise<Map<string, Reply>> {
  const next = new Map<string, Reply>();
  for (const [way, reply] of all) next.set(way, await at.refresh(tokensIn(reply)['refresh_token']));
  return next;
}

function allHave(t: Test, all: ReadonlyMap<string, Reply>, rights: readonly string[], what: string): void {
  for (const [way, reply] of all) t.strictSame(rightsIn(reply), rights, `${what}: ${way}`);
}

t.test('whoever is taken out of a group loses its scope at the next refresh, and at the next sign-in with whatever ticket', async (t) => {
  const before = await signedIn('alice');
  allHave(t, before, ['queues'], 'in the group');
  const formerCache = await domain.kinit('alice');
  await ticketOf('alice', formerCache);

  await domain.removeMembers('PrintUsers', ['alice']);
  await later();
  const out = await refreshed(before);
  allHave(t, out, [], 'at the refresh');
  for (const [way, reply] of out) t.equal(await program.accessOf(tokensIn(reply)['access_token']), 'alive', `she is still signed in: ${way}`);
  const outside = await signedIn('alice');
  allHave(t, outside, [], 'at the sign-in');
  t.strictSame(rightsIn(await program.ticket(await ticketOf('alice', formerCache), everything)), [], 'at a sign-in with a former ticket, too');

  await domain.addMembers('PrintUsers', ['alice']);
  await later();
  allHave(t, await refreshed(out), ['queues'], 'what was granted at the sign-in comes back with the group');
  allHave(t, await refreshed(outside), [], 'what was not is never gained');
  allHave(t, await signedIn('alice'), ['queues'], 'at the sign-in in the group');
});

t.test('whoever is disabled in the domain is refused everywhere, and comes back when he is enabled', async (t) => {
  const before = await signedIn('dora');
  const brief = [await program.ticket(await ticketOf('dora')), await program.password('dora', users['dora'] ?? '')];
  const browser = new Cookies();
  t.equal((await program.page('dora', users['dora'] ?? '', browser)).statusCode, 303);
  const formerCache = await domain.kinit('dora');
  await ticketOf('dora', formerCache);
  await domain.disable('dora');
  await later();

  const access = async (all: Iterable<Reply>): Promise<readonly string[]> =>
    Promise.all([...all].map((reply) => program.accessOf(tokensIn(reply)['access_token'])));
  for (const [way, reply] of before) {
    const refused = await refusal(gateway, () => program.refresh(tokensIn(reply)['refresh_token']));
    t.match(refused, { status: 400, body: '"invalid_grant"', reason: 'user_disabled', user: 'dora', detail: /the account CN=dora,.* is disabled/ }, way);
    t.notMatch(refused.body, /disabled/);
  }
  t.strictSame(new Set(await access([...before.values(), ...brief])), new Set(['dead']), 'their access tokens, also of those who do not stay signed in');
  t.match(await program.browse('auth', browser), { statusCode: 200, body: /name="password"/ }, 'the browser is asked to sign in');
  t.match(await refusal(gateway, () => program.ntlm('dora', users['dora'] ?? '')), { status: 401, reason: 'wrong_secret' });
  t.match(await refusal(gateway, () => program.password('dora', users['dora'] ?? '')), { status: 400, reason: 'wrong_secret', detail: /disabled/ });
  t.match(await refusal(gateway, async () => program.ticket(await ticketOf('dora', formerCache))), { status: 403, reason: 'user_disabled' }, 'a former ticket');

  await domain.enable('dora');
  await later();
  t.strictSame(new Set(await access([...before.values(), ...brief])), new Set(['alive']), 'what was never used up is good again');
  allHave(t, await refreshed(before), ['queues'], 'refreshed');
  t.match(await program.browse('auth', browser), { statusCode: 302, headers: { location: /[?&]code=/ } });
  allHave(t, await signedIn('dora'), ['queues'], 'signed in anew');
});

t.test('whoever was disabled when users sync ran must sign in anew', async (t) => {
  await gateway.cli('users', 'sync');
  const before = await signedIn('erin');
  await domain.disable('erin');
  t.match(await gateway.cli('users', 'sync'), /^erin: disabled$/m);
  await domain.enable('erin');
  await later();
  for (const [way, reply] of before) {
    const refused = await refusal(gateway, () => program.refresh(tokensIn(reply)['refresh_token']));
    t.match(refused, { status: 400, reason: 'user_disabled', detail: 'user erin is disabled' }, way);
  }
  t.match(await gateway.cli('users', 'sync'), /^erin: enabled$/m);
  for (const [way, reply] of before) {
    t.equal(await program.accessOf(tokensIn(reply)['access_token']), 'dead', way);
    t.match(await refusal(gateway, () => program.refresh(tokensIn(reply)['refresh_token'])), { status: 400, reason: 'sign_in_ended' }, way);
  }
  allHave(t, await signedIn('erin'), ['queues'], 'signed in anew');
});

t.test('whoever is deleted in the domain is refused everywhere, and his name in another hand is another person', async (t) => {
  await gateway.cli('users', 'set', 'finn', '--no-account');
  const [mirrored, byName] = [await signedIn('gone'), await signedIn('finn')];
  for (const name of ['gone', 'finn']) await domain.sambaTool('user', 'delete', name);
  await later();
  const goneFromDomain = { reason: 'user_disabled', detail: /no such account any more/ };
  for (const reply of [...mirrored.values(), ...byName.values()]) {
    const refused = await refusal(gateway, () => program.refresh(tokensIn(reply)['refresh_token']));
    t.match(refused, { status: 400, body: '"invalid_grant"', ...goneFromDomain });
    t.equal(await program.accessOf(tokensIn(reply)['access_token']), 'dead');
  }
  await domain.addUser('gone', 'Passw0rd.another');
  await later();
  t.match(await refusal(gateway, async () => program.ticket(await ticketOf('gone'))),
    { status: 403, reason: 'unknown_user', detail: /the name was given to somebody else/ });
  t.match(await refusal(gateway, () => program.ntlm('gone', 'Passw0rd.another')),
    { status: 403, reason: 'unknown_user', detail: /the name was given to somebody else/ });
  t.match(await refusal(gateway, () => program.password('gone', 'Passw0rd.another')), { status: 400, reason: 'wrong_secret' });
});

t.test('a name that was given to another account is not its former owner, neither by NTLM nor by ticket', async (t) => {
  await gateway.cli('users', 'remove', 'gone');
  await domain.addUser('kmiller', 'Passw0rd.kmiller');
  await domain.addMembers('PrintUsers', ['kmiller']);
  await gateway.cli('users', 'sync');
  const former = userIn(await program.ntlm('kmiller', 'Passw0rd.kmiller')).sub;
  await domain.sambaTool('user', 'rename', 'kmiller', '--samaccountname=kjones', '--upn=kjones@myq.test', '--force-new-cn=kjones');
  await domain.addUser('kmiller', 'Passw0rd.newcomer');
  await later();
  const another = { status: 403, reason: 'unknown_user', detail: /the name was given to somebody else/ };
  t.match(await refusal(gateway, () => program.ntlm('kmiller', 'Passw0rd.newcomer')), another);
  t.match(await refusal(gateway, async () => program.ticket(await makeToken(domain, await domain.kinit('kmiller', 'Passw0rd.newcomer')))), another);
  await gateway.cli('users', 'sync');
  t.equal(userIn(await program.ntlm('kjones', 'Passw0rd.kmiller')).sub, former, 'renamed he is who he was');
});

t.test('a ticket under a userPrincipalName is that of its account, and of nobody who is called so', async (t) => {
  await domain.addUser('zed', 'Passw0rd.zed');
  await domain.modify(`dn: CN=zed,CN=Users,${domain.baseDn}\nchangetype: modify\nreplace: userPrincipalName\nuserPrincipalName: victim@${domain.realm}\n`);
  await gateway.cli('users', 'add', 'victim', '--alias', `victim@${domain.realm}`, '--scope', 'reports');
  const token = await makeToken(domain, await domain.kinit('victim', 'Passw0rd.zed'));
  t.match(await refusal(gateway, () => program.ticket(token)), { status: 403, reason: 'unknown_user', user: `zed@${domain.realm}` });
});

t.test('somebody who is known by a bare alias is looked up as well', async (t) => {
  const before = await program.ticket(await ticketOf('bare'), everything);
  t.strictSame(rightsIn(before), ['queues']);
  await domain.removeMembers('PrintUsers', ['bare']);
  await later();
  const next = await program.refresh(tokensIn(before)['refresh_token']);
  t.strictSame(rightsIn(next), []);
  await domain.disable('bare');
  await later();
  t.equal(await program.accessOf(tokensIn(next)['access_token']), 'dead');
  t.match(await refusal(gateway, () => program.refresh(tokensIn(next)['refresh_token'])), { status: 400, reason: 'user_disabled' });
});

t.test('without a directory the groups of the ticket last as long as the sign-in', async (t) => {
  const alone = await start({ config: `${rules}${windows}`, users: [['alice']] });
  const there = await programAt(alone);
  const [first = '', second = ''] = await makeTokens(domain, await domain.kinit('alice'), 2);
  const all = new Map([
    ['ticket', await there.ticket(first, everything)],
    ['the browser with a ticket', await there.redeem(await there.browse('auth/windows', new Cookies(), `Negotiate ${second}`))],
  ]);
  allHave(t, all, ['queues'], 'at the sign-in');
  await domain.removeMembers('PrintUsers', ['alice']);
  allHave(t, await refreshed(all, there), ['queues'], 'at the refresh, for nobody else is asked');
  t.strictSame(rightsIn(await there.ticket(await ticketOf('alice'), everything)), [], 'the next ticket tells');
});
