// What is known of service principal names: how long it counts, and whoever waits for a look of his own.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { spns } from '../../src/directory/spn.ts';

const SPN = 'HTTP/print.myq.test';
const registered = { kind: 'registered', account: 'svc-print' };

/** One directory that has the SPN on svc-print, or is out. */
function asked(t: Test) {
  const domain = { isOut: false, looks: 0, now: 1_790_000_000 };
  const warnings: string[] = [];
  const known = spns({
    lookups: [{
      servicesOf: async (spn) => {
        domain.looks++;
        if (domain.isOut) throw new UnavailableError('out', { of: 'directory', detail: 'nothing listens there' });
        return spn === SPN ? ['svc-print'] : [];
      },
    }],
    now: () => domain.now,
    warn: (message) => { warnings.push(message); },
  });
  /** Asks as a sign-in does, and lets the look behind the scenes end. */
  const state = async (): Promise<unknown> => {
    known.state(SPN);
    await new Promise((resolve) => { setImmediate(resolve); });
    return known.state(SPN);
  };
  t.teardown(() => { domain.isOut = false; });
  return { domain, known, state, warnings };
}

t.test('what was seen counts for one failed look, and after the second one it is unknown until the domain is back', async (t) => {
  const { domain, state, warnings } = asked(t);
  t.strictSame(await state(), registered);
  domain.isOut = true;
  domain.now += 300;
  t.strictSame(await state(), registered);
  domain.now += 299;
  t.strictSame(await state(), registered);
  domain.now += 1;
  t.strictSame(await state(), { kind: 'unknown' });
  t.strictSame(warnings, Array(2).fill(`cannot ask the directory for ${SPN}: nothing listens there`));
  domain.isOut = false;
  domain.now += 29;
  t.strictSame(await state(), { kind: 'unknown' });
  domain.now += 1;
  t.strictSame(await state(), registered);
});

t.test('what nobody asked for in a long time is unknown once a look has failed', async (t) => {
  const { domain, state } = asked(t);
  await state();
  domain.isOut = true;
  domain.now += 86_400;
  t.strictSame(await state(), { kind: 'unknown' });
});

t.test('whoever waits gets what is seen now, and shares the look that is under way', async (t) => {
  const { domain, known, warnings } = asked(t);
  t.strictSame(known.state(SPN), { kind: 'unknown' });
  t.strictSame(await Promise.all([known.look(SPN), known.look(SPN)]), [registered, registered]);
  t.equal(domain.looks, 1);
  t.strictSame(await known.look(SPN), registered);
  t.equal(domain.looks, 2, 'though what was seen is fresh');
  t.strictSame(await known.look('HTTP/other.myq.test'), { kind: 'missing' });
  domain.isOut = true;
  t.strictSame(await known.look('HTTP/new.myq.test'), { kind: 'unknown' });
  t.equal(warnings.length, 1);
});

t.test('of more names than any gateway has nothing is kept', async (t) => {
  const { domain, known } = asked(t);
  await Promise.all(Array.from({ length: 100 }, (_, index) => known.look(`HOST/${index}`)));
  t.strictSame(await known.look(SPN), { kind: 'unknown' });
  t.strictSame(known.state(SPN), { kind: 'unknown' });
  t.equal(domain.looks, 100);
});
