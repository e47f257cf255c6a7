// `report ntlm`: the table and every verdict, from a real store with a clock of its own; then as the program prints it.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readSince } from '../../src/cli/report.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { startDomainController } from '../realm/ad.ts';
import { failsWith, initialized, type Run, spawned } from './program.ts';
import { DAY, NOW, NTLM_ON, place, refused, unread, use } from './report-ntlm-place.ts';

const emptyTable = 'USER  ADDRESS  WORKSTATION  TARGET  OUTCOME  REASON  COUNT  FIRST  LAST';

t.test('nothing in the table is not yet an answer if nobody has watched', async (t) => {
  const { text, json } = await place(t, { watchedFor: false });
  t.equal(await text(), [emptyTable, '',
    'Not yet known: NTLM was never watched for. That begins when a gateway with Windows sign-in runs with this store.'].join('\n'));
  t.match(await json(), { since: NOW - 30 * DAY, watchedSince: null, safe: null, why: /never watched/, uses: [], needs: [], broken: [] });
});

t.test('watched for the whole period, and nobody came: safe', async (t) => {
  const { text, json, count } = await place(t, { watchedFor: 30 * DAY });
  await count(31 * DAY, use());
  t.equal(await text(), [emptyTable, '',
    'Safe: no NTLM sign-in since 2026-10-26 12:00:00Z, watched since 2026-10-26 12:00:00Z; [Security] KerberosOnly = True can be set. '
    + 'Who comes less often than that has not been seen.'].join('\n'));
  t.match(await json(), { watchedSince: NOW - 30 * DAY, safe: true, why: /^Safe: /, needs: [], unlisted: { granted: { count: 0 }, refused: { count: 0 } } });
  t.match(await json(NOW - 30 * DAY - 1), { safe: null }, 'a second more than was watched');
  t.match(await json(NOW - 31 * DAY), { safe: false }, 'the one before counts if he is asked for');
});

t.test('watched for less than the period: not yet known, and for how long', async (t) => {
  const { verdict, json } = await place(t, { watchedFor: 10 * DAY + 3600 });
  t.equal(await verdict(), 'Not yet known: NTLM has been watched for only since 2026-11-15 11:00:00Z, 10 days, '
    + 'and the period began 2026-10-26 12:00:00Z. No NTLM sign-in was seen meanwhile.');
  t.match(await json(NOW - 10 * DAY), { safe: true });
  for (const [watchedFor, words] of [[DAY, '1 day'], [7200, '2 hours'], [60, '1 minute'], [1, '1 second'], [0, '0 seconds']] as const) {
    t.match(await (await place(t, { watchedFor })).verdict(), `, ${words}, and the period`);
  }
});

t.test('who came with NTLM is told with what each needs, once, the most recent first', async (t) => {
  const { text, json, count } = await place(t);
  await count(20 * DAY, use(), use({ address: '192.0.2.2' }), use({ target: 'other.myq.test', reason: 'other_name' }));
  await count(10 * DAY, use(), use({ user: 'bob@MYQ.TEST', workstation: '', reason: 'ntlm_chosen', target: 'print.myq.test' }));
  await count(5 * DAY, use({ user: 'bob@MYQ.TEST', workstation: 'LAPTOP', isWorkstationVerified: false, reason: 'no_ticket', target: '' }));
  t.equal(await text(), `
USER            ADDRESS    WORKSTATION  TARGET          OUTCOME  REASON        COUNT  FIRST                 LAST
bob@MYQ.TEST    192.0.2.1  LAPTOP?      -               granted  no_ticket     1      2026-11-20 12:00:00Z  2026-11-20 12:00:00Z
bob@MYQ.TEST    192.0.2.1  -            print.myq.test  granted  ntlm_chosen   1      2026-11-15 12:00:00Z  2026-11-15 12:00:00Z
alice@MYQ.TEST  192.0.2.1  WS1          192.0.2.10      granted  address_used  2      2026-11-05 12:00:00Z  2026-11-15 12:00:00Z
alice@MYQ.TEST  192.0.2.1  WS1          other.myq.test  granted  other_name    1      2026-11-05 12:00:00Z  2026-11-05 12:00:00Z
alice@MYQ.TEST  192.0.2.2  WS1          192.0.2.10      granted  address_used  1      2026-11-05 12:00:00Z  2026-11-05 12:00:00Z
? behind a workstation: only the client says so.

Not safe to set [Security] KerberosOnly = True. Since 2026-10-26 12:00:00Z these came with NTLM:
- bob@MYQ.TEST on "LAPTOP"? at 192.0.2.1: the client used the right name and got no ticket: its machine is not in the domain, or reaches no domain \
controller, or the SPN is missing; see that the SPN is there (setspn -Q HTTP/print.myq.test); if not, register the SPN: setspn -S HTTP/print.myq.test \
<ACCOUNT>, where <ACCOUNT> is the one whose key is in the keytab; else see that the machine is in the domain (klist get HTTP/print.myq.test)
- bob@MYQ.TEST at 192.0.2.1: the client is set to NTLM (it called "print.myq.test"); let the client use Negotiate (curl --negotiate instead of --ntlm)
- alice@MYQ.TEST on "WS1" at 192.0.2.1: the client used an IP address, for which there are no tickets (it called "192.0.2.10"); let the client use \
https://print.myq.test
- alice@MYQ.TEST on "WS1" at 192.0.2.1: the client used another name than [Server] Hostname (it called "other.myq.test"); let the client use \
https://print.myq.test, or register the name it uses too: setspn -S HTTP/<NAME> <ACCOUNT>, with its key in the keytab`.trimStart());
  const report = await json();
  t.equal(report.safe, false);
  t.strictSame(report.needs[2], {
    outcome: 'granted', user: 'alice@MYQ.TEST', address: '192.0.2.1', workstation: 'WS1', verified: true, cause: 'address_used',
    target: '192.0.2.10', need: 'let the client use https://print.myq.test', count: 3,
  });
  t.equal(report.needs.length, 4);
});

t.test('a workstation that only the client names is another one than the same name under a MIC', async (t) => {
  const { json, count } = await place(t);
  await count(DAY, use(), use({ isWorkstationVerified: false }), use({ user: 'carol@MYQ.TEST', reason: 'spn_missing' }), use({ reason: 'local_account' }));
  t.strictSame((await json()).needs.map(({ cause }) => cause).sort(), ['address_used', 'address_used', 'local_account', 'spn_missing']);
});

t.test('tries that were refused while NTLM is on do not speak against it; those of version 1 do not work anyway', async (t) => {
  const { verdict, json, count } = await place(t);
  await count(2 * DAY, refused('ntlmv1_refused no_ticket', { user: 'MYQ\\\\old', workstation: 'XP', address: '192.0.2.66', target: 'print.myq.test' }));
  await count(DAY, refused('wrong_secret no_ticket'), refused('wrong_secret no_ticket'), refused('ntlm_altered address_used'));
  const after = await verdict();
  t.match(after, /^Safe: no NTLM sign-in since .*\n\nThese clients send NTLM version 1 or LM, which is refused\. They do not work now either:\n- "MYQ\\old" on "XP"\? at 192\.0\.2\.66 \(1 try\): /);
  t.match(after, /; set LmCompatibilityLevel to 3 or more on the client; to do without NTLM: see that the SPN is there /);
  t.match(after, /\n\nOther refused tries, which speak neither for nor against it: 1 ntlm_altered, 2 wrong_secret\.$/);
  t.match(await json(), { safe: true, needs: [], broken: [{ user: 'MYQ\\\\old', workstation: 'XP', verified: false, cause: 'no_ticket' }] });
});

t.test('NTLM is off already: who still tries is told, and what he needs', async (t) => {
  for (const [config, words] of [['', '[NTLM] Enabled = False'], ['\n[Security]\nKerberosOnly = True\n', '[Security] KerberosOnly = True']] as const) {
    const { verdict, json, count } = await place(t, { config });
    t.match(await verdict(), `NTLM is off already (${words}): tries are refused. Safe: no NTLM sign-in since`);
    await count(2 * DAY, refused('ntlm_disabled address_used', { ...unread, target: '192.0.2.10' }));
    await count(DAY, refused('ntlm_disabled no_ticket', { ...unread, address: '192.0.2.7' }));
    t.match(await verdict(), new RegExp(`^NTLM is off already \\(${words.replace(/[[\]]/g, '\\$&')}\\): tries are refused\\. Not safe .*:
- somebody at 192\\.0\\.2\\.7 \\(1 try\\): the client used the right name and got no ticket.*
- somebody at 192\\.0\\.2\\.1 \\(1 try\\): the client used an IP address, .*; let the client use https://print\\.myq\\.test$`));
    t.match(await json(), { safe: false, needs: [{ user: '', address: '192.0.2.7', cause: 'no_ticket' }, { user: '', address: '192.0.2.1', cause: 'address_used' }] });
  }
});

t.test('NTLM is off and was never watched for, or not long enough: not known either', async (t) => {
  t.match(await (await place(t, { config: '', watchedFor: false })).verdict(), /^NTLM is off already .*Not yet known: NTLM was never watched for/);
  t.match(await (await place(t, { config: '', watchedFor: DAY })).json(), { safe: null, why: /watched for only since/ });
});

t.test('tries while NTLM was off count still after it was switched on', async (t) => {
  const { json, count } = await place(t);
  await count(20 * DAY, refused('ntlm_disabled no_ticket', unread));
  t.match(await json(), { safe: false, needs: [{ user: '', cause: 'no_ticket' }] });
});

t.test('with a full table nothing is safe, and what is missing is told', async (t) => {
  const granted = await place(t, { unlisted: { granted: { count: 7, lastAt: NOW - 30 * DAY } } });
  t.match(await granted.verdict(), /^Not safe: sign-ins with NTLM since .* did not fit into the table\.\n\nThe table is full: 7 granted in the last year are not in it, the last one 2026-10-26 12:00:00Z\.$/);
  t.match(await granted.json(), { safe: false, needs: [], unlisted: { granted: { count: 7 } } });
  const tries = await place(t, { unlisted: { refused: { count: 1, lastAt: NOW } } });
  t.match(await tries.verdict(), /^Not yet known: refused tries since .* did not fit into the table\.\n\nThe table is full: 1 refused in the last year are not in it/);
  t.match(await tries.json(), { safe: null });
  const before = await place(t, { unlisted: { granted: { count: 7, lastAt: NOW - 30 * DAY - 1 }, refused: { count: 7, lastAt: 1 } } });
  t.match(await before.json(), { safe: true }, 'what was before the period does not count');
});

t.test('a reason that this version does not know is shown as it is, and is not safe', async (t) => {
  const { json, verdict, count } = await place(t);
  await count(DAY, use({ reason: 'constructor' }), use({ reason: '' }), refused(''), refused('constructor'), refused('ntlm_disabled'), refused('ntlm_disabled of_tomorrow'));
  t.match(await json(), { safe: false });
  t.match(await verdict(), /the reason is of_tomorrow, which this version does not know/);
  t.match(await verdict(), /the reason is constructor, which this version does not know/);
  t.match(await verdict(), /neither for nor against it: 1 constructor, 1 -\.$/);
});

t.test('what clients have written cannot steer a terminal', async (t) => {
  const { text, count } = await place(t);
  const evil = '\u001b[2J\u202e\u200b\n\u2028x';
  await count(DAY, use({ user: evil, workstation: evil, target: evil, address: evil, reason: evil }), refused(`ntlm_disabled ${evil}`), refused(evil));
  const report = await text();
  t.notOk(/[\p{C}\p{Zl}\p{Zp}](?<!\n)/u.test(report));
  t.match(report, String.raw`\u{1b}[2J\u{202e}\u{200b}\u{a}\u{2028}x`);
});

t.test('a period is a length, a date or a time of UTC, of the last year', async (t) => {
  for (const [text, since] of [
    ['30d', NOW - 30 * DAY], ['12h', NOW - 12 * 3600], ['90', NOW - 90], ['365d', NOW - 365 * DAY], ['2026-11-25', NOW - DAY / 2],
    ['2026-11-25T11:59Z', NOW - 60], ['2026-11-25 11:59:59Z', NOW - 1],
  ] as const) t.equal(readSince(text, NOW), since, text);
  const wrong = ['', '0', '-1d', 'yesterday', '2026-02-30', '2026-13-01', '2026-11-25T12:00Z', '2026-11-25T11:59', '2027-01-01', '2026-11-24T24:01Z', '1e3', '30d ago'];
  for (const text of wrong) t.throws(() => readSince(text, NOW), { message: /^--since: .* is no time in the past; expected a date/ }, text);
  for (const text of ['2025-11-25', '1970-01-01', '2025-11-25 11:59:59Z']) t.throws(() => readSince(text, NOW), { message: /of the last 365 days/ }, text);
  t.throws(() => readSince('366d', NOW), { message: /^--since: / });
});

t.test('the program prints it, by default of the last 30 days, and survives a restart', async (t) => {
  const { directory, gateway } = await initialized(t);
  appendFileSync(join(directory, 'config.ini'), NTLM_ON);
  const report = (...args: readonly string[]): Promise<Run> => gateway('report', ...args);
  t.match(await report('ntlm'), { code: 0, stderr: '', stdout: /Not yet known: NTLM was never watched for/ });
  let time = Math.floor(Date.now() / 1000) - 40 * DAY;
  const store = openSqlite(join(directory, 'data/gateway.db'), { now: () => time });
  await store.watchNtlm();
  await store.countNtlm(use({ user: 'early@MYQ.TEST' }));
  time += 35 * DAY;
  await store.countNtlm(use());
  await store.close();
  const { stdout } = await report('ntlm');
  t.match(stdout, /^alice@MYQ\.TEST +192\.0\.2\.1 +WS1 +192\.0\.2\.10 +granted +address_used +1 /m);
  t.notMatch(stdout, 'early');
  t.match((await report('ntlm', '--since', '40d')).stdout, /^early@MYQ\.TEST/m);
  t.match((await report('ntlm', '--since=1d')).stdout, /\nSafe: no NTLM sign-in since/);
  const json = JSON.parse((await report('ntlm', '--json', '--since', '4d')).stdout) as object;
  t.match(json, { watchedSince: time - 35 * DAY, safe: true, uses: [] });
});

t.test('wrong use is told', async (t) => {
  const { gateway } = await initialized(t);
  failsWith(t, await gateway('report'), 2, /report needs a verb; verbs: ntlm/);
  failsWith(t, await gateway('report', 'sign-ins'), 2, /there is no "sign-ins"; verbs: ntlm/);
  failsWith(t, await gateway('report', 'constructor'), 2, /there is no "constructor"/);
  failsWith(t, await gateway('report', 'ntlm', 'again'), 2, /report ntlm takes options only/);
  failsWith(t, await gateway('report', 'ntlm', '--since'), 2, /since/);
  failsWith(t, await gateway('report', 'ntlm', '--since', '1d', '--since', '2d'), 2, /--since is given twice/);
  failsWith(t, await gateway('report', 'ntlm', '--since', 'al\u001b[31mways'), 2, /is no time in the past/);
  failsWith(t, await gateway('report', 'ntlm', '--until', '1d'), 2, /--until/);
  t.match((await gateway('report', '--help')).stdout, /report ntlm \[--since WHEN\]/);
});

t.test('with a directory the cure knows whether the SPN is there', async (t) => {
  const domain = await startDomainController({ services: { 'svc-print': ['HTTP/print.myq.test'] } });
  t.teardown(() => domain.stop());
  const { directory } = await initialized(t);
  const file = join(directory, 'config.ini');
  const hosts = join(directory, 'hosts');
  appendFileSync(file, [
    NTLM_ON, '[Directory]', `Url = ldaps://${domain.host}`, `CaFile = ${domain.caFile}`, `BindName = alice@${domain.realm}`, 'BindPassword = Passw0rd.alice',
    `BaseDn = ${domain.baseDn}`, 'Timeout = 2', '',
  ].join('\n'));
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  await store.countNtlm(use({ reason: 'no_ticket', target: 'print.myq.test' }));
  const wrapper = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', hosts];
  const report = (): Promise<Run> => spawned(['report', 'ntlm', '--config', file], { wrapper });

  writeFileSync(hosts, `127.0.0.1 localhost\n${domain.address} ${domain.host}\n`);
  t.match(await report(), { code: 0, stderr: '', stdout: /HTTP\/print\.myq\.test is registered on svc-print: see that the machine is in the domain/ });
  await domain.sambaTool('spn', 'delete', 'HTTP/print.myq.test', 'svc-print');
  t.match((await report()).stdout, /: the domain has no such SPN \(it called "print\.myq\.test"\); register the SPN: setspn -S HTTP\/print\.myq\.test/);
  await domain.kill();
  const began = performance.now();
  t.match(await report(), { code: 0, stdout: /^note: .*\nNot safe to set.*see that the SPN is there/ms });
  t.ok(performance.now() - began < 5_000, 'a domain that is out makes it wait no longer than its Timeout');
});
