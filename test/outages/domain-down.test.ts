// A domain controller that is gone, and comes back; and one that is far away, behind a slow line.

import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { fed, PASSWORD } from '../browser/place.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { kerberosRate } from './kerberos-rate.ts';
import { areOutAtOnce, directoryOf, isInTime, isOut, outagesIn, peopleAt, recovers, users, whole, WITHOUT_WAITING, type Timed } from './people.ts';
import { slowLine } from './slow-line.ts';

/** Milliseconds: three seconds of winbindd and two of wbinfo at the most, with what a busy machine adds. */
const NTLM_LIMIT = 5_500;
const READY_LIMIT = 1_500;
/** Seconds. */
const OUTAGE_TIME = 1;
/** Seconds, and the milliseconds that the slow line adds to each answer. */
const TIMEOUT = 10;
const DELAY = 2_000;

const place = await openAdDomain(t, { domain: { users } });
const gateway = await place.start({ ntlm: true, config: directoryOf(place.domain, { CacheTime: 0, OutageTime: OUTAGE_TIME }) });
await fed(gateway, PASSWORD, 'users', 'add', 'local', '--password-stdin');
const people = await peopleAt(gateway);
const kerberos = await kerberosRate(place.domain, gateway, 3);
const told = (t: Test, what: string, { status, took }: Timed): void => { t.comment(`${what}: ${String(status)} after ${whole(took)} ms`); };
const isReady = async (): Promise<boolean> => {
  const { checks } = (await people.ready()).json as { checks: Readonly<Record<string, string>> };
  return checks['ntlm'] === 'ok' && checks['directory'] === 'ok';
};
let refreshToken = '';
const rates: number[] = [];

t.test('before: everything works', async (t) => {
  t.match(await people.ntlm(), { status: 200 });
  refreshToken = await people.refreshToken('alice', users.alice);
  t.ok(await isReady());
  rates.push(await kerberos.measure(t, 'before'));
});

t.test('while it is gone: Kerberos and local users come in, the rest is told 503, soon and then at once', async (t) => {
  await place.domain.kill();
  const ntlm = Array.from({ length: 3 }, () => people.ntlm());
  const password = await people.password('alice', users.alice);
  told(t, 'login_info', password);
  isOut(t, password, WITHOUT_WAITING, 'login_info');
  isOut(t, await people.page('alice', users.alice), WITHOUT_WAITING, 'the login page');
  t.match(await people.password('local', PASSWORD), { status: 200 });
  rates.push(await kerberos.measure(t, 'while it is gone', (rates[0] ?? NaN) / 2));
  for (const answer of await Promise.all(ntlm)) {
    told(t, 'NTLM', answer);
    isOut(t, answer, NTLM_LIMIT, 'NTLM');
  }
  const later = await Promise.all(Array.from({ length: 4 }, () => people.ntlm()));
  for (const answer of later) told(t, 'NTLM, circuit open', answer);
  areOutAtOnce(t, later, 'NTLM, circuit open');
  // All of it may have taken less than OutageTime.
  await sleep(OUTAGE_TIME * 1000 + 100);
  const refreshed = await people.refresh(refreshToken);
  told(t, 'refresh past OutageTime', refreshed);
  isOut(t, refreshed, WITHOUT_WAITING, 'refresh past OutageTime');
  const ready = await people.ready();
  told(t, 'readiness', ready);
  t.match(ready, { status: 200, json: { checks: { store: 'ok', keytab: 'ok', ntlm: 'failed', directory: 'failed' } } });
  isInTime(t, ready, READY_LIMIT, 'readiness');
  const log = outagesIn(gateway).join('\n');
  t.match(log, /NT_STATUS_NO_LOGON_SERVERS: no domain controller answers: check the network, the DNS servers/);
  t.match(log, /\[Directory\] ldaps:\/\/dc1\.myq\.test:636: nothing listens there/);
});

t.test('when it is back, so is everything, without a restart', async (t) => {
  await place.domain.restart();
  const all = {
    NTLM: async () => (await people.ntlm()).status === 200,
    login_info: async () => (await people.password('alice', users.alice)).status === 200,
    'a refresh': async () => (await people.refresh(refreshToken)).status === 200,
  };
  await Promise.all(Object.entries(all).map(async ([what, ask]) => {
    const after = await recovers(ask);
    t.comment(`${what} works again after ${after.toFixed(1)} s`);
    t.ok(after < 15, `${what} works again`);
  }));
  t.ok(await recovers(isReady) < 15, 'readiness is well');
  const [before = NaN, meanwhile = NaN] = rates;
  // What else the machine does changes from minute to minute.
  const well = Math.min(before, await kerberos.measure(t, 'afterwards'));
  t.ok(meanwhile >= well / 2, `Kerberos meanwhile: ${whole(meanwhile)} sign-ins/s; when all is well: ${whole(well)}`);
});

t.test('behind a slow line answers come late, and they come', async (t) => {
  const line = await slowLine(t, place.domain, DELAY);
  const far = await place.start({ config: directoryOf(place.domain, { Url: `ldaps://${place.domain.host}:${String(line.port)}`, Timeout: TIMEOUT, CacheTime: 0 }) });
  const there = await peopleAt(far);
  const [password, ready] = await Promise.all([there.password('alice', users.alice), there.ready()]);
  told(t, 'login_info', password);
  t.equal(password.status, 200);
  t.ok(password.took > 2 * DELAY, 'the line is slow');
  isInTime(t, password, 2 * TIMEOUT * 1000, 'login_info: to find him, and to check it');
  told(t, 'readiness', ready);
  isInTime(t, ready, READY_LIMIT, 'readiness');
  const refreshed = await there.refresh(password.json['refresh_token'] as string);
  told(t, 'refresh', refreshed);
  t.equal(refreshed.status, 200);
  isInTime(t, refreshed, TIMEOUT * 1000, 'refresh');
  t.match((await there.ready()).json, { checks: { directory: 'ok' } }, 'what is slow is not out');
  line.cut();
  await sleep(50);
  const again = await there.refresh(refreshed.json['refresh_token'] as string);
  told(t, 'refresh after the line broke', again);
  t.equal(again.status, 200);
  isInTime(t, again, TIMEOUT * 1000, 'refresh after the line broke');
});
