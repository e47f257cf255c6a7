// The store contract's cases about who still uses NTLM.

import type { Test } from 'tap';
import { networkOf } from '../../src/identity/network.ts';
import { FURTHER, NTLM_ROWS, NTLM_ROWS_EACH, NTLM_YEAR, type NtlmUse, type NtlmUseRecord, type NtlmUses } from '../../src/stores/ntlm-store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleNtlmUse as use } from './samples.ts';

const DAY = 86_400;
const none = { count: 0, lastAt: 0 };

export function ntlmCases(t: Test, open: OpenBackend): void {
  counting(t, open);
  shares(t, open);
  bounds(t, open);
}

/** A try from an address of its own. */
const from = (n: number, change: Partial<NtlmUse> = {}): NtlmUse =>
  use({ outcome: 'refused', user: String(n), address: addressOf(n), ...change });
const addressOf = (n: number): string => `10.0.${String(n >> 8)}.${String(n & 255)}`;
const further = ({ uses }: NtlmUses): readonly NtlmUseRecord[] => uses.filter(({ isFurther }) => isFurther);

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
    t.strictSame(uses[0], { ...use(), isFurther: false, count: 2, firstAt: first, lastAt: now() }, 'the most recent one comes first');
    const plain = uses.slice(1)
      .map(({ count, firstAt, lastAt, isFurther: _, ...counted }) => [counted, count, firstAt === lastAt]);
    t.strictSame(plain.reverse(), others.map((change) => [use(change), 1, true]));
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

function shares(t: Test, open: OpenBackend): void {
  const EACH = NTLM_ROWS_EACH;

  t.test('further, different tries from one address are counted in one row of it, and what has a row is counted there still', async (t) => {
    const { one, two, now, tick } = await open(t);
    for (let n = 0; n < EACH.refused; n++) await one.countNtlm(use({ outcome: 'refused', target: String(n), reason: 'ntlm_disabled other_name' }));
    t.strictSame(further(await two.ntlmUses(0)), []);
    const first = now();
    for (const change of [{ target: 'x' }, { target: 'y' }, { user: 'z' }, { workstation: 'w' }, { target: 'x' }]) {
      await two.countNtlm(use({ outcome: 'refused', reason: 'ntlm_disabled other_name', ...change }));
    }
    tick(10);
    await one.countNtlm(use({ outcome: 'refused', target: '0', reason: 'ntlm_disabled other_name' }));
    await one.countNtlm(use({ outcome: 'refused', address: '192.0.2.2', target: 'x', reason: 'ntlm_disabled other_name' }));
    const found = await one.ntlmUses(0);
    t.equal(found.uses.length, EACH.refused + 2);
    t.strictSame(further(found), [{
      outcome: 'refused', user: FURTHER, address: '192.0.2.1', workstation: FURTHER, isWorkstationVerified: false, target: FURTHER,
      reason: 'ntlm_disabled other_name', isFurther: true, count: 5, firstAt: first, lastAt: first,
    }]);
    t.match(found.uses.find(({ target }) => target === '0'), { count: 2 });
    t.strictSame(found.unlisted, { granted: none, refused: none });
  });

  t.test('a client that writes the sign of further ones itself has an ordinary row', async (t) => {
    const { one, two } = await open(t);
    const posing = use({ outcome: 'refused', user: FURTHER, workstation: FURTHER, isWorkstationVerified: false, target: FURTHER });
    await one.countNtlm(posing);
    for (let n = 1; n <= EACH.refused; n++) await two.countNtlm(use({ outcome: 'refused', target: String(n) }));
    await one.countNtlm(posing);
    const { uses } = await one.ntlmUses(0);
    const alike = uses.filter(({ target }) => target === FURTHER);
    t.strictSame(alike.map(({ isFurther, count }) => [isFurther, count]).sort(), [[false, 2], [true, 1]]);
  });

  t.test('one network is a /64 of IPv6, and IPv4 in its IPv6 form is that IPv4 address', async (t) => {
    const { one, two } = await open(t);
    for (let n = 0; n < EACH.refused + 5; n++) {
      await one.countNtlm(from(0, { address: `2001:db8:0:1::${n.toString(16)}` }));
      await two.countNtlm(from(0, { address: `2001:DB8:0:${(n + 16).toString(16)}:1:2:3:4` }));
      await one.countNtlm(from(n, { address: n % 2 ? '::ffff:192.0.2.7' : '192.0.2.7' }));
      await two.countNtlm(from(n, { address: `fe80::1%eth${String(n)}` }));
      await two.countNtlm(from(0, { address: `::ffff:192.0.3.${String(n)}` }));
    }
    t.strictSame(further(await one.ntlmUses(0)).map(({ address, count }) => [address, count]).sort(),
      ['::ffff:192.0.2.7', '2001:db8:0:1::1', 'fe80::1%eth0'].map((address) => [networkOf(address), 5]), 'the networks of the limiter');
    t.equal(networkOf('2001:db8:0:1::1'), '2001:db8:0:1::/64');
  });

  t.test('further ones have the reason that they share, and NTLM that is off before any other', async (t) => {
    const { one, two } = await open(t);
    const reasons = [
      [['a x', 'a x'], 'a x'], [['a x', 'a y'], 'a …'], [['a x', 'b y'], '… …'], [['a x', 'a'], '…'],
      [['a x', 'ntlm_disabled y', 'b x'], 'ntlm_disabled y'],
      [['ntlm_disabled x', 'ntlm_disabled y', 'ntlm_disabled x'], 'ntlm_disabled …'], [['ntlm_disabled', 'ntlm_disabled_not y'], 'ntlm_disabled'],
    ] as const;
    for (const [n, [counted]] of reasons.entries()) {
      for (let m = 0; m < EACH.refused; m++) await one.countNtlm(from(n, { user: `first ${String(m)}` }));
      for (const [m, reason] of counted.entries()) await two.countNtlm(from(n, { user: `then ${String(m)}`, reason }));
    }
    const found = further(await one.ntlmUses(0));
    t.strictSame(reasons.map((_, n) => found.find(({ address }) => address === addressOf(n))?.reason), reasons.map(([, reason]) => reason));
  });

  t.test('a user who varies what he says has so many rows, too, and one more, wherever he is', async (t) => {
    const { one, two, now } = await open(t);
    for (let n = 0; n < EACH.granted + 7; n++) await (n % 2 ? one : two).countNtlm(use({ workstation: String(n), address: addressOf(n) }));
    await one.countNtlm(use({ user: 'bob@MYQ.TEST' }));
    const found = await one.ntlmUses(0);
    t.equal(found.uses.length, EACH.granted + 2);
    t.strictSame(further(found), [{
      ...use(), address: FURTHER, workstation: FURTHER, isWorkstationVerified: false, target: FURTHER,
      isFurther: true, count: 7, firstAt: now(), lastAt: now(),
    }]);
  });

  t.test('after a year without them an address has its rows again, and what was counted together begins anew', async (t) => {
    const { one, two, now, tick } = await open(t);
    const fill = async (reason: string): Promise<void> => {
      for (let n = 0; n < EACH.refused + 2; n++) await one.countNtlm(use({ outcome: 'refused', target: String(n), reason }));
    };
    await fill('old');
    tick(NTLM_YEAR);
    await fill('new');
    await two.countNtlm(use({ outcome: 'refused', target: '0', reason: 'old' }));
    const found = await two.ntlmUses(0);
    t.equal(found.uses.length, EACH.refused + 1, 'one that has expired does not come back beside the full ones');
    t.match(further(found), [{ count: 3, reason: FURTHER, firstAt: now() }]);
  });
}

function bounds(t: Test, open: OpenBackend): void {
  t.test('where all rows of refused tries are full, the one seen longest ago makes room, and sign-ins stay', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.countNtlm(use());
    await one.countNtlm(from(0));
    await one.countNtlm(from(1));
    await two.countNtlm(from(1));
    const begin = now();
    tick(10);
    for (let n = 2; n < NTLM_ROWS.refused; n++) await one.countNtlm(from(n));
    tick(10);
    await two.countNtlm(from(0));
    t.strictSame((await one.ntlmUses(0)).unlisted, { granted: none, refused: none });
    for (const n of [3000, 3000]) await two.countNtlm(from(n));
    const { uses, unlisted } = await one.ntlmUses(0);
    t.strictSame(unlisted, { granted: none, refused: { count: 2, lastAt: begin } }, 'that of 1, with both its tries and its time');
    t.equal(uses.filter(({ outcome }) => outcome === 'refused').length, NTLM_ROWS.refused);
    t.strictSame(['0', '1', '2', '3000'].map((name) => uses.find(({ user }) => user === name)?.count), [2, undefined, 1, 2]);
    t.match(uses.find(({ outcome }) => outcome === 'granted'), use());
    await two.countNtlm(from(3001));
    t.strictSame((await one.ntlmUses(0)).unlisted.refused, { count: 3, lastAt: begin + 10 });
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
    for (let n = 0; n <= NTLM_ROWS.refused; n++) await one.countNtlm(from(n));
    const begin = now();
    tick(NTLM_YEAR - 1);
    t.equal((await two.ntlmUses(0)).uses.length, NTLM_ROWS.refused);
    await two.countNtlm(from(7));
    t.match((await one.ntlmUses(0)).unlisted, { refused: { count: 1, lastAt: begin } });
    tick(1);
    t.match(await one.ntlmUses(0), { uses: [{ user: '7', count: 2 }], unlisted: { refused: none } });
    for (const n of [5000, 8]) await one.countNtlm(from(n));
    t.strictSame((await two.ntlmUses(0)).uses.map(({ user, count, firstAt }) => [user, count, firstAt === now()]).sort(),
      [['5000', 1, true], ['7', 2, false], ['8', 1, true]]);
    tick(NTLM_YEAR);
    t.strictSame(await two.ntlmUses(0), { watchedSince: undefined, uses: [], unlisted: { granted: none, refused: none } });
  });

  t.test('what is unlisted begins anew a year after its last time', async (t) => {
    const { one, two, now, tick } = await open(t);
    for (let n = 0; n < NTLM_ROWS.granted + 3; n++) await one.countNtlm(use({ user: String(n) }));
    t.strictSame((await two.ntlmUses(0)).unlisted.granted, { count: 3, lastAt: now() });
    tick(NTLM_YEAR - 1);
    for (let n = 0; n < NTLM_ROWS.granted; n++) await two.countNtlm(use({ user: String(n) }));
    tick(1);
    await one.countNtlm(use({ user: 'late' }));
    t.strictSame((await two.ntlmUses(0)).unlisted.granted, { count: 1, lastAt: now() });
  });
}
