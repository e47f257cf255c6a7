// Turns at the check of secrets: one place cannot take all of it, neither from others nor from the gateway.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { alicePassword, CARD, PASSWORD, PIN, site } from './password-site.ts';

/** A site whose passwords are compared only when the test lets them; the wrong ones of it are slow, too. */
async function slowSite(t: Test) {
  const gates: (() => void)[] = [];
  const seen = { running: 0, most: 0 };
  const { check } = await site(t, {
    verify: async (password) => {
      if (password === 'quick') return true;
      seen.most = Math.max(seen.most, ++seen.running);
      await new Promise<void>((resolve) => { gates.push(resolve); });
      seen.running--;
      return password === PASSWORD;
    },
  });
  /** Gives whatever has begun, or begins meanwhile, the time to come to its gate. */
  const settled = async (): Promise<void> => { for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate); };
  /** Opens all gates until so many were opened. */
  const release = async (count: number): Promise<void> => {
    for (let opened = 0; opened < count;) {
      await settled();
      for (const open of gates.splice(0, count - opened)) {
        open();
        opened++;
      }
    }
    await settled();
  };
  return { check, seen, settled, release };
}

const PLACE = '192.0.2.1';

t.test('of one place four are checked at once, and 48 wait', async (t) => {
  const { check, seen, settled, release } = await slowSite(t);
  const all = Array.from({ length: 52 }, () => check(alicePassword(PASSWORD), PLACE));
  await settled();
  t.equal(seen.running, 4);
  await t.rejects(check(alicePassword(PASSWORD), PLACE), UnavailableError, 'the 53rd is turned away at once');
  t.equal(seen.running, 4, 'and was not looked at');
  await release(52);
  t.strictSame((await Promise.all(all)).filter(({ kind }) => kind !== 'proved'), []);
  t.equal(seen.most, 4);
  t.match(await check(alicePassword('quick'), PLACE), { kind: 'proved' }, 'afterwards there is room again');
});

t.test('what one place has under way does not delay another', async (t) => {
  const { check, seen, settled, release } = await slowSite(t);
  const all = Array.from({ length: 52 }, () => check(alicePassword(PASSWORD), PLACE));
  await settled();
  for (const address of ['192.0.2.2', '2001:db8::1', '::ffff:192.0.2.3']) {
    t.match(await check(alicePassword('quick'), address), { kind: 'proved' }, address);
    t.match(await check({ kind: 'pin', pin: PIN }, address), { kind: 'proved' }, address);
  }
  t.equal(seen.running, 4, 'they are still under way');
  await release(52);
  await Promise.all(all);
});

t.test('a place is an IPv4 address, however it is written, or a /64 of IPv6', async (t) => {
  for (const [one, same, other] of [[PLACE, `::ffff:${PLACE}`, '192.0.2.2'], ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '2001:db8:1:3::1']] as const) {
    const { check, settled, release } = await slowSite(t);
    const all = Array.from({ length: 52 }, (_, index) => check(alicePassword(PASSWORD), index % 2 === 0 ? one : same));
    await settled();
    for (const address of [one, same]) await t.rejects(check(alicePassword('quick'), address), UnavailableError, address);
    t.match(await check(alicePassword('quick'), other), { kind: 'proved' }, other);
    await release(52);
    await Promise.all(all);
  }
});

t.test('secrets without a slow check wait, too: they are looked up in the same store', async (t) => {
  const { check, settled, release } = await slowSite(t);
  const all = Array.from({ length: 52 }, () => check(alicePassword(PASSWORD), PLACE));
  await settled();
  for (const credential of [{ kind: 'pin', pin: PIN }, { kind: 'card', card: CARD }, { kind: 'pin-or-card', text: PIN }] as const) {
    await t.rejects(check(credential, PLACE), UnavailableError, credential.kind);
  }
  await release(52);
  await Promise.all(all);
});

t.test('a check that is turned away counts for nobody', async (t) => {
  const { check, settled, release } = await slowSite(t);
  const all = Array.from({ length: 52 }, () => check(alicePassword(PASSWORD), PLACE));
  await settled();
  for (let tries = 0; tries < 60; tries++) await t.rejects(check(alicePassword('wrong'), PLACE), UnavailableError);
  await release(52);
  await Promise.all(all);
  t.match(await check(alicePassword('quick'), PLACE), { kind: 'proved' });
});
