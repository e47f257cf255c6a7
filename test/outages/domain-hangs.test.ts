// A domain controller that hangs: it takes connections and answers nothing, which is worse than one that is gone.

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { fed, PASSWORD } from '../browser/place.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { kerberosRate } from './kerberos-rate.ts';
import { areOutAtOnce, directoryOf, isInTime, isOut, outagesIn, peopleAt, recovers, users, whole, WITHOUT_WAITING, type Timed } from './people.ts';

/** Milliseconds: of an NTLM helper and of [Directory], with what a busy machine adds. */
const NTLM_LIMIT = 5_500;
const DIRECTORY_LIMIT = 2_500;
const READY_LIMIT = 1_500;
/** Seconds. */
const OUTAGE_TIME = 10;

const place = await openAdDomain(t, { domain: { users, groups: { PrintUsers: ['alice'] } } });
const gateway = await place.start({
  ntlm: true, config: `${directoryOf(place.domain, { CacheTime: 0, OutageTime: OUTAGE_TIME })}\n[Rights]\nPrintUsers = reports\n`,
});
await fed(gateway, PASSWORD, 'users', 'add', 'local', '--password-stdin');
// Without an alias he is nobody of the domain, whom it could have disabled or put into a group.
await fed(gateway, PASSWORD, 'users', 'add', 'desk', '--password-stdin');
await gateway.cli('users', 'alias', 'desk', '--remove', 'desk');
const people = await peopleAt(gateway);
const kerberos = await kerberosRate(place.domain, gateway, 6);
/** The first one is of before. */
const rates: number[] = [];
const half = (): number => (rates[0] ?? NaN) / 2;
const told = (t: Test, what: string, { status, took }: Timed): void => { t.comment(`${what}: ${String(status)} after ${whole(took)} ms`); };
let refreshToken = '';
let lastAnswer = 0;

/** Who comes at the same moment, by what needs the domain and by what does not. */
const everybody = () => ({
  ntlm: Array.from({ length: 4 }, () => people.ntlm()),
  password: people.password('alice', users.alice),
  page: people.page('alice', users.alice),
  refresh: people.refresh(refreshToken),
  local: people.password('local', PASSWORD),
});

t.test('before: everything works', async (t) => {
  rates.push(await kerberos.measure(t, 'before'));
  t.match(await people.kerberos(kerberos.ticket()), { status: 200, json: { scope: /\breports\b/ } });
  t.match(await people.ntlm(), { status: 200 });
  t.match(await people.page('alice', users.alice), { status: 303 });
  t.match(await people.password('local', PASSWORD), { status: 200 });
  refreshToken = await people.refreshToken('alice', users.alice);
  // To hash what people type takes both cores for a while, whether the domain answers or not: this is to compare with.
  const all = everybody();
  await kerberos.measure(t, 'before, while others sign in');
  for (const { status } of await Promise.all(all.ntlm)) t.equal(status, 200);
  const statuses = (await Promise.all([all.password, all.page, all.refresh, all.local])).map(({ status }) => status);
  t.strictSame(statuses, [200, 303, 200, 200]);
  refreshToken = (await all.refresh).json['refresh_token'] as string;
  lastAnswer = performance.now();
  t.match(await people.ready(), { status: 200, json: { checks: { ntlm: 'ok', directory: 'ok' } } });
});

t.test('at first some wait for what does not come, but no longer than they must, and nobody else waits', async (t) => {
  await place.domain.suspend();
  const { ntlm, password, page, refresh, local } = everybody();
  rates.push(await kerberos.measure(t, 'while the first ones wait', half()));
  for (const [what, answer] of [['login_info', await password], ['the login page', await page]] as const) {
    told(t, what, answer);
    isOut(t, answer, DIRECTORY_LIMIT, what);
  }
  const [refreshed, ofLocal] = [await refresh, await local];
  told(t, 'refresh', refreshed);
  t.equal(refreshed.status, 200, 'within OutageTime what was known counts');
  isInTime(t, refreshed, DIRECTORY_LIMIT, 'refresh');
  refreshToken = refreshed.json['refresh_token'] as string;
  told(t, 'a local user', ofLocal);
  t.equal(ofLocal.status, 200, 'whose password is kept here comes in');
  isInTime(t, ofLocal, DIRECTORY_LIMIT + WITHOUT_WAITING, 'a local user');
  for (const answer of await Promise.all(ntlm)) {
    told(t, 'NTLM', answer);
    isOut(t, answer, NTLM_LIMIT, 'NTLM');
  }
});

t.test('then nobody waits: answers come at once, and readiness tells what is out', async (t) => {
  const ntlm = await Promise.all(Array.from({ length: 6 }, () => people.ntlm()));
  for (const answer of ntlm) told(t, 'NTLM, circuit open', answer);
  areOutAtOnce(t, ntlm, 'NTLM, circuit open');
  const [password, local] = [await people.password('alice', users.alice), await people.password('local', PASSWORD)];
  told(t, 'login_info, circuit open', password);
  isOut(t, password, WITHOUT_WAITING, 'login_info, circuit open');
  t.equal(local.status, 200);
  isInTime(t, local, WITHOUT_WAITING, 'a local user');
  const ready = await people.ready();
  told(t, 'readiness', ready);
  t.match(ready, { status: 200, json: { checks: { store: 'ok', replayCache: 'ok', keytab: 'ok', ntlm: 'failed', directory: 'failed' } } });
  isInTime(t, ready, READY_LIMIT, 'readiness');
  const log = outagesIn(gateway).join('\n');
  t.match(log, /ntlm_auth: no answer within 5000 ms/);
  t.match(log, /\[Directory\] ldaps:\/\/dc1\.myq\.test:636: it did not answer within 2\.0 s/);
});

t.test('one tries again every five seconds, and Kerberos goes on', async (t) => {
  await sleep(5_000);
  const trying = Array.from({ length: 4 }, () => people.ntlm());
  await Promise.any(trying);
  rates.push(await kerberos.measure(t, 'while one tries', half()));
  const ready = await people.ready();
  told(t, 'readiness, one tries', ready);
  isInTime(t, ready, READY_LIMIT, 'readiness');
  const took = (await Promise.all(trying)).sort((a, b) => a.took - b.took);
  for (const answer of took) told(t, 'NTLM, one tries', answer);
  areOutAtOnce(t, took.slice(0, -1), 'NTLM while one tries');
  isOut(t, took.at(-1) as Timed, NTLM_LIMIT, 'NTLM, the one who tries');
  t.match(await people.kerberos(kerberos.ticket()), { status: 200, json: { scope: /\breports\b/ } }, 'with the rights of his groups');
});

t.test('past OutageTime nothing is taken for true any more, and no refresh token is lost', async (t) => {
  await sleep(Math.max(0, lastAnswer + OUTAGE_TIME * 1000 + 1_000 - performance.now()));
  const refreshed = await people.refresh(refreshToken);
  told(t, 'refresh past OutageTime', refreshed);
  isOut(t, refreshed, DIRECTORY_LIMIT, 'refresh');
  const [local, desk] = [await people.password('local', PASSWORD), await people.password('desk', PASSWORD)];
  told(t, 'a local user whose alias may be an account of the domain', local);
  t.equal(local.status, 200, 'whoever has his password here is in no group then');
  t.notMatch(local.json['scope'], /\breports\b/);
  isInTime(t, local, WITHOUT_WAITING, 'a local user whose alias may be an account of the domain');
  told(t, 'a local user without alias', desk);
  t.equal(desk.status, 200);
  isInTime(t, desk, WITHOUT_WAITING, 'a local user without alias');
  const later = await people.refresh(desk.json['refresh_token'] as string);
  told(t, 'his refresh', later);
  t.equal(later.status, 200);
  isInTime(t, later, WITHOUT_WAITING, 'his refresh');
});

t.test('a gateway that is started meanwhile does what it can', async (t) => {
  const started = performance.now();
  await gateway.crash();
  t.comment(`started in ${whole(performance.now() - started)} ms`);
  // Nothing was ever known of the groups by name: the first one waits for what the directory says.
  const first = await people.kerberos(kerberos.ticket());
  told(t, 'the first ticket', first);
  t.equal(first.status, 200);
  isInTime(t, first, DIRECTORY_LIMIT, 'the first ticket');
  rates.push(await kerberos.measure(t, 'after a start', half()));
  const desk = await people.password('desk', PASSWORD);
  told(t, 'a local user without alias', desk);
  t.equal(desk.status, 200);
  isInTime(t, desk, WITHOUT_WAITING, 'a local user without alias');
});

t.test('when it goes on, so does everything, without a restart', async (t) => {
  const { pid } = gateway.child;
  await place.domain.resume();
  const all = {
    NTLM: async () => (await people.ntlm()).status === 200,
    login_info: async () => (await people.password('alice', users.alice)).status === 200,
    'the login page': async () => (await people.page('alice', users.alice)).status === 303,
    'a refresh': async () => {
      const { status, json } = await people.refresh(refreshToken);
      if (status === 200) refreshToken = json['refresh_token'] as string;
      return status === 200;
    },
  };
  await Promise.all(Object.entries(all).map(async ([what, ask]) => {
    const after = await recovers(ask);
    t.comment(`${what} works again after ${after.toFixed(1)} s`);
    t.ok(after < 15, `${what} works again`);
  }));
  t.ok(await recovers(async () => {
    const { checks } = (await people.ready()).json as { checks: Readonly<Record<string, string>> };
    return checks['ntlm'] === 'ok' && checks['directory'] === 'ok';
  }) < 15, 'readiness is well');
  t.equal(gateway.child.pid, pid);
  const [before = NaN, ...meanwhile] = rates;
  // What else the machine does changes from minute to minute.
  const well = Math.min(before, await kerberos.measure(t, 'afterwards'));
  for (const rate of meanwhile) t.ok(rate >= well / 2, `Kerberos meanwhile: ${whole(rate)} sign-ins/s; when all is well: ${whole(well)}`);
});
