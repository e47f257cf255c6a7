// Who holds which helper: nobody can keep others from them, however many first messages he sends, and nobody waits without end.

import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { leases, type Lease, type LeaseOptions, type Leases } from '../../../src/mechanisms/ntlm/leases.ts';

interface Thing {
  readonly name: string;
  isReady: boolean;
}

interface Taking {
  readonly place: string;
  /** Undefined while it waits; 'busy' if it was turned away. */
  got: Lease<Thing> | 'busy' | undefined;
}

interface Site {
  readonly things: readonly Thing[];
  readonly set: Leases<Thing>;
  /** Asks, and gives what has become of it. */
  take(place: string): Promise<Taking>;
  /** Takes one, which then rests. */
  rest(place: string): Promise<Lease<Thing>>;
  pass(milliseconds: number): Promise<void>;
}

function site(t: Test, count: number, options: Partial<LeaseOptions<Thing>> = {}): Site {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => { mock.timers.reset(); });
  let time = 0;
  const things = Array.from({ length: count }, (_, n): Thing => ({ name: `helper ${String(n)}`, isReady: false }));
  const set = leases({ all: things, isReady: ({ isReady }) => isReady, wait: 1000, queue: 8, safe: 300, now: () => time, ...options });
  const settled = async (): Promise<void> => { for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate); };
  const take: Site['take'] = async (place) => {
    const taking: Taking = { place, got: undefined };
    void set.take(place).then((lease) => { taking.got = lease ?? 'busy'; });
    await settled();
    return taking;
  };
  return {
    things, set, take,
    rest: async (place) => {
      const { got } = await take(place);
      if (typeof got !== 'object') throw new Error(`${place} got nothing`);
      got.rest();
      return got;
    },
    pass: async (milliseconds) => {
      for (let passed = 0; passed < milliseconds; passed += 5) {
        time += 5;
        mock.timers.tick(5);
        await settled();
      }
    },
  };
}

const isGiven = ({ got }: Taking): boolean => typeof got === 'object';

t.test('each is held by one, and the one used last is taken first, unless it is not ready', async (t) => {
  const { things, take } = site(t, 3);
  const [one, two, three] = [await take('a'), await take('b'), await take('c')].map(({ got }) => got as Lease<Thing>);
  t.strictSame(new Set([one?.held, two?.held, three?.held]), new Set(things));
  one?.[Symbol.dispose]();
  two?.[Symbol.dispose]();
  t.equal(((await take('a')).got as Lease<Thing>).held, two?.held);
  three?.[Symbol.dispose]();
  (one as Lease<Thing>).held.isReady = true;
  t.equal(((await take('a')).got as Lease<Thing>).held, one?.held, 'a ready one before one that must be started');
});

t.test('while all work, the next waits until one is given back, in the order of coming', async (t) => {
  const { take, pass } = site(t, 1);
  const first = await take('a');
  const [second, third] = [await take('b'), await take('c')];
  await pass(500);
  t.notOk(isGiven(second), 'what works is never taken away, however long');
  (first.got as Lease<Thing>)[Symbol.dispose]();
  await pass(5);
  t.ok(isGiven(second));
  t.notOk(isGiven(third));
  (second.got as Lease<Thing>)[Symbol.dispose]();
  await pass(5);
  t.ok(isGiven(third));
});

t.test('whoever waits too long is turned away, and gets nothing later', async (t) => {
  const { take, pass } = site(t, 1);
  const first = await take('a');
  const second = await take('b');
  await pass(995);
  t.equal(second.got, undefined);
  await pass(5);
  t.equal(second.got, 'busy');
  (first.got as Lease<Thing>)[Symbol.dispose]();
  t.ok(isGiven(await take('c')));
});

t.test('a lease that rests is taken away from whoever has the most, its oldest first', async (t) => {
  const { rest, take, pass } = site(t, 4);
  const greedy = [await rest('greedy'), await rest('greedy'), await rest('greedy')];
  const honest = await rest('honest');
  await pass(150);
  const other = await take('other');
  t.ok(isGiven(other), 'at once');
  t.strictSame(greedy.map((lease) => lease.resume()), [false, true, true]);
  t.ok(honest.resume());
  t.equal((other.got as Lease<Thing>).held, greedy[0]?.held);
});

t.test('a place that has one only is safe from others for 300 ms', async (t) => {
  const { rest, take, pass } = site(t, 2);
  const [one, two] = [await rest('one'), await rest('two')];
  await pass(100);
  const third = await take('three');
  await pass(190);
  t.notOk(isGiven(third));
  await pass(20);
  t.ok(isGiven(third));
  t.strictSame([one.resume(), two.resume()], [false, true]);
});

t.test('a place that has the most takes its own, and others keep theirs', async (t) => {
  const { rest, take, pass } = site(t, 3);
  const own = [await rest('terminal server'), await rest('terminal server')];
  const other = await rest('other');
  await pass(150);
  const next = await take('terminal server');
  await pass(140);
  t.notOk(isGiven(next), 'its own people get the time to answer');
  await pass(20);
  t.ok(isGiven(next));
  t.strictSame(own.map((lease) => lease.resume()), [false, true]);
  t.ok(other.resume());
});

t.test('many people at one address get through one after the other, none loses what he has', async (t) => {
  const { take, pass } = site(t, 2, { queue: 100 });
  const all = await Promise.all(Array.from({ length: 30 }, () => take('terminal server')));
  const done = new Set<Taking>();
  for (let round = 0; round < 40 && done.size < all.length; round++) {
    const holding = all.filter((one) => isGiven(one) && !done.has(one));
    for (const { got } of holding) (got as Lease<Thing>).rest();
    await pass(20);
    for (const one of holding) {
      t.ok((one.got as Lease<Thing>).resume());
      done.add(one);
      (one.got as Lease<Thing>)[Symbol.dispose]();
    }
    await pass(5);
  }
  t.equal(done.size, 30);
});

t.test('one stranger who sends first messages without end keeps nobody out', async (t) => {
  const { set, take, pass } = site(t, 4, { queue: 64 });
  let turnedAway = 0;
  const flood = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) void set.take('stranger').then((lease) => {
      if (lease === undefined) turnedAway++;
      else lease.rest();
    });
    await pass(5);
  };
  for (let round = 0; round < 20; round++) await flood();
  for (let person = 0; person < 10; person++) {
    const honest = await take('honest');
    for (let round = 0; round < 30 && !isGiven(honest); round++) await flood();
    if (!t.ok(isGiven(honest), 'got one within 150 ms')) return;
    const lease = honest.got as Lease<Thing>;
    lease.rest();
    for (let round = 0; round < 40; round++) await flood();
    t.ok(lease.resume(), 'and keeps it for 200 ms');
    lease[Symbol.dispose]();
  }
  t.ok(turnedAway > 0);
});

t.test('150 networks with one first message each do not use up the time that the next one may wait', async (t) => {
  const { rest, take, pass } = site(t, 4, { queue: 256 });
  for (let n = 0; n < 4; n++) await rest(`early ${String(n)}`);
  const strangers = await Promise.all(Array.from({ length: 146 }, (_, n) => take(`stranger ${String(n)}`)));
  const bob = await take('bob');
  const resting = new Set<Taking>();
  const order: number[] = [];
  for (let passed = 0; passed < 1000 && !isGiven(bob); passed += 5) {
    await pass(5);
    for (const [n, one] of strangers.entries()) {
      if (!isGiven(one) || resting.has(one)) continue;
      resting.add(one);
      order.push(n);
      (one.got as Lease<Thing>).rest();
    }
  }
  t.ok(isGiven(bob), 'he is served in time');
  t.strictSame(order, [...strangers.keys()], 'and nobody before those who came before him');
});

t.test('however many places wait, a client at hand has the time to answer', async (t) => {
  const { rest, take, pass } = site(t, 1, { queue: 256 });
  const lease = await rest('bob');
  await Promise.all(Array.from({ length: 150 }, (_, n) => take(`stranger ${String(n)}`)));
  await pass(15);
  t.ok(lease.resume());
});

t.test('in a full queue the place with the most loses its last, not the one that comes', async (t) => {
  const { take, pass } = site(t, 1, { queue: 3 });
  const working = await take('x');
  const greedy = [await take('greedy'), await take('greedy'), await take('greedy')];
  const honest = await take('honest');
  t.strictSame(greedy.map(({ got }) => got), [undefined, undefined, 'busy']);
  t.equal(honest.got, undefined);
  t.equal((await take('greedy')).got, 'busy', 'another of them is the last himself');
  (working.got as Lease<Thing>)[Symbol.dispose]();
  await pass(5);
  t.ok(isGiven(greedy[0] as Taking), 'the first who came');
});

t.test('of those who wait, whoever holds less is first', async (t) => {
  const { take, pass } = site(t, 2);
  const [one] = [await take('a'), await take('b')];
  const [moreOfB, none] = [await take('b'), await take('c')];
  (one.got as Lease<Thing>)[Symbol.dispose]();
  await pass(5);
  t.ok(isGiven(none));
  t.notOk(isGiven(moreOfB));
});

t.test('what was given back, or taken away, is not given back again', async (t) => {
  const { rest, take, pass } = site(t, 1);
  const lost = await rest('a');
  await pass(300);
  const { got } = await take('b');
  t.ok(got);
  lost[Symbol.dispose]();
  const third = await take('c');
  t.notOk(isGiven(third), 'b works with it');
  (got as Lease<Thing>)[Symbol.dispose]();
  (got as Lease<Thing>)[Symbol.dispose]();
  await pass(5);
  t.ok(isGiven(third));
  t.notOk((got as Lease<Thing>).resume());
  t.notOk(isGiven(await take('d')));
});

t.test('a lease that rested and works again is not taken away', async (t) => {
  const { rest, take, pass } = site(t, 1);
  const lease = await rest('a');
  await pass(400);
  t.ok(lease.resume());
  const other = await take('b');
  await pass(900);
  t.notOk(isGiven(other));
});

t.test('closing turns away whoever waits', async (t) => {
  const { set, take, pass } = site(t, 1);
  await take('a');
  const waiting = [await take('b'), await take('c')];
  set.close();
  await pass(5);
  t.strictSame(waiting.map(({ got }) => got), ['busy', 'busy']);
});
