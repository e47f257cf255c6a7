// The circuit breaker: it opens after some outages in a row, lets one try at a time, and closes when that one works.

import t from 'tap';
import { circuit, type Circuit } from '../src/circuit.ts';

function site(): { readonly circuit: Circuit; readonly pass: (milliseconds: number) => void } {
  let time = 1000;
  return { circuit: circuit({ failures: 3, pause: 5000, now: () => time }), pass: (milliseconds) => { time += milliseconds; } };
}

function opened(): ReturnType<typeof site> {
  const it = site();
  for (const cause of ['first', 'second', 'third']) it.circuit.failed(cause);
  return it;
}

t.test('it opens after so many outages in a row, and says what the last one said', async (t) => {
  const { circuit } = site();
  for (const cause of ['first', 'second']) {
    t.equal(circuit.refuses(), undefined);
    circuit.failed(cause);
    t.strictSame(circuit.state, { kind: 'closed' });
  }
  circuit.failed('third');
  t.equal(circuit.refuses(), 'third');
  t.strictSame(circuit.state, { kind: 'open', cause: 'third' });
});

t.test('an answer in between begins the count anew', async (t) => {
  const { circuit } = site();
  for (let round = 0; round < 5; round++) {
    circuit.failed('out');
    circuit.failed('out');
    circuit.worked();
  }
  t.strictSame(circuit.state, { kind: 'closed' });
});

t.test('nobody gets through before the pause is over, and then one at a time', async (t) => {
  const { circuit, pass } = opened();
  pass(4999);
  t.equal(circuit.refuses(), 'third');
  pass(1);
  t.equal(circuit.refuses(), undefined, 'this one tries');
  t.equal(circuit.refuses(), 'third', 'and the others not while he does');
  t.equal(circuit.state.kind, 'open');
  circuit.worked();
  t.equal(circuit.refuses(), undefined);
  t.equal(circuit.refuses(), undefined);
  t.strictSame(circuit.state, { kind: 'closed' });
});

t.test('whoever would prove nothing only looks, and leaves the try to another', async (t) => {
  const { circuit, pass } = opened();
  t.equal(circuit.pauses(), 'third');
  pass(5000);
  for (let n = 0; n < 3; n++) t.equal(circuit.pauses(), undefined);
  t.equal(circuit.refuses(), undefined, 'it was not taken');
  t.equal(circuit.pauses(), 'third', 'and is now');
  circuit.worked();
  t.equal(circuit.pauses(), undefined);
});

t.test('a try that fails costs another whole pause', async (t) => {
  const { circuit, pass } = opened();
  pass(5000);
  t.equal(circuit.refuses(), undefined);
  pass(300);
  circuit.failed('fourth');
  pass(4999);
  t.equal(circuit.refuses(), 'fourth');
  pass(1);
  t.equal(circuit.refuses(), undefined);
});

t.test('a try that shows nothing leaves it to the next caller, at once', async (t) => {
  const { circuit, pass } = opened();
  pass(5000);
  t.equal(circuit.refuses(), undefined);
  circuit.undecided();
  t.equal(circuit.state.kind, 'open');
  t.equal(circuit.refuses(), undefined, 'the next one tries');
  t.equal(circuit.refuses(), 'third', 'and he alone');
});

t.test('a caller who never tells keeps the others out for one pause, not for ever', async (t) => {
  const { circuit, pass } = opened();
  pass(5000);
  t.equal(circuit.refuses(), undefined);
  pass(4999);
  t.equal(circuit.refuses(), 'third');
  pass(1);
  t.equal(circuit.refuses(), undefined);
});

t.test('an answer that was asked for before it opened closes it, too', async (t) => {
  const { circuit } = opened();
  circuit.worked();
  t.equal(circuit.refuses(), undefined);
  circuit.failed('out');
  t.strictSame(circuit.state, { kind: 'closed' }, 'the count began anew');
});

t.test('it has a clock of its own', async (t) => {
  const own = circuit({ failures: 1, pause: 20 });
  own.failed('out');
  t.equal(own.refuses(), 'out');
  await new Promise((resolve) => { setTimeout(resolve, 40); });
  t.equal(own.refuses(), undefined);
});
