// A domain that hangs, is down, comes back, or refuses the gateway's own account: how long anybody waits, and what still counts.

import { createSecretKey } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { startDomainController } from '../realm/ad.ts';
import { becomes } from '../realm/exec.ts';
import { found, opened, outage, settingsOf } from './domain.ts';
import { serve } from './line.ts';

const ad = await startDomainController({ users: { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob' } });
t.teardown(() => ad.stop());
const addresses = { [ad.host]: ad.address, 'dc2.myq.test': '127.0.0.1' };
const isBack = (action: () => Promise<unknown>): Promise<boolean> => becomes(() => action().then(() => true, () => false));

t.test('a domain controller that hangs costs nobody more than Timeout, and then nothing', async (t) => {
  const { accounts, later, warnings } = opened(t, [settingsOf(ad)], addresses);
  const alice = await found(accounts.byTypedName('alice'));
  await ad.suspend();
  t.teardown(() => ad.resume());
  later(301);
  const start = performance.now();
  const waiting = await Promise.all([
    outage(() => accounts.byTypedName('bob')), outage(() => accounts.groupSid('PrintUsers')), outage(() => accounts.bind(alice, 'x')),
    accounts.byTypedName('alice').then((answer) => ({ detail: JSON.stringify(answer), after: performance.now() - start })),
  ]);
  for (const { after, detail } of waiting) t.ok(after < 2_300, `${after.toFixed(0)} ms: ${detail}`);
  t.match(waiting[0].detail, /^\[Directory\] ldaps:\/\/dc1\.myq\.test:636: it did not answer within 2\.0 s/);
  const again = performance.now();
  for (let turn = 0; turn < 50; turn++) {
    t.strictSame(await found(accounts.byTypedName('alice')), alice, 'what was known counts');
    await outage(() => accounts.byTypedName(`somebody${turn}`));
    await outage(() => accounts.bind(alice, 'Passw0rd.alice'));
  }
  t.ok(performance.now() - again < 500, `${(performance.now() - again).toFixed(0)} ms for 150 questions`);
  t.match((await accounts.health())['directory'], /dc1\.myq\.test:636: it did not answer/);
  t.equal(warnings.length, 1, 'said once');
  await ad.resume();
  t.ok(await isBack(() => accounts.byTypedName('bob')), 'it is found again without a restart');
  t.strictSame(await accounts.bind(alice, 'Passw0rd.alice'), { kind: 'right' });
  t.strictSame(await accounts.health(), { directory: 'ok' });
  t.match(warnings.slice(1), ['[Directory] ldaps://dc1.myq.test:636 is back']);
});

t.test('while it is down what was known counts for OutageTime, and groups for longer', async (t) => {
  const { accounts, later } = opened(t, [settingsOf(ad, { cacheTime: 60, outageTime: 600 })], addresses);
  const alice = await found(accounts.byTypedName('MYQ\\alice'));
  const sid = await accounts.groupSid('PrintUsers');
  await ad.kill();
  later(599);
  t.strictSame(await found(accounts.bySid('', alice.sid)), alice, 'by SID, too, though it came by name');
  t.strictSame(await found(accounts.byPrincipal({ user: 'alice', realm: ad.realm })), alice);
  later(2);
  const { detail, after } = await outage(() => accounts.byTypedName('MYQ\\alice'));
  t.match(detail, /nothing listens there/);
  t.ok(after < 100);
  later(86_400);
  t.equal(await accounts.groupSid('PrintUsers'), sid);
  await outage(() => accounts.groupSid('Other'));
  await ad.restart();
  t.ok(await isBack(() => accounts.bySid('', alice.sid)));
  t.equal((await found(accounts.byTypedName('alice'))).sid, alice.sid);
});

t.test('a controller that was restarted between two questions is asked again as if nothing had been', async (t) => {
  const { accounts, warnings } = opened(t, [settingsOf(ad, { cacheTime: 0 })], addresses);
  await found(accounts.byTypedName('alice'));
  await ad.restart();
  const names = await Promise.all(['alice', 'bob', 'alice', 'bob'].map(async (name) => (await found(accounts.byTypedName(name))).name));
  t.strictSame(names, ['alice', 'bob', 'alice', 'bob']);
  t.strictSame(warnings, []);
});

t.test('the next controller is asked while one is out or hangs, and stays the first while it is good', async (t) => {
  let connections = 0;
  const port = await serve(t, () => { connections++; });
  const url = [`ldaps://dc2.myq.test:${port}`, `ldaps://${ad.host}:636`];
  const { accounts, warnings } = opened(t, [settingsOf(ad, { url, cacheTime: 0 })], addresses);
  const start = performance.now();
  t.equal((await found(accounts.byTypedName('alice'))).name, 'alice');
  t.ok(performance.now() - start < 1_900, 'the one that hangs left time for the other');
  t.match(warnings, [/dc2\.myq\.test:\d+: no verified TLS connection within 1\.0 s/]);
  await sleep(5_100);
  const again = performance.now();
  for (let turn = 0; turn < 20; turn++) await found(accounts.byTypedName('bob'));
  t.ok(performance.now() - again < 500);
  t.equal(connections, 1, 'the one that hangs is let alone');
  t.strictSame(await accounts.health(), { directory: 'ok' });
});

t.test('a refused BindPassword is an outage that names its cure, and is not tried again and again', async (t) => {
  const wrong = createSecretKey(Buffer.from('wrong'));
  const { accounts, warnings } = opened(t, [settingsOf(ad, { bindPassword: wrong })], addresses);
  const start = performance.now();
  for (let turn = 0; turn < 10; turn++) {
    const { detail, cure } = await outage(() => accounts.byTypedName('alice'));
    t.match(detail, /^\[Directory\] ldaps:\S+: the bind as Administrator@myq\.test was refused: the password is wrong \(data 52e\)$/);
    t.equal(cure, 'correct BindName and BindPassword');
    t.notMatch(`${detail} ${cure}`, /wrong'|Passw0rd/);
  }
  t.ok(performance.now() - start < 500);
  t.match((await accounts.health())['directory'], /was refused: .*; correct BindName and BindPassword$/);
  t.equal(warnings.length, 1);
});

t.test('a BaseDn that is not there is told, and health tells it, too', async (t) => {
  const { accounts } = opened(t, [settingsOf(ad, { baseDn: [`OU=None,${ad.baseDn}`] })], addresses);
  const { detail, cure } = await outage(() => accounts.byTypedName('alice'));
  t.match(detail, /there is no "OU=None,DC=myq,DC=test"$/);
  t.equal(cure, 'correct BaseDn');
  t.match((await accounts.health())['directory'], /there is no "OU=None/);
});

t.test('a controller that has no address is out, and health answers within a second while one hangs', async (t) => {
  const port = await serve(t, () => { /* Takes connections and says nothing. */ });
  const sections = [
    settingsOf(ad, { url: ['ldaps://nowhere.myq.test:636'] }), settingsOf(ad, { name: 'sales', url: [`ldaps://dc2.myq.test:${port}`] }),
    settingsOf(ad, { name: 'well' }),
  ];
  const { accounts } = opened(t, sections, addresses);
  const start = performance.now();
  const health = await accounts.health();
  t.ok(performance.now() - start < 1_000);
  t.match(health, { directory: /nowhere\.myq\.test:636: its name has no address/, 'directory:sales': 'no answer yet', 'directory:well': 'ok' });
});

t.test('after close nothing is asked any more', async (t) => {
  const { accounts, warnings } = opened(t, [settingsOf(ad)], addresses);
  await found(accounts.byTypedName('alice'));
  accounts.close();
  t.equal((await found(accounts.byTypedName('alice'))).name, 'alice', 'what is known is known');
  await outage(() => accounts.byTypedName('bob'));
  t.strictSame(warnings, []);
});
