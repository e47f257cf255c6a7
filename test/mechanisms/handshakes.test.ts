// Half-open handshakes: one for each connection, for a short time, up to a limit, each disposed exactly once.

import { mock } from 'node:test';
import t from 'tap';
import { handshakes, type HandshakeOptions, type Handshakes } from '../../src/mechanisms/handshakes.ts';
import type { Leg } from '../../src/mechanisms/mechanism.ts';
import { exec } from '../realm/exec.ts';

interface CountedLeg extends Leg {
  readonly disposed: number;
}

function leg(): CountedLeg {
  let disposed = 0;
  return { mechanism: 'test', get disposed() { return disposed; }, [Symbol.dispose]: () => { disposed++; } };
}

const address = '192.0.2.1';
const open = (options: Partial<HandshakeOptions> = {}): Handshakes =>
  handshakes({ lifetime: 10_000, limit: 10, limitPerAddress: 10, ...options });

t.test('a leg is given back once, to its own connection, undisposed', async (t) => {
  const set = open();
  const [one, two, kept] = [{}, {}, leg()];
  t.equal(set.take(one), undefined);
  t.equal(set.keep(one, kept, address), true);
  t.equal(set.open, 1);
  t.equal(set.take(two), undefined);
  t.equal(set.take({}), undefined, 'an object that looks the same is another connection');
  t.equal(set.take(one), kept);
  t.equal(set.take(one), undefined);
  t.equal(set.open, 0);
  t.equal(kept.disposed, 0);
});

t.test('a second leg on a connection replaces the first, which is disposed', async (t) => {
  const set = open({ limit: 1, limitPerAddress: 1 });
  const [connection, first, second] = [{}, leg(), leg()];
  set.keep(connection, first, address);
  t.equal(set.keep(connection, second, address), true, 'at the limit, too: it frees its own place');
  t.strictSame([first.disposed, second.disposed, set.open], [1, 0, 1]);
  t.equal(set.take(connection), second);
});

for (const [what, options] of [['the limit', { limit: 3 }], ['the limit of its address', { limitPerAddress: 3 }]] as const) {
  t.test(`past ${what} a leg is not kept, and disposed at once; the others stay`, async (t) => {
    const set = open(options);
    const connections = Array.from({ length: 5 }, () => ({}));
    const legs = connections.map(leg);
    const kept = connections.map((connection, n) => set.keep(connection, legs[n] as Leg, address));
    t.strictSame(kept, [true, true, true, false, false]);
    t.strictSame(legs.map(({ disposed }) => disposed), [0, 0, 0, 1, 1]);
    t.equal(set.open, 3);
    set.take(connections[0] as object);
    t.equal(set.keep(connections[3] as object, leg(), address), true, 'a place that got free is taken');
    for (const connection of connections) set.take(connection);
    t.equal(set.open, 0);
  });
}

t.test('an address that has all its places leaves those of the others', async (t) => {
  const set = open({ limit: 5, limitPerAddress: 2 });
  const keep = (from: string): boolean => set.keep({}, leg(), from);
  t.strictSame(['a', 'a', 'a', 'b', 'b', 'b'].map(keep), [true, true, false, true, true, false]);
  t.strictSame([keep('c'), keep('c'), set.open], [true, false, 5], 'but all together have no more than there are');
});

t.test('a leg is alive until its time is over, then disposed and gone', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => { mock.timers.reset(); });
  const set = open({ lifetime: 30, limitPerAddress: 1 });
  const [connection, late] = [{}, leg()];
  set.keep(connection, late, address);
  mock.timers.tick(29);
  t.strictSame([late.disposed, set.open], [0, 1]);
  mock.timers.tick(1);
  t.strictSame([late.disposed, set.open, set.take(connection)], [1, 0, undefined]);
  t.equal(set.keep({}, leg(), address), true, 'and its place is free');
});

t.test('the time of a leg begins when it is kept, and ends when it is taken', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.teardown(() => { mock.timers.reset(); });
  const set = open({ lifetime: 60 });
  const [connection, first, second, third] = [{}, leg(), leg(), leg()];
  set.keep(connection, first, address);
  mock.timers.tick(40);
  set.keep(connection, second, address);
  t.equal(first.disposed, 1);
  mock.timers.tick(35);
  t.equal(second.disposed, 0, 'the first one\'s clock does not end the second');
  t.equal(set.take(connection), second);
  set.keep(connection, third, address);
  mock.timers.tick(59);
  t.equal(second.disposed, 0, 'what was taken is its taker\'s');
  t.equal(set.take(connection), third);
  mock.timers.tick(3_600_000);
  t.strictSame([first.disposed, second.disposed, third.disposed], [1, 0, 0]);
});

t.test('open handshakes do not keep the process alive', async (t) => {
  const module = new URL('../../src/mechanisms/handshakes.ts', import.meta.url).href;
  const script = `
    import { handshakes } from ${JSON.stringify(module)};
    const set = handshakes({ lifetime: 3_600_000, limit: 2, limitPerAddress: 2 });
    set.keep({}, { mechanism: 'test', [Symbol.dispose]: () => {} }, '192.0.2.1');
    console.log(set.open);`;
  t.equal(await exec(process.execPath, ['--input-type=module', '--eval', script], { deadline: 15_000 }), '1\n', 'it ends by itself');
});
