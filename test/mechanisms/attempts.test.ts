// The limiter: what it counts, what it takes back, and what counts as one place.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { networkOf } from '../../src/identity/network.ts';
import { attemptLimiter, type Attempt, type Paused, type Try } from '../../src/mechanisms/attempts.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';

const address = '192.0.2.1';
const secret = 'password' as const;

function setUp(t: Test) {
  const clock = { now: 1_700_000_000 };
  const store = openSqlite(':memory:', { now: () => clock.now });
  t.teardown(() => store.close());
  const limiter = attemptLimiter({ store, attempts: 2, minutes: 1 });
  /** Makes tries that fail, and answers how many were allowed. */
  const fail = async (times: number, attempt: Attempt): Promise<number> => {
    const tries = await Promise.all(Array.from({ length: times }, () => limiter.begin(attempt)));
    return tries.filter(({ kind }) => kind === 'try').length;
  };
  return { clock, store, limiter, fail };
}

/** Tries through a client from more and more addresses. */
async function failThrough(clientId: string, fail: (times: number, attempt: Attempt) => Promise<number>): Promise<number> {
  let through = 0;
  for (let host = 1; host <= 100; host++) through += await fail(1, { address: `203.0.113.${String(host)}`, clientId });
  return through;
}

const allowed = (answer: Try | Paused): Try => {
  if (answer.kind === 'paused') throw new Error(`${answer.whom} is paused`);
  return answer;
};

t.test('as many tries as are allowed fail for a user, from wherever and in parallel; others go on', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(5, { user: 'a', secret, address }), 2);
  t.equal(await fail(1, { user: 'a', secret, address: '198.51.100.1' }), 0);
  t.equal(await fail(1, { user: 'b', secret, address }), 1);
});

t.test('ten times as many fail from an address, and forty times through a client', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(25, { address }), 20);
  t.equal(await fail(1, { user: 'fresh', secret, address }), 0);
  t.equal(await fail(1, { user: 'fresh', secret, address: '192.0.2.2' }), 1);
  let throughClient = 0;
  for (let host = 1; host <= 100; host++) throughClient += await fail(1, { address: `198.51.100.${String(host)}`, clientId: 'terminal' });
  t.equal(throughClient, 80);
  t.equal(await fail(1, { address: '203.0.113.1', clientId: 'other' }), 1);
});

t.test('a try that was refused is not counted anywhere, and a pause ends after the last try that was', async (t) => {
  const { clock, fail } = setUp(t);
  await fail(1, { user: 'a', secret, address });
  clock.now += 59;
  t.equal(await fail(30, { user: 'a', secret, address }), 1);
  clock.now += 59;
  t.equal(await fail(1, { user: 'a', secret, address }), 0);
  t.equal(await fail(25, { user: undefined, address }), 20, 'the address began anew a minute after its first try');
  clock.now += 1;
  t.equal(await fail(1, { user: 'a', secret, address: '198.51.100.1' }), 1);
});

t.test('success forgets the user\'s failures and only this try of address and client', async (t) => {
  const { limiter, fail } = setUp(t);
  const attempt = { user: 'a', secret, address, clientId: 'terminal' };
  await fail(1, attempt);
  await allowed(await limiter.begin(attempt)).succeeded();
  t.equal(await fail(5, attempt), 2, 'the user begins anew');
  t.equal(await fail(25, { address }), 17, 'three failures of the address stay');
  t.equal(await failThrough('terminal', fail), 77, 'and of the client');
});

t.test('a right PIN does not forgive wrong passwords, and a pause by one of them is one for the other', async (t) => {
  const { limiter, fail } = setUp(t);
  await fail(1, { user: 'a', secret, address });
  await allowed(await limiter.begin({ user: 'a', secret: 'pin', address })).succeeded();
  await allowed(await limiter.begin({ user: 'a', address })).succeeded();
  t.equal(await fail(5, { user: 'a', secret, address }), 1);
  for (const one of ['pin', 'password', undefined] as const) {
    t.strictSame(await limiter.begin({ user: 'a', secret: one, address }), { kind: 'paused', whom: 'user' });
  }
});

t.test('right tries do not keep the failures of an address alive', async (t) => {
  const { clock, limiter, fail } = setUp(t);
  t.equal(await fail(19, { address }), 19);
  for (let times = 0; times < 3; times++) {
    clock.now += 20;
    await allowed(await limiter.begin({ user: 'a', secret, address })).succeeded();
  }
  t.equal(await fail(25, { address }), 20);
});

t.test('it tells who is paused', async (t) => {
  const { limiter, fail } = setUp(t);
  await fail(25, { address });
  t.strictSame(await limiter.begin({ user: 'a', secret, address }), { kind: 'paused', whom: 'address' });
  await failThrough('terminal', fail);
  t.strictSame(await limiter.begin({ address: '198.51.100.9', clientId: 'terminal' }), { kind: 'paused', whom: 'client' });
});

t.test('a try that was abandoned is as if it had never been', async (t) => {
  const { limiter, fail } = setUp(t);
  const attempt = { user: 'a', secret, address, clientId: 'terminal' };
  await fail(1, attempt);
  for (let times = 0; times < 5; times++) await allowed(await limiter.begin(attempt)).abandoned();
  t.equal(await fail(5, attempt), 1);
  t.equal(await fail(25, { address }), 18);
  t.equal(await failThrough('terminal', fail), 78);
});

t.test('a user, an address and a client of the same text are three counters, and a huge text is one', async (t) => {
  const { fail } = setUp(t);
  t.equal(await fail(5, { user: address, secret, address: 'x' }), 2);
  t.equal(await fail(25, { address }), 20);
  t.equal(await failThrough(address, fail), 80);
  t.equal(await fail(5, { user: 'x'.repeat(1_000_000), secret, address: 'z' }), 2);
});

t.test('a store that is out is thrown', async (t) => {
  const { store, limiter } = setUp(t);
  const attempt = allowed(await limiter.begin({ user: 'a', secret, address }));
  await store.close();
  await t.rejects(limiter.begin({ user: 'a', secret, address }), UnavailableError);
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
