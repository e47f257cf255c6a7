// The store contract's cases about who still uses NTLM.

import type { Test } from 'tap';
import { NTLM_ROWS, NTLM_YEAR, type NtlmUse } from '../../src/stores/ntlm-store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleNtlmUse as use } from './samples.ts';

const DAY = 86_400;
const none = { count: 0, lastAt: 0 };

export function ntlmCases(t: Test, open: OpenBackend): void {
  counting(t, open);
  bounds(t, open);
}

function counting(t: Test, open: OpenBackend): void {
  t.test('a use of NTLM is counted by all that tells it from another one, with its first and last time', async (t) => {
    const { one, two, now, tick } = await open(t);
    const others: readonly Partial<NtlmUse>[] = [
      { outcome: 'refused' }, { user: 'bob@MYQ.TEST' }, { user: '' }, { address: '2001:db8::1' }, { workstation: '' }, { workstation: 'ws1' },
      { isWorkstationVerified: false }, { target: '' }, { reason: 'Žluť 🖨️' },
    ];
    await one.countNtlm(use());
    const first = now();
    for (const change of others) {
      tick(10);
      await two.countNtlm(use(change));
    }
    tick(10);
    await two.countNtlm(use());
    const { uses } = await one.ntlmUses(0);
    t.strictSame(uses[0], { ...use(), count: 2, firstAt: first, lastAt: now() }, 'the most recent one comes first');
    t.strictSame(uses.slice(1).map(({ count, firstAt, lastAt, ...counted }) => [counted, count, firstAt === lastAt]).reverse(),
      others.map((change) => [use(change), 1, true]));
  });

  t.test('those asked for are those whose last time is not before', async (t) => {
    const { one, two, now, tick } = await open(t);
    const begin = now();
    for (const user of ['old', 'again', 'new']) {
      await one.countNtlm(use({ user }));
      tick(DAY);
    }
    await one.countNtlm(use({ user: 'again' }));
    const since = async (time: number): Promise<readonly string[]> => (await two.ntlmUses(time)).uses.map(({ user }) => user);
    t.strictSame(await since(begin), ['again', 'new', 'old']);
    t.strictSame(await since(begin + 1), ['again', 'new']);
    t.strictSame(await since(begin + 2 * DAY), ['again', 'new']);
    t.strictSame(await since(now()), ['again']);
    t.strictSame(await since(now() + 1), []);
  });

  t.test('of many at once, from both handles, none is lost', async (t) => {
    const { one, two } = await open(t);
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? one : two).countNtlm(use({ address: `192.0.2.${String(n % 4 < 2 ? 1 : 2)}` }))));
    t.strictSame((await one.ntlmUses(0)).uses.map(({ count }) => count), [20, 20]);
  });

  t.test('watching begins once, whoever notes it', async (t) => {
    const { one, two, now, tick } = await open(t);
    t.strictSame(await one.ntlmUses(0), { watchedSince: undefined, uses: [], unlisted: { granted: none, refused: none } });
    const begin = now();
    await Promise.all([one.watchNtlm(), two.watchNtlm()]);
    tick(2 * NTLM_YEAR);
    await two.watchNtlm();
    t.equal((await one.ntlmUses(now())).watchedSince, begin);
  });
}

function bounds(t: Test, open: OpenBackend): void {
  t.test('refused tries fill their own rows only, and what is there already is counted still', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.countNtlm(use());
    for (let n = 0; n < NTLM_ROWS.refused; n++) await one.countNtlm(use({ outcome: 'refused', user: String(n) }));
    tick(10);
    for (const user of ['more', 'yet more', 'more']) await two.countNtlm(use({ outcome: 'refused', user }));
    await two.countNtlm(use({ outcome: 'refused', user: '0' }));
    await two.countNtlm(use({ user: 'bob@MYQ.TEST' }));
    const { uses, unlisted } = await one.ntlmUses(0);
    t.strictSame(unlisted, { granted: none, refused: { count: 3, lastAt: now() } });
    t.equal(uses.filter(({ outcome }) => outcome === 'refused').length, NTLM_ROWS.refused);
    t.match(uses.find(({ user }) => user === '0'), { count: 2 });
    t.equal(uses.find(({ user }) => user === 'more'), undefined);
    t.strictSame(uses.filter(({ outcome }) => outcome === 'granted').map(({ user }) => user), ['bob@MYQ.TEST', 'alice@MYQ.TEST']);
  });

  t.test('sign-ins have so many rows, too, also when both handles fill the last one', async (t) => {
    const { one, two } = await open(t);
    for (let n = 1; n < NTLM_ROWS.granted; n++) await one.countNtlm(use({ user: String(n) }));
    await Promise.all(Array.from({ length: 10 }, (_, n) => (n % 2 ? one : two).countNtlm(use({ user: `race ${String(n)}` }))));
    await one.countNtlm(use({ outcome: 'refused' }));
    const { uses, unlisted } = await two.ntlmUses(0);
    t.equal(uses.length, NTLM_ROWS.granted + 1);
    t.match(unlisted, { granted: { count: 9 }, refused: none });
  });

  t.test('what was not seen for a year is forgotten and makes room, and begins anew when it is seen again', async (t) => {
    const { one, two, now, tick } = await open(t);
    for (let n = 0; n <= NTLM_ROWS.refused; n++) await one.countNtlm(use({ outcome: 'refused', user: String(n) }));
    tick(NTLM_YEAR - 1);
    t.equal((await two.ntlmUses(0)).uses.length, NTLM_ROWS.refused);
    await two.countNtlm(use({ outcome: 'refused', user: 'kept' }));
    await two.countNtlm(use({ outcome: 'refused', user: '7' }));
    t.match((await one.ntlmUses(0)).unlisted, { refused: { count: 2 } });
    tick(1);
    t.match(await one.ntlmUses(0), { uses: [{ user: '7', count: 2 }], unlisted: { refused: { count: 2, lastAt: now() - 1 } } });
    for (const user of ['new', '8']) await one.countNtlm(use({ outcome: 'refused', user }));
    t.strictSame((await two.ntlmUses(0)).uses.map(({ user, count, firstAt }) => [user, count, firstAt === now()]).sort(),
      [['7', 2, false], ['8', 1, true], ['new', 1, true]]);
    tick(NTLM_YEAR);
    t.strictSame(await two.ntlmUses(0), { watchedSince: undefined, uses: [], unlisted: { granted: none, refused: none } });
  });
}
