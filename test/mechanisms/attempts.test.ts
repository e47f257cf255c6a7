// The limiter: what it counts, what it takes back, and what counts as one place.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { attemptLimiter, networkOf, type Attempt } from '../../src/mechanisms/attempts.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';

const address = '192.0.2.1';

function setUp(t: Test) {
  const clock = { now: 1_700_000_000 };
  const store = openSqlite(':memory:', { now: () => clock.now });
  t.teardown(() => store.close());
  const limiter = attemptLimiter({ store, attempts: 2, minutes: 1 });
  /** Makes tries that fail, and answers how many were allowed. */
  const fail = async (times: number, attempt: Attempt): Promise<number> => {
    const tries = await Promise.all(Array.from({ length: times }, () => limiter.begin(attempt)));
    return tries.filter((one) => one !== undefined).length;
  };
  return { clock, store, limiter, fail };
}

t.test('as many tries as are allowed fail for a user, from wherever and in parallel; others go on', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(5, { user: 'a', address }), 2);
  t.equal(await fail(1, { user: 'a', address: '198.51.100.1' }), 0);
  t.equal(await fail(1, { user: 'b', address }), 1);
});

t.test('ten times as many fail from an address, and through a client', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(25, { address }), 20);
  t.equal(await fail(1, { user: 'fresh', address }), 0);
  t.equal(await fail(1, { user: 'fresh', address: '192.0.2.2' }), 1);
  let throughClient = 0;
  for (let host = 1; host <= 25; host++) throughClient += await fail(1, { address: `198.51.100.${String(host)}`, clientId: 'terminal' });
  t.equal(throughClient, 20);
  t.equal(await fail(1, { address: '203.0.113.1', clientId: 'other' }), 1);
});

t.test('a try that was refused is not counted anywhere, and a pause ends after the last try that was', async (t) => {
  const { clock, fail } = setUp(t);
  await fail(1, { user: 'a', address });
  clock.now += 59;
  t.equal(await fail(30, { user: 'a', address }), 1);
  clock.now += 59;
  t.equal(await fail(1, { user: 'a', address }), 0);
  t.equal(await fail(25, { user: undefined, address }), 18, 'two of twenty were used up');
  clock.now += 1;
  t.equal(await fail(1, { user: 'a', address: '198.51.100.1' }), 1);
});

t.test('success forgets the user\'s failures and only this try of address and client', async (t) => {
  const { limiter, fail } = setUp(t);
  const attempt = { user: 'a', address, clientId: 'terminal' };
  await fail(1, attempt);
  await (await limiter.begin(attempt))?.succeeded();
  t.equal(await fail(5, attempt), 2, 'the user begins anew');
  t.equal(await fail(25, { address }), 17, 'three failures of the address stay');
  t.equal(await fail(25, { address: '198.51.100.1', clientId: 'terminal' }), 17, 'and of the client');
});

t.test('a try that was abandoned is as if it had never been', async (t) => {
  const { limiter, fail } = setUp(t);
  const attempt = { user: 'a', address, clientId: 'terminal' };
  await fail(1, attempt);
  for (let times = 0; times < 5; times++) await (await limiter.begin(attempt))?.abandoned();
  t.equal(await fail(5, attempt), 1);
  t.equal(await fail(25, { address }), 18);
  t.equal(await fail(25, { address: '198.51.100.1', clientId: 'terminal' }), 18);
});

t.test('a user, an address and a client of the same text are three counters, and a huge text is one', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(5, { user: address, address: 'x' }), 2);
  t.equal(await fail(25, { address }), 20);
  t.equal(await fail(25, { address: 'y', clientId: address }), 20);
  t.equal(await fail(5, { user: 'x'.repeat(1_000_000), address: 'z' }), 2);
});

t.test('a store that is out is thrown', async (t) => {
  const { store, limiter } = setUp(t);
  const attempt = await limiter.begin({ user: 'a', address });
  if (attempt === undefined) throw new Error('it was the first');
  await store.close();
  await t.rejects(limiter.begin({ user: 'a', address }), UnavailableError);
  await t.rejects(attempt.succeeded(), UnavailableError);
});

t.test('an IPv4 address in IPv6 clothes is one, and of an IPv6 address its /64 counts', async (t) => {
  for (const [from, network] of [
    ['192.0.2.1', '192.0.2.1'], ['::ffff:192.0.2.1', '192.0.2.1'], ['::FFFF:c000:0201', '192.0.2.1'], ['0:0:0:0:0:ffff:c000:201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'], ['2001:DB8:0001:2::', '2001:db8:1:2::/64'], ['2001:db8:1:2::192.0.2.1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'], ['::1', '0:0:0:0::/64'], ['::', '0:0:0:0::/64'], ['::192.0.2.1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'], ['1::8', '1:0:0:0::/64'], ['', ''], ['unknown', 'unknown'], ['192.0.2.1:80', '192.0.2.1:80'],
  ] as const) t.equal(networkOf(from), network, from);
});

t.test('all of a /64 share one limit, and its neighbour has another', async (t) => {
  const { fail } = setUp(t);
  let allowed = 0;
  for (let host = 1; host <= 25; host++) allowed += await fail(1, { address: `2001:db8::${host.toString(16)}` });
  t.equal(allowed, 20);
  t.equal(await fail(1, { address: '2001:db8:0:1::1' }), 1);
});
