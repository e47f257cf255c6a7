// Keys that cannot be had, or are none: those that are known go on for a day, then nobody gets in, and it mends itself.

import t, { type Test } from 'tap';
import { later } from '../oauth/clock.ts';
import type { Fault } from '../realm/entra-faults.ts';
import { rsaKey, published } from '../realm/entra-keys.ts';
import { type Person, startEntra } from '../realm/entra.ts';
import { checkOf, fetches, KEYS } from './fetches.ts';
import { lastRefusal } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const HOUR = 3600;
const OUT = 'Microsoft cannot be asked right now. Try again in a moment.';

const json = (body: unknown): Fault => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const good = published(rsaKey(), undefined);

/** Every way in which there are no keys, and what is said of it. */
const outages: readonly (readonly [string, Fault, RegExp])[] = [
  ['breaks off', 'reset', /127\.0\.0\.1:\d+ cannot be reached: .+; let this machine reach it, or set HTTPS_PROXY$/],
  ['500', { status: 500, body: '{"keys":[]}' }, /the keys of tenant 72f988bf-\S+: the answer has the status 500$/],
  ['429', { status: 429, headers: { 'retry-after': '5' } }, /the answer has the status 429$/],
  ['404', { status: 404 }, /the answer has the status 404$/],
  ['201', { status: 201, body: JSON.stringify({ keys: [good] }) }, /the answer has the status 201$/],
  ['a redirect', { status: 302, headers: { location: '/elsewhere' } }, /127\.0\.0\.1:\d+ answers with a redirect, which is not followed$/],
  ['nothing', { status: 200 }, /the answer is no JSON object$/],
  ['HTML', { status: 200, body: '<html>Sign in to the guest network</html>' }, /the answer is no JSON object$/],
  ['half of it', { status: 200, body: JSON.stringify({ keys: [good] }).slice(0, -5) }, /the answer is no JSON object$/],
  ['a list', json([good]), /the answer is no JSON object$/],
  ['no keys', json({}), /there is no list of keys$/],
  ['an object of keys', json({ keys: { a: good } }), /there is no list of keys$/],
  ['an empty list', json({ keys: [] }), /there is no RSA key for signatures$/],
  ['odd members alone', json({ keys: [null, 1, 'a', [], {}] }), /there is no RSA key for signatures$/],
  ['one id twice', json({ keys: [good, published(rsaKey(), undefined), { ...published(rsaKey(), undefined), kid: good.kid }] }), /two keys have one id$/],
  ['more than 1 MiB', json({ keys: [good], padding: 'x'.repeat(1024 * 1024) }), /the answer has more than 1048576 bytes$/],
];

interface Living {
  readonly site: EntraSite;
  readonly alice: Person;
  readonly start: number;
}

/** Those known go on; later there are none; and at the end all is well again. Starts with keys that are known at `start`. */
async function livesThrough(t: Test, { site, alice, start }: Living, [, fault, words]: typeof outages[number]): Promise<void> {
  site.entra.fault(KEYS, fault);
  for (const hours of [1, 12, 23.9]) {
    later(t, start + hours * HOUR);
    t.equal((await site.signIn(alice)).statusCode, 200, `the known ones go on after ${String(hours)} h`);
    t.match(await checkOf(site), words, 'and the administrator sees it');
  }
  later(t, start + 24 * HOUR + 31);
  const before = fetches(site);
  for (let round = 0; round < 2; round++) {
    const reply = await site.signIn(alice);
    t.match([reply.statusCode, reply.json()], [503, { error: 'temporarily_unavailable', error_description: OUT, reason: 'backend_unavailable' }]);
    t.equal(String(reply.headers['content-type']).startsWith('application/json'), true);
    const { detail = '', cure } = lastRefusal(site);
    t.match(cure === undefined ? detail : `${detail}; ${cure}`, words, 'the log says why');
  }
  t.equal(fetches(site), before + 1, 'it is not asked for again and again');
  site.entra.fault(KEYS, undefined);
  later(t, start + 24 * HOUR + 70);
  t.equal((await site.signIn(alice)).statusCode, 200, 'it mends itself');
  t.equal(await checkOf(site), 'ok');
}

t.test('whatever is wrong with the keys, known ones go on for a day and no longer, and it mends itself', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 200);
  t.equal(await checkOf(site), 'ok');
  let start = 0;
  for (const outage of outages) {
    await t.test(outage[0], (t) => livesThrough(t, { site, alice, start }, outage));
    start += 24 * HOUR + 70;
  }
  t.notOk(site.entra.requests.some(({ path }) => path === '/elsewhere'));
});

t.test('a gateway that starts while there are no keys says so, lets nobody in, and is well as soon as there are some', async (t) => {
  const entra = await startEntra(t);
  entra.fault(KEYS, { status: 500 });
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', entra });
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 503);
  t.match(site.provider.warnings.at(-1), /^\[Entra\] Entra ID cannot be asked: the keys of tenant \S+: the answer has the status 500$/);
  const { ready, checks } = await site.provider.gateway.health();
  t.match([ready, checks['entra']], [true, /the answer has the status 500/], 'other ways in are open');
  t.equal((await site.provider.ask({ url: '/health/ready' })).statusCode, 200);
  entra.fault(KEYS, undefined);
  t.equal((await site.signIn(alice)).statusCode, 503, 'within the pause it is not asked');
  t.equal(fetches(site), 1);
  later(t, 31);
  t.equal((await site.signIn(alice)).statusCode, 200);
  t.equal(await checkOf(site), 'ok');
});

t.test('slow keys are waited for, by everybody at once', async (t) => {
  const entra = await startEntra(t);
  entra.fault(KEYS, { delay: 400 });
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', entra });
  const alice = site.tenant.person({});
  const replies = await Promise.all(Array.from({ length: 12 }, () => site.signIn(alice)));
  t.strictSame(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]));
  t.equal(fetches(site), 1);
});
