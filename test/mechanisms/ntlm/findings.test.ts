// Questions to helpers while the circuit is open: first messages one at a time, answers once for each pause.

import t from 'tap';
import { circuit } from '../../../src/circuit.ts';
import { UnavailableError } from '../../../src/errors.ts';
import { askThrough, unavailable, type Finding } from '../../../src/mechanisms/ntlm/findings.ts';

t.test('while the circuit is open one first message is asked at a time, and none takes the single try', async (t) => {
  const clock = { now: 0 };
  const outages = circuit({ failures: 1, pause: 1000, now: () => clock.now });
  const through = askThrough(outages, () => undefined);
  await t.rejects(through.answer(async () => ({ shows: 'out', error: unavailable('it hangs') })), UnavailableError);
  await t.rejects(through.first(async () => ({ shows: 'nothing', value: 1 })), UnavailableError, 'during the pause');
  clock.now = 1000;
  let answer: (finding: Finding<number>) => void = () => undefined;
  const hanging = through.first(() => new Promise<Finding<number>>((resolve) => { answer = resolve; }));
  await t.rejects(through.first(async () => ({ shows: 'nothing', value: 2 })), UnavailableError, 'nobody waits beside the one');
  answer({ shows: 'nothing', value: 1 });
  t.equal(await hanging, 1);
  t.equal(await through.first(async () => ({ shows: 'nothing', value: 3 })), 3, 'then the next one');
  t.equal(await through.answer(async () => ({ shows: 'well', value: 4 })), 4, 'the try was left to an answer');
  t.strictSame(outages.state, { kind: 'closed' });
  const both = await Promise.all([1, 2].map((value) => through.first(async () => ({ shows: 'nothing', value } as const))));
  t.strictSame(both, [1, 2], 'a closed circuit asks all of them');
});
