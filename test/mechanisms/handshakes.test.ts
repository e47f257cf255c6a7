// Half-open handshakes: one for each connection, for a short time, up to a limit, each disposed exactly once.

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { handshakes } from '../../src/mechanisms/handshakes.ts';
import type { Leg } from '../../src/mechanisms/mechanism.ts';

interface CountedLeg extends Leg {
  readonly disposed: number;
}

function leg(): CountedLeg {
  let disposed = 0;
  return { mechanism: 'test', get disposed() { return disposed; }, [Symbol.dispose]: () => { disposed++; } };
}

t.test('a leg is given back once, to its own connection, undisposed', async (t) => {
  const set = handshakes({ lifetime: 10_000, limit: 10 });
  const [one, two, kept] = [{}, {}, leg()];
  t.equal(set.take(one), undefined);
  t.equal(set.keep(one, kept), true);
  t.equal(set.open, 1);
  t.equal(set.take(two), undefined);
  t.equal(set.take({}), undefined, 'an object that looks the same is another connection');
  t.equal(set.take(one), kept);
  t.equal(set.take(one), undefined);
  t.equal(set.open, 0);
  t.equal(kept.disposed, 0);
});

t.test('a second leg on a connection replaces the first, which is disposed', async (t) => {
  const set = handshakes({ lifetime: 10_000, limit: 1 });
  const [connection, first, second] = [{}, leg(), leg()];
  set.keep(connection, first);
  t.equal(set.keep(connection, second), true, 'at the limit, too: it frees its own place');
  t.strictSame([first.disposed, second.disposed, set.open], [1, 0, 1]);
  t.equal(set.take(connection), second);
});

t.test('past the limit a leg is not kept, and disposed at once; the others stay', async (t) => {
  const set = handshakes({ lifetime: 10_000, limit: 3 });
  const connections = Array.from({ length: 5 }, () => ({}));
  const legs = connections.map(leg);
  t.strictSame(connections.map((connection, n) => set.keep(connection, legs[n] as Leg)), [true, true, true, false, false]);
  t.strictSame(legs.map(({ disposed }) => disposed), [0, 0, 0, 1, 1]);
  t.equal(set.open, 3);
  set.take(connections[0] as object);
  t.equal(set.keep(connections[3] as object, leg()), true, 'a place that got free is taken');
  for (const connection of connections) set.take(connection);
  t.equal(set.open, 0);
});

t.test('a leg that is not continued in time is disposed and gone', async (t) => {
  const set = handshakes({ lifetime: 30, limit: 2 });
  const [connection, late] = [{}, leg()];
  set.keep(connection, late);
  await sleep(80);
  t.strictSame([late.disposed, set.open, set.take(connection)], [1, 0, undefined]);
});

t.test('the time of a leg begins when it is kept, and ends when it is taken', async (t) => {
  const set = handshakes({ lifetime: 60, limit: 2 });
  const [connection, first, second, third] = [{}, leg(), leg(), leg()];
  set.keep(connection, first);
  await sleep(40);
  set.keep(connection, second);
  t.equal(first.disposed, 1);
  await sleep(35);
  t.equal(second.disposed, 0, 'the first one\'s clock does not end the second');
  t.equal(set.take(connection), second);
  set.keep(connection, third);
  await sleep(40);
  t.equal(second.disposed, 0, 'what was taken is its taker\'s');
  t.equal(set.take(connection), third);
});

t.test('open handshakes do not keep the process alive', async (t) => {
  const set = handshakes({ lifetime: 3_600_000, limit: 2 });
  set.keep({}, leg());
  t.equal(set.open, 1);
});
