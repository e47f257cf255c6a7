// A domain that answers what a good one seldom does: names that only look alike, lists that are cut, and answers that come late.

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { found, outage } from './domain.ts';
import { entryOf, pageControl, result } from './stand-in.ts';
import { bound, done, person, sid, standInDomain } from './stand-in-domain.ts';

const sizeLimitExceeded = result(0x65, 4);
const alice = { directory: '', sid: 'S-1-5-21-1-2-3-1001', dn: '', name: 'alice', realm: 'MYQ.TEST', disabled: false, groups: [] };

t.test('a list of everybody that the domain cuts short is an outage, on its first page and on a later one', async (t) => {
  for (const whole of [0, 1]) {
    let pages = 0;
    const { accounts } = await standInDomain(t, ({ send }) => {
      const isCut = pages++ === whole;
      send([person(`p${pages}`, 1000 + pages), isCut ? sizeLimitExceeded : done], pageControl(isCut ? '' : 'next'));
    });
    const names: string[] = [];
    const { detail } = await outage(async () => { for await (const { name } of accounts.people('')) names.push(name); });
    t.match(detail, /^\[Directory\]: the search in "DC=myq,DC=test" failed with result 4 /);
    t.equal(names.length, whole, 'nobody of the page that was cut');
  }
});

t.test('of the entries that the domain takes for equal only the one with that very name counts', async (t) => {
  const entries: Record<string, Buffer> = {
    alice: person('Alice', 1001, { userPrincipalName: 'Ali@corp.example' }), álice: person('álice', 1002, { userPrincipalName: 'álí@corp.example' }),
    wide: person('ａlice', 1003, { userPrincipalName: 'ａli@corp.example' }),
  };
  let names = Object.keys(entries);
  const { accounts, later } = await standInDomain(t, ({ has, send }) => {
    const base = Object.keys(entries).find((name) => has('tokenGroups') && has(`CN=${name === 'wide' ? 'ａlice' : name === 'alice' ? 'Alice' : name},`));
    send([...(base === undefined ? names : [base]).map((name) => entries[name] ?? done), done]);
  });
  for (const name of ['alice', 'ali@corp.example']) t.equal((await found(accounts.byTypedName(name))).sid, 'S-1-5-21-1-2-3-1001', name);
  t.equal((await found(accounts.byTypedName('álice'))).sid, 'S-1-5-21-1-2-3-1002');
  names = ['álice', 'wide'];
  later(301);
  for (const name of ['alice', 'ali@corp.example']) t.strictSame(await accounts.byTypedName(name), { kind: 'absent' }, name);
  t.strictSame(await accounts.byPrincipal({ user: 'alice', realm: 'MYQ.TEST' }), { kind: 'absent' });
  names = ['álice'];
  t.equal(await accounts.groupSid('alice'), undefined, 'a group, too');
});

t.test('a machine is nobody, whichever way it is found', async (t) => {
  const { accounts } = await standInDomain(t, ({ send }) => {
    send([person('WS1$', 1009, { userPrincipalName: 'ws@corp.example' }), done]);
  });
  t.strictSame(await accounts.byTypedName('ws@corp.example'), { kind: 'absent' });
  t.strictSame(await accounts.bySid('', 'S-1-5-21-1-2-3-1009'), { kind: 'absent' });
});

t.test('built-in groups are left out of an account, and none is found by its name', async (t) => {
  const administrators = Buffer.from('01020000000000052000000020020000', 'hex');
  let groups: Buffer = administrators;
  const { accounts, later } = await standInDomain(t, ({ has, send }) => {
    if (has('objectCategory')) send([entryOf('CN=g', { objectSid: has('administrators') ? administrators : sid(513), sAMAccountName: has('users') ? 'Users' : 'Administrators' }), done]);
    else send([person('alice', 1001, { tokenGroups: groups }), done]);
  }, { userFilter: '(objectClass=user)' });
  t.strictSame((await found(accounts.byTypedName('alice'))).groups, [], 'to be in no other is no fault');
  groups = sid(513);
  later(301);
  t.strictSame((await found(accounts.byTypedName('alice'))).groups, ['S-1-5-21-1-2-3-513']);
  t.equal(await accounts.groupSid('Administrators'), undefined);
  t.equal(await accounts.groupSid('Users'), 'S-1-5-21-1-2-3-513', 'another one is');
});

t.test('a slow search leaves the bind its time, so that a controller that is well is not taken for out', async (t) => {
  const { accounts, warnings } = await standInDomain(t, async ({ operation, send }) => {
    await sleep(operation === 'search' ? 700 : 500);
    send(operation === 'search' ? [person('alice', 1001), done] : [bound]);
  }, { timeout: 1 });
  const { after } = await outage(() => accounts.bind(alice, 'right'));
  t.ok(after < 1_150, `nobody waits longer than Timeout: ${after.toFixed(0)} ms`);
  await sleep(500);
  t.strictSame(warnings, []);
  t.strictSame(await accounts.health(), { directory: 'ok' });
});

t.test('for whom nobody waits any more no bind is made', async (t) => {
  let binds = 0;
  const { accounts, warnings } = await standInDomain(t, async ({ operation, send }) => {
    if (operation === 'bind') binds++;
    await sleep(operation === 'search' ? 600 : 200);
    send(operation === 'search' ? [person('alice', 1001), done] : [result(0x61, 49, 'data 52e')]);
  }, { timeout: 1 });
  const all = await Promise.allSettled(Array.from({ length: 18 }, () => accounts.bind(alice, 'wrong')));
  t.ok(all.slice(16).every(({ status }) => status === 'rejected'), 'they came to their turn, and too late');
  await sleep(800);
  t.equal(binds, 16);
  t.strictSame(warnings, []);
});

t.test('sixteen passwords are checked at once, and no more', async (t) => {
  const waiting: (() => void)[] = [];
  const most: number[] = [];
  const { accounts } = await standInDomain(t, async ({ operation, send }) => {
    if (operation === 'search') return send([person('alice', 1001), done]);
    waiting.push(() => { send([bound]); });
    if (waiting.length !== 16) return undefined;
    await sleep(200);
    most.push(waiting.length);
    for (const answer of waiting.splice(0)) answer();
    return undefined;
  }, { timeout: 10 });
  const answers = await Promise.all(Array.from({ length: 32 }, () => accounts.bind(alice, 'right')));
  t.ok(answers.every(({ kind }) => kind === 'right'));
  t.strictSame(most, [16, 16]);
});
