// Microsoft takes the questions and answers nothing: whoever signs in waits a limited time, and where keys are known hardly at all.

import t from 'tap';
import { later } from '../oauth/clock.ts';
import { startEntra } from '../realm/entra.ts';
import { becomes } from '../realm/exec.ts';
import { checkOf, KEYS, METADATA } from './fetches.ts';
import { lastRefusal } from './outcome.ts';
import { openEntraSite } from './site.ts';

const HOUR = 3600;
const options = { keys: 'UserName = upnPrefix\n' };

/** Milliseconds that it took, and its status. */
async function timed(signIn: () => Promise<{ readonly statusCode: number }>): Promise<readonly [number, number]> {
  const start = performance.now();
  const { statusCode } = await signIn();
  return [statusCode, performance.now() - start];
}

t.test('keys or metadata that hang cost seconds and then a 503; known keys go on, and health answers meanwhile', async (t) => {
  const [warm, old, coldKeys, coldMetadata] = await Promise.all([startEntra(t), startEntra(t), startEntra(t), startEntra(t)]);
  const aged = await openEntraSite(t, { ...options, entra: old });
  const aliceOfAged = aged.tenant.person({});
  t.equal((await aged.signIn(aliceOfAged)).statusCode, 200);
  later(t, HOUR / 2);
  const known = await openEntraSite(t, { ...options, entra: warm });
  const alice = known.tenant.person({});
  t.equal((await known.signIn(alice)).statusCode, 200);
  later(t, HOUR + 1);
  for (const one of [warm, old, coldKeys]) one.fault(KEYS, 'hang');
  coldMetadata.fault(METADATA, 'hang');
  const noKeys = await openEntraSite(t, { ...options, entra: coldKeys });
  const noMetadata = await openEntraSite(t, { ...options, entra: coldMetadata });

  const start = performance.now();
  t.equal(await checkOf(noKeys), 'no answer yet');
  t.ok(performance.now() - start < 1200, 'health answers within a second');
  const cold = [noKeys, noMetadata].map((site) => timed(() => site.signIn(site.tenant.person({}))));
  const slow = timed(() => aged.signIn(aliceOfAged));
  const [status, took] = await timed(() => known.signIn(alice));
  t.equal(status, 200);
  t.ok(took < 2000, `past half an hour nobody waits: ${String(took)} ms`);
  for (const [outcome, ms] of await Promise.all(cold)) {
    t.equal(outcome, 503);
    t.ok(ms < 6500, `${String(ms)} ms`);
  }
  const [afterHour, waited] = await slow;
  t.equal(afterHour, 200, 'past an hour one waits for newer ones, and goes on with those that are known');
  t.ok(waited > 3000 && waited < 6500, `${String(waited)} ms`);
  const [next, ms] = await timed(() => aged.signIn(aliceOfAged));
  t.equal(next, 200);
  t.ok(ms < 2000, `and the next one does not wait: ${String(ms)} ms`);

  for (const site of [noKeys, noMetadata]) {
    t.match(lastRefusal(site).detail, /^127\.0\.0\.1:\d+ does not answer in time$/);
    t.match(await checkOf(site), /does not answer in time; let this machine reach it, or set HTTPS_PROXY/);
  }
  for (const one of [warm, old, coldKeys]) one.fault(KEYS, undefined);
  coldMetadata.fault(METADATA, undefined);
  later(t, HOUR + 60);
  for (const site of [known, aged, noKeys, noMetadata]) {
    t.ok(await becomes(async () => await checkOf(site) === 'ok'), 'it mends itself');
  }
});
