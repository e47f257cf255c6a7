// The keys that verify ID tokens: asked for as seldom as will do, and yet never long behind those that Microsoft publishes.

import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { later } from '../oauth/clock.ts';
import { becomes } from '../realm/exec.ts';
import { KEYS, METADATA, fetches, signedBy, tally } from './fetches.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const HOUR = 3600;
const count = (length: number): readonly number[] => Array.from({ length }, (_, index) => index);
const open = (t: Test): Promise<EntraSite> => openEntraSite(t, { keys: 'UserName = upnPrefix\n' });

t.test('keys and metadata are asked for once for many sign-ins', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  const tokens = await Promise.all(count(40).map(() => site.tenant.idToken(alice, site.app)));
  t.strictSame(await tally(site, tokens), { 200: 40 });
  later(t, HOUR / 2 - 10);
  t.equal((await site.signIn(alice)).statusCode, 200);
  t.strictSame([fetches(site), fetches(site, METADATA)], [1, 1]);
});

t.test('a new key counts at once, while everybody signs in, and costs one question', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  const old = site.tenant.current;
  t.equal((await site.signIn(alice)).statusCode, 200);
  site.entra.fault(KEYS, { delay: 150 });
  site.tenant.rotate();
  const tokens = await Promise.all(count(60).map((index) => signedBy(site, alice, index % 3 === 0 ? old : site.tenant.current)));
  t.strictSame(await tally(site, tokens), { 200: 60 }, 'whoever comes meanwhile waits for the same answer');
  t.equal(fetches(site), 2);
});

t.test('keys that change twice within half a minute are behind for that long', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  for (const kind of ['first', 'second']) {
    t.equal((await site.signIn(alice)).statusCode, 200, kind);
    site.tenant.rotate();
  }
  t.match((await site.signIn(alice)).json(), { error: 'invalid_request', reason: 'id_token_key_unknown' });
  later(t, 27);
  t.equal((await site.signIn(alice)).statusCode, 400);
  later(t, 31);
  t.equal((await site.signIn(alice)).statusCode, 200);
  t.equal(fetches(site), 3);
});

t.test('a key that was taken away counts for an hour at most, also after a night without sign-ins', async (t) => {
  for (const hours of [1, 23]) {
    const site = await open(t);
    const alice = site.tenant.person({});
    const old = site.tenant.current;
    const signIn = async (): Promise<number> => (await site.exchange(await signedBy(site, alice, old))).statusCode;
    t.equal(await signIn(), 200);
    site.tenant.rotate({ keep: false });
    t.equal(await signIn(), 200, 'nobody knows yet');
    later(t, hours * HOUR + 1);
    t.equal(await signIn(), 400, `the first one after ${String(hours)} h`);
    t.equal(site.reason(), 'id_token_key_unknown');
    t.equal((await site.signIn(alice)).statusCode, 200);
    t.ok(fetches(site) <= 3, 'once for the age, and once for the key that was missing');
    later(t, 0);
  }
});

t.test('past half an hour it is asked for behind the scenes: nobody waits, and the next one sees it', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  const old = site.tenant.current;
  t.equal((await site.signIn(alice)).statusCode, 200);
  site.tenant.rotate({ keep: false });
  site.entra.fault(KEYS, { delay: 400 });
  later(t, HOUR / 2 + 1);
  const start = performance.now();
  t.equal((await site.exchange(await signedBy(site, alice, old))).statusCode, 200);
  t.ok(performance.now() - start < 350, 'it did not wait');
  t.ok(await becomes(async () => (await site.exchange(await signedBy(site, alice, old))).statusCode === 400));
  t.ok(fetches(site) <= 3);
});

t.test('invented key ids cause one question in half a minute, are refused each, and disturb nobody', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 200);
  const storm = (): Promise<string[]> => Promise.all(count(25).map((index) => signedBy(site, alice, site.tenant.current, `${randomUUID()}${'x'.repeat(index)}`)));
  const good = await site.tenant.idToken(alice, site.app);
  for (const [round, seconds] of [0, 31, 62].entries()) {
    later(t, seconds);
    for (let wave = 0; wave < 2; wave++) {
      t.strictSame(await tally(site, [...await storm(), good, good]), { '400 id_token_key_unknown': 25, 200: 2 });
      t.equal(fetches(site), round + 2, `${String(seconds)} s, wave ${String(wave)}`);
    }
  }
  t.equal(fetches(site, METADATA), 1);
});

t.test('while Microsoft is out, invented key ids cause no more, and known keys go on', async (t) => {
  const site = await open(t);
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 200);
  site.entra.fault(KEYS, { status: 503 });
  const strange = await Promise.all(count(15).map(() => signedBy(site, alice, site.tenant.current, randomUUID())));
  const good = await site.tenant.idToken(alice, site.app);
  for (const [round, seconds] of [0, 31].entries()) {
    later(t, seconds);
    t.strictSame(await tally(site, [...strange, good]), { '503 backend_unavailable': 15, 200: 1 }, 'nobody knows whether it is a new one');
    t.equal(fetches(site), round + 2);
  }
});

t.test('a clock that was set back by a day makes no key young, and stops nobody', async (t) => {
  later(t, 24 * HOUR);
  const site = await open(t);
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 200);
  const old = site.tenant.current;
  site.tenant.rotate({ keep: false });
  later(t, 0);
  t.equal((await site.exchange(await signedBy(site, alice, old))).statusCode, 400);
  t.equal((await site.signIn(alice)).statusCode, 200);
});
