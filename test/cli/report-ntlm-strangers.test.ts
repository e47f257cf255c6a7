// `report ntlm` where strangers write what they like: they make nothing unsafe, flood nothing and put no words into our mouth.

import t from 'tap';
import { NTLM_ROWS, NTLM_ROWS_EACH } from '../../src/stores/ntlm-store.ts';
import { addressOf, DAY, NOW, place, refused, unread, use } from './report-ntlm-place.ts';

t.test('a store that strangers have filled from many addresses is told as full', async (t) => {
  const { json, verdict, count } = await place(t);
  await count(DAY, ...Array.from({ length: NTLM_ROWS.refused + 3 }, (_, n) => refused('wrong_secret no_ticket', { address: addressOf(n) })));
  t.match(await json(), { safe: null, unlisted: { granted: { count: 0 }, refused: { count: 3, lastAt: NOW - DAY } } });
  t.match(await verdict(), /2000 wrong_secret\.\n\nThe table is full: 3 refused in the last year are not in it/);
});

t.test('one stranger with many names makes nothing unsafe, neither where NTLM is off nor as one of version 1', async (t) => {
  const names = Array.from({ length: NTLM_ROWS.refused + 50 }, (_, n) => `n${String(n)}`);
  const off = await place(t, { config: '' });
  await off.count(DAY, ...names.map((target) => refused('ntlm_disabled other_name', { ...unread, target })));
  t.match(await off.json(), {
    safe: null, why: /Not yet known: since 2026-10-26 12:00:00Z there were tries under other names that nobody vouched for/, needs: [],
    unvouched: [{ address: '192.0.2.1', cause: 'other_name', count: names.length }], unlisted: { refused: { count: 0 } },
  });
  t.match((await off.verdict()).split('\n').slice(1), ['', /^Refused under other names\. Anybody can send any name/,
    /^- somebody at 192\.0\.2\.1 \(2050 tries\): the client used another name than \[Server\] Hostname.*; let the client use/]);
  t.equal((await off.text()).split('\n').length, 1 + NTLM_ROWS_EACH.refused + 1 + 1 + 1 + 4, 'no more lines than its rows and one need');
  t.match(await off.text(), /^- +192\.0\.2\.1 +- +n19 /m);
  t.match(await off.text(), /^… +192\.0\.2\.1 +… +… +refused +ntlm_disabled other_name +2030 /m);
  t.match(await off.text(), /^…: further, different ones of a user or an address, counted together\.$/m);
  const on = await place(t);
  await on.count(DAY, ...names.map((user) => refused('ntlmv1_refused no_ticket', { user, workstation: user })));
  t.match(await on.json(), { safe: true, needs: [], broken: [{ address: '192.0.2.1', count: names.length }] });
  t.equal((await on.verdict()).split('\n').filter((line) => line.startsWith('- ')).length, 1);
});

t.test('tries under other names do not hide those under the right one, nor the other way round', async (t) => {
  const { json, verdict, count } = await place(t, { config: '' });
  await count(2 * DAY, refused('ntlm_disabled no_ticket', unread), refused('ntlm_disabled no_ticket', { ...unread, target: 'PRINT.myq.test' }));
  await count(DAY, refused('ntlm_disabled other_name', { ...unread, address: '192.0.2.66', target: 'shop.example' }));
  t.match(await json(), {
    safe: false, needs: [{ address: '192.0.2.1', cause: 'no_ticket', count: 2 }],
    unvouched: [{ address: '192.0.2.66', cause: 'other_name', target: 'shop.example', count: 1 }],
  });
  t.match(await verdict(), /Not safe.*:\n- somebody at 192\.0\.2\.1 \(2 tries\): .*\n\nRefused under other names\..*\n- somebody at 192\.0\.2\.66 \(1 try\): .*"shop\.example"/);
});

t.test('what a full address has tried further under the right name or by address is not safe', async (t) => {
  const { json, verdict, count } = await place(t, { config: '' });
  await count(DAY, ...Array.from({ length: 30 }, (_, n) => refused('ntlm_disabled other_name', { ...unread, target: String(n) })));
  t.match(await json(), { safe: null });
  await count(DAY, refused('ntlm_disabled no_ticket', unread));
  t.match(await json(), { safe: false, needs: [{ cause: '…', count: 11 }] });
  t.match(await verdict(), /\n- somebody at 192\.0\.2\.1 \(11 tries\): more of them, for different reasons, are counted together; begin with its other rows\n/);
});

t.test('no more than 100 lines of refused tries are printed; sign-ins all are', async (t) => {
  const { json, verdict, count } = await place(t);
  const lines = async (): Promise<readonly string[]> => (await verdict()).split('\n').filter((line) => line.startsWith('- '));
  await count(3 * DAY, ...Array.from({ length: 120 }, (_, n) => use({ user: `u${String(n)}@MYQ.TEST` })));
  await count(2 * DAY, refused('ntlm_disabled address_used', { ...unread, address: addressOf(1), target: '192.0.2.10' }));
  await count(DAY, ...Array.from({ length: 100 }, (_, n) => refused('ntlm_disabled no_ticket', { ...unread, address: addressOf(n) })));
  t.match((await lines())[220], /^- and 1 more of these addresses \(--json has them\)$/);
  await count(2 * DAY, refused('ntlm_disabled no_ticket', { ...unread, address: addressOf(100) }));
  t.match((await lines())[220], /^- and 1 more address \(--json has them\)$/);
  await count(2 * DAY, refused('ntlm_disabled no_ticket', { ...unread, address: addressOf(101) }));
  t.match((await lines())[220], /^- and 2 more addresses \(--json has them\)$/);
  t.equal((await lines()).length, 221);
  t.equal((await json()).needs.length, 223);
});

t.test('a user with many workstations has so many lines, and one for the others', async (t) => {
  const { verdict, count } = await place(t);
  await count(DAY, ...Array.from({ length: 60 }, (_, n) => use({ workstation: `W${String(n)}` })));
  const lines = (await verdict()).split('\n').filter((line) => line.startsWith('- '));
  t.equal(lines.length, NTLM_ROWS_EACH.granted + 1);
  t.ok(lines.some((line) => line.startsWith('- alice@MYQ.TEST at different addresses: the client used an IP address, for which there are no tickets; let')));
});

t.test('what clients have written is quoted and cannot end its quotation; a claimed name has its one backslash', async (t) => {
  const { text, verdict, count } = await place(t);
  await count(DAY, use({ workstation: 'x; cure: rm -rf', target: 'y); z' }), use({ workstation: 'a" at b: c' }));
  await count(DAY, refused('ntlmv1_refused no_ticket', { user: String.raw`MYQ\\eve" at`, address: '192.0.2.2' }));
  await count(DAY, refused('ntlmv1_refused no_ticket', { user: String.raw`MYQ\\u{202e}`, address: '192.0.2.3' }));
  await count(DAY, refused('wrong_secret no_ticket', { user: String.raw`MYQ\\alice` }));
  const lines = await verdict();
  t.match(lines, '- alice@MYQ.TEST on "x; cure: rm -rf" at 192.0.2.1: ');
  t.match(lines, '(it called "y); z"); let');
  t.match(lines, String.raw`on "a\u{22} at b: c" at 192.0.2.1`);
  t.match(lines, String.raw`- "MYQ\eve\u{22} at" on "WS1"? at 192.0.2.2 (1 try)`);
  t.match(lines, String.raw`- "MYQ\\u{202e}" on`, 'nor can it forge an escape');
  t.match(await text(), /^MYQ\\alice +192\.0\.2\.1 /m);
});
