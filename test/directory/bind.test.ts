// Passwords of a real domain, checked by bind: what is right, what is wrong and why, and what never leaves the gateway.

import t from 'tap';
import type { Account } from '../../src/identity/account.ts';
import { startDomainController } from '../realm/ad.ts';
import { found, opened, outage, settingsOf } from './domain.ts';
import { proxy, serve } from './line.ts';

const right = 'Pässw0rd ☃';
const ad = await startDomainController({ users: { alice: right, bob: 'Passw0rd.bob', gone: 'Passw0rd.gone' }, groups: {}, services: {} });
t.teardown(() => ad.stop());
const addresses = { [ad.host]: ad.address };

t.test('the right password is right, whatever letters are in it, and any other is wrong', async (t) => {
  const { accounts, warnings } = opened(t, [settingsOf(ad)], addresses);
  const alice = await found(accounts.byTypedName('alice'));
  t.strictSame(await accounts.bind(alice, right), { kind: 'right' });
  const wrong = { kind: 'wrong', detail: 'the password is wrong (data 52e)' };
  for (const password of ['wrong', right.toUpperCase(), `${right} `, 'Passw0rd.bob', right.normalize('NFD')]) {
    t.strictSame(await accounts.bind(alice, password), wrong, JSON.stringify(password));
  }
  t.strictSame(warnings, []);
});

t.test('an account that may not sign in is refused with the reason, by the same bind', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad)], addresses);
  const bob = await found(accounts.byTypedName('bob'));
  await ad.sambaTool('user', 'setpassword', 'bob', '--newpassword=Passw0rd.bob', '--must-change-at-next-login');
  t.strictSame(await accounts.bind(bob, 'Passw0rd.bob'), { kind: 'wrong', detail: 'the password must be changed first (data 773)' });
  await ad.disable('bob');
  t.strictSame(await accounts.bind(bob, 'Passw0rd.bob'), { kind: 'wrong', detail: 'the account is disabled (data 533)' });
});

t.test('the account is found where it is now, and who took its place has nothing of it', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad)], addresses);
  const gone = await found(accounts.byTypedName('gone'));
  await ad.sambaTool('ou', 'add', 'OU=Elsewhere');
  await ad.sambaTool('user', 'move', 'gone', `OU=Elsewhere,${ad.baseDn}`);
  t.strictSame(await accounts.bind(gone, 'Passw0rd.gone'), { kind: 'right' }, 'it has moved');
  await ad.sambaTool('user', 'delete', 'gone');
  await ad.addUser('gone', 'Passw0rd.other');
  t.strictSame(await accounts.bind(gone, 'Passw0rd.other'), { kind: 'wrong', detail: 'the account is gone' });
});

t.test('without an account, or for one that is no more, a bind is made all the same', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad)], addresses);
  const alice = await found(accounts.byTypedName('alice'));
  const times = { real: [] as number[], none: [] as number[] };
  const measure = async (kind: keyof typeof times, account: Account | undefined): Promise<void> => {
    const start = performance.now();
    t.equal((await accounts.bind(account, 'wrong')).kind, 'wrong');
    times[kind].push(performance.now() - start);
  };
  t.strictSame(await accounts.bind(undefined, ''), { kind: 'wrong', detail: 'there is no such account' });
  for (let turn = 0; turn < 21; turn++) {
    await measure('real', alice);
    await measure('none', undefined);
  }
  const [real, none] = [times.real, times.none].map((list) => list.sort((a, b) => a - b)[10]) as [number, number];
  t.ok(none > real / 3 && none < real * 3, `${none.toFixed(1)} ms without, ${real.toFixed(1)} ms with`);
});

t.test('an empty password, and one that no account can have, makes no connection', async (t) => {
  const alice = await found(opened(t, [settingsOf(ad)], addresses).accounts.byTypedName('alice'));
  let connections = 0;
  const port = await serve(t, (socket) => {
    connections++;
    socket.destroy();
  });
  const { accounts } = opened(t, [settingsOf(ad, { url: [`ldaps://${ad.host}:${port}`] })], { [ad.host]: '127.0.0.1' });
  for (const password of ['', `${right}\0x`, '\ud800', 'x'.repeat(1025)]) t.equal((await accounts.bind(alice, password)).kind, 'wrong');
  t.equal(connections, 0);
  await t.rejects(accounts.bind(alice, right), { code: 'GW_UNAVAILABLE' }, 'one that may be right asks the directory');
  t.equal(connections, 1);
});

t.test('where SignIn is off nobody is checked', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad, { signIn: false })], addresses);
  const alice = await found(accounts.byPrincipal({ user: 'alice', realm: ad.realm }));
  t.equal((await accounts.bind(alice, right)).kind, 'wrong');
  t.strictSame(await accounts.byTypedName('alice'), { kind: 'elsewhere' });
});

t.test('of many passwords that are checked at once each gets his own answer', async (t) => {
  const { port, count } = await proxy(t, ad.address, 636);
  const { accounts } = opened(t, [settingsOf(ad, { url: [`ldaps://${ad.host}:${port}`], timeout: 10 })], { [ad.host]: '127.0.0.1' });
  const alice = await found(accounts.byTypedName('alice'));
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => accounts.bind(alice, index % 2 === 0 ? right : 'wrong')));
  t.strictSame(answers.map(({ kind }) => kind), answers.map((_, index) => (index % 2 === 0 ? 'right' : 'wrong')));
  t.equal(count.all, 101, 'the one that searches, and one for each password');
  t.ok(count.most > 2 && count.most <= 17, `${count.most} at once`);
});

t.test('whoever gets no turn within Timeout is told so, and nobody waits longer', async (t) => {
  const port = await serve(t, () => { /* Takes connections and says nothing. */ });
  const { accounts } = opened(t, [settingsOf(ad, { url: [`ldaps://${ad.host}:${port}`], timeout: 1 })], { [ad.host]: '127.0.0.1' });
  const outages = await Promise.all(Array.from({ length: 50 }, () => outage(() => accounts.bind(undefined, 'x'))));
  t.ok(outages.every(({ after }) => after < 1500), `${Math.max(...outages.map(({ after }) => after)).toFixed(0)} ms`);
});
