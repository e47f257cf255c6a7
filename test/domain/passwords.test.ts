// Passwords of a real domain on the login page and by login_info: whose they are, what the domain is asked, and who guesses too often.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { SECRET_REFUSED } from '../../src/identity/refusal.ts';
import { fed } from '../browser/place.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { cli } from '../realm/gateway.ts';
import { makeToken } from '../realm/tokens.ts';
import type { Reply } from '../routes/app.ts';
import { directoryOf, programAt, reader, refusal, rightsIn, userIn, type Program } from './place.ts';
import { recorder } from './recorder.ts';

/** How they are known here: mirrored, added by hand, not at all, or with a password of their own besides. */
const mirrored = ['alice', 'frank', 'grace'];
const byHand = ['bob', 'henry', 'bare', 'locked', 'expired', 'off', 'renew'];
const strangers = ['carol', 'erin', 'ivan'];
const names = [...mirrored, ...byHand, ...strangers, 'dave', reader.name];
const passwords = Object.fromEntries(names.map((name) => [name, `Passw0rd.${name}`]));
const passwordOf = (name: string): string => passwords[name] ?? '';
const OWN = 'correct horse battery';
const ATTEMPTS = 3;

const { domain, member, start } = await openAdDomain(t, { domain: { users: passwords, groups: { PrintUsers: ['alice', 'bob', 'carol'], Mirrored: mirrored } } });
const dn = (name: string): string => `CN=${name},CN=Users,${domain.baseDn}`;
const change = (name: string, attribute: string, value: string): Promise<void> =>
  domain.modify(`dn: ${dn(name)}\nchangetype: modify\nreplace: ${attribute}\n${attribute}: ${value}\n`);
await change('alice', 'userPrincipalName', 'a.smith@mail.example');
await change('alice', 'employeeID', 'CARD-A');
await change('carol', 'userPrincipalName', 'c.jones@mail.example');

const relay = await recorder(t, domain);
const directory = (keys: Readonly<Record<string, string | number>> = {}): string =>
  directoryOf(domain, { Url: relay.url, CaFile: relay.caFile, ...keys });
const rules = `[Rights]\n${await domain.sidOf('PrintUsers')} = queues\n`;
const configOf = (attempts: number): string => `${directory({ CardAttribute: 'employeeID' })}${rules}[Security]\nLockoutAttempts = ${String(attempts)}\n`;
const gateway = await start({
  ntlm: true, config: configOf(ATTEMPTS),
  users: [...[...byHand, 'dave'].map((name) => [name, '--alias', name === 'bare' ? name : `${name}@${domain.realm}`]), ['local']],
});
const program = await programAt(gateway);
for (const name of ['dave', 'local']) await fed(gateway, OWN, 'users', 'password', name, '--password-stdin');
const creating = await start({ users: [['bob', '--alias', 'bob@MYQ.TEST'], ['local']], config: `${configOf(1000)}[Users]\nUnknownUsers = Create\n` });
const there = await programAt(creating);
await fed(creating, OWN, 'users', 'password', 'local', '--password-stdin');
// Only some are mirrored.
const narrow = join(gateway.directory, 'narrow.ini');
const filter = `(memberOf=CN=Mirrored,CN=Users,${domain.baseDn})`;
writeFileSync(narrow, `${readFileSync(join(gateway.directory, 'config.ini'), 'utf8')}\n[Directory]\nUserFilter = ${filter}\n`);
await cli(['users', 'sync', '--config', narrow], {}, member.namespace);

/** How often this account's password was looked at while that was done. */
async function bindsOf(name: string, action: () => Promise<unknown>): Promise<number> {
  const from = relay.binds.length;
  await action();
  return relay.binds.slice(from).filter((bind) => bind.dn === dn(name)).length;
}

/** The page without what is another one each time, and without the name that was typed. */
const pageText = ({ body }: Pick<Reply, 'body'>, typed: string): string =>
  body.replace(/(name="form_token" value=")[^"]*/, '$1').replaceAll(`value="${typed}"`, 'value=""');

/** What the page of each gateway says to a stranger. */
const toStrangers = new Map<Program, string>();

/** Both ways refuse, and nothing outside tells why; the log does. */
async function refused(
  t: Test, [user, password]: readonly [string, string], wanted: Readonly<Record<string, unknown>>, at = { gateway, program },
): Promise<void> {
  const byInfo = await refusal(at.gateway, () => at.program.password(user, password));
  t.match(byInfo, { status: 400, reason: 'wrong_secret', ...wanted }, `${user}: login_info`);
  t.equal((JSON.parse(byInfo.body) as { message: unknown }).message, SECRET_REFUSED);
  const byPage = await refusal(at.gateway, () => at.program.page(user, password));
  t.match(byPage, { status: 403, reason: 'wrong_secret', ...wanted }, `${user}: page`);
  const toStranger = toStrangers.get(at.program) ?? pageText(await at.program.page('nobody at all', 'x'), 'nobody at all');
  toStrangers.set(at.program, toStranger);
  t.equal(pageText(byPage, user), toStranger, `${user}: the page says what it says to a stranger`);
}

t.test('a mirrored user signs in under all his names, and so does one who was added by hand', async (t) => {
  const spellings: Readonly<Record<string, readonly string[]>> = {
    alice: ['alice', 'ALICE', ' alice ', 'alice@myq.test', 'Alice@MYQ.TEST', 'MYQ\\alice', 'myq\\ALICE', 'myq.test\\alice', 'a.smith@mail.example'],
    bob: ['bob', 'Bob', 'bob@myq.test', 'MYQ\\bob'],
    bare: ['bare', 'bare@myq.test', 'MYQ\\bare'],
  };
  for (const [name, typed] of Object.entries(spellings)) {
    for (const user of typed) {
      const signedIn = await program.password(user, passwordOf(name));
      t.strictSame([userIn(signedIn).name, rightsIn(signedIn)], [name, name === 'bare' ? [] : ['queues']], user);
    }
    for (const user of [typed[0] ?? '', `MYQ\\${name}`]) t.equal((await program.page(user, passwordOf(name))).statusCode, 303, `the page: ${user}`);
  }
  await refused(t, ['alice@other.example', passwordOf('alice')], { detail: /nobody's here, and no directory has it/ });
  await refused(t, ['OTHER\\alice', passwordOf('alice')], { detail: /nobody's here, and no directory has it/ });
});

t.test('a card and the password of the domain sign in as well', async (t) => {
  const signedIn = await program.typed({ type: 5, card: 'CARD-A', pwd: passwordOf('alice') });
  t.strictSame([userIn(signedIn).name, rightsIn(signedIn)], ['alice', ['queues']]);
  t.match(await refusal(gateway, () => program.typed({ type: 5, card: 'CARD-A', pwd: passwordOf('bob') })), { status: 400, reason: 'wrong_secret', user: 'alice' });
});

t.test('his own password here is the only one that counts, and the domain never sees it', async (t) => {
  const from = relay.binds.length;
  for (const user of ['dave', 'dave@myq.test', 'MYQ\\dave', 'local']) {
    t.equal(userIn(await program.password(user, OWN)).name, user === 'local' ? 'local' : 'dave', user);
  }
  await refused(t, ['dave', passwordOf('dave')], { detail: 'the password is wrong', user: 'dave' });
  await refused(t, ['local', 'a wrong one'], { detail: 'the password is wrong', user: 'local' });
  const seen = relay.binds.slice(from);
  t.strictSame(seen.filter((bind) => bind.dn === dn('dave') || [OWN, passwordOf('dave'), 'a wrong one', 'x'].includes(bind.password)), []);
  t.ok(seen.length >= 4, 'though a bind in vain is made each time');
});

t.test('a bare alias with a password here is no way around it', async (t) => {
  await fed(gateway, OWN, 'users', 'password', 'bare', '--password-stdin');
  for (const user of ['bare', 'bare@myq.test', 'MYQ\\bare']) {
    t.equal(userIn(await program.password(user, OWN)).name, 'bare', user);
    t.equal(await bindsOf('bare', () => refused(t, [user, passwordOf('bare')], { detail: 'the password is wrong', user: 'bare' })), 0, user);
    t.equal(userIn(await program.password('bare', OWN)).name, 'bare', 'and he is not paused yet');
  }
});

t.test('an empty password is refused and no bind is made with it', async (t) => {
  const from = relay.binds.length;
  for (const user of ['bob', 'MYQ\\alice', 'carol', 'dave', 'nobody']) t.equal((await program.page(user, '')).statusCode, 403, user);
  t.match(await program.password('bob', ''), { statusCode: 400, body: '"invalid_request"' });
  const seen = relay.binds.slice(from);
  t.strictSame(seen.filter((bind) => bind.password === '' || ['bob', 'alice', 'carol', 'dave'].map(dn).includes(bind.dn)), []);
  t.equal(userIn(await program.password('bob', passwordOf('bob'))).name, 'bob');
});

t.test('whom the domain knows and nobody here does is refused like a stranger, or becomes a user', async (t) => {
  await refused(t, ['carol', 'a wrong one'], { detail: /the password is wrong \(data 52e\)/ });
  await refused(t, ['carol', 'a wrong one'], { detail: /the password is wrong \(data 52e\)/ }, { gateway: creating, program: there });
  t.notMatch(await creating.cli('users', 'list'), /carol/, 'a wrong password makes nobody');
  const all = ['carol', 'CAROL', 'MYQ\\carol', 'carol@myq.test', 'c.jones@mail.example'];
  const first = await Promise.all(all.map((user) => there.password(user, passwordOf('carol'))));
  t.strictSame(new Set(first.map((reply) => userIn(reply).sub)).size, 1, 'all at once, under each of her names, and it is one user');
  t.strictSame(first.map((reply) => [userIn(reply).name, ...rightsIn(reply)]), all.map(() => ['carol', 'queues']));
  t.equal(userIn(await there.ticket(await makeToken(domain, await domain.kinit('carol')))).sub, userIn(first[0] as Reply).sub, 'the same as with a ticket');
});

t.test('after too many wrong passwords nobody gets further under any of his names, nor with NTLM', async (t) => {
  /** Wrong until he is paused, each time in another way; then right. */
  const guess = async (name: string, wrong: readonly (() => Promise<Reply>)[]): Promise<void> => {
    t.equal(wrong.length, ATTEMPTS);
    const tried = await bindsOf(name, async () => {
      for (const one of wrong) t.match(await refusal(gateway, one), { reason: 'wrong_secret' }, name);
    });
    const paused = { reason: 'sign_in_paused' };
    t.equal(await bindsOf(name, async () => {
      for (const user of [name, name.toUpperCase(), `${name}@myq.test`, `MYQ\\${name}`]) {
        t.match(await refusal(gateway, () => program.password(user, passwordOf(name))), { status: 400, ...paused }, user);
      }
      t.match(await refusal(gateway, () => program.page(name, passwordOf(name))), { status: 403, ...paused });
      t.match(await refusal(gateway, () => program.ntlm(name, passwordOf(name))), { status: 401, ...paused });
      t.match(await refusal(gateway, () => program.ntlm(`${name}@${domain.realm}`, passwordOf(name), '')), { status: 401, ...paused });
    }), 0, `the domain is asked no more for ${name}, after ${String(tried)} binds`);
  };
  const password = (user: string) => (): Promise<Reply> => program.password(user, 'wrong');
  const ntlm = (user: string) => (): Promise<Reply> => program.ntlm(user, 'wrong');
  await guess('frank', [password('frank'), password('MYQ\\frank'), password('FRANK@myq.test')]);
  await guess('henry', [ntlm('henry'), () => program.page('henry', 'wrong'), ntlm('HENRY')]);
  await guess('ivan', [password('ivan'), ntlm('ivan'), password('MYQ\\ivan')]);
  t.equal((await program.ticket(await makeToken(domain, await domain.kinit('frank')))).statusCode, 200, 'his ticket is good all the same');
  await gateway.cli('users', 'enable', 'frank');
  t.equal(userIn(await program.password('frank', passwordOf('frank'))).name, 'frank');
});

t.test('of many guesses at once no more reach the domain than may fail', async (t) => {
  const answers: Reply[] = [];
  const binds = await bindsOf('grace', async () => {
    const users = Array.from({ length: 12 }, (_, index) => ['grace', 'MYQ\\grace', 'grace@myq.test'][index % 3] ?? '');
    answers.push(...await Promise.all(users.map((user) => program.password(user, 'wrong'))));
  });
  t.equal(binds, ATTEMPTS);
  t.strictSame(new Set(answers.map(({ statusCode, body }) => `${String(statusCode)} ${body}`)).size, 1, 'all get the same answer');
});

t.test('an account that the domain lets nobody in with is refused like a wrong password; the log tells why', async (t) => {
  const year1970 = '116444736000000000';
  await domain.disable('off');
  await change('expired', 'accountExpires', year1970);
  await change('renew', 'pwdLastSet', '0');
  await domain.modify(`dn: ${domain.baseDn}\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 4\n`);
  for (let attempt = 0; attempt < 4; attempt++) await t.rejects(domain.kinit('locked', 'wrong'));
  for (const [name, detail] of [
    ['off', 'the account is disabled (data 533)'], ['expired', 'the account has expired (data 701)'],
    ['renew', 'the password must be changed first (data 773)'], ['locked', 'the account is locked out (data 775)'],
  ] as const) await refused(t, [name, passwordOf(name)], { detail, user: name });
});

t.test('where SignIn is off nobody signs in with the password of the domain, and it is never asked', async (t) => {
  const off = await start({ config: `${directory({ SignIn: 'False' })}${rules}` });
  const at = { gateway: off, program: await programAt(off) };
  t.equal(await bindsOf('alice', async () => {
    for (const user of ['alice', 'alice@myq.test', 'MYQ\\alice']) await refused(t, [user, passwordOf('alice')], {}, at);
  }), 0);
  t.strictSame(rightsIn(await at.program.ticket(await makeToken(domain, await domain.kinit('alice')))), ['queues'], 'the ticket is not concerned');
});

t.test('how long a refusal takes does not tell who is known, here or in the domain', async (t) => {
  const tries = { nobody: 'nobody', 'of the domain, and a user': 'bob', 'of the domain alone': 'erin', 'with a password here': 'local', 'DOMAIN\\nobody': 'MYQ\\nobody' };
  const times = new Map<string, number[]>(Object.keys(tries).map((who) => [who, []]));
  for (let round = 0; round < 7; round++) {
    for (const [who, user] of Object.entries(tries)) {
      const start = performance.now();
      t.equal((await there.password(user, 'wrong')).statusCode, 400);
      times.get(who)?.push(performance.now() - start);
    }
  }
  const sorted = [...times].map(([who, all]) => [who, all.sort((a, b) => a - b)] as const);
  t.comment(sorted.map(([who, all]) => `${who}: median ${(all[3] ?? 0).toFixed(1)} ms`).join(', '));
  // What else the machine does lengthens some; the shortest is what the work itself takes.
  const shortest = sorted.map(([, all]) => all[0] ?? 0);
  t.ok(Math.max(...shortest) < 2 * Math.min(...shortest), `within a factor of 2: ${shortest.map((one) => one.toFixed(1)).join(', ')}`);
});
