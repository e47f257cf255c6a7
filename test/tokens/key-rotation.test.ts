// Keys that come, sign, retire and end, seen by every process that has the store open.

import t from 'tap';
import { listKeys, rotateKeys } from '../../src/tokens/key-rotation.ts';
import type { Keyring } from '../../src/tokens/keyring.ts';
import { published, sealKey, signer, site } from './key-site.ts';

const day = 86_400;

t.test('a new key is published by every process within 5 seconds, and signs in all of them when it is 10 seconds old', async (t) => {
  const { clock, ring, store, rotate } = site(t);
  const rings = [await ring(), await ring(store())];
  const former = await signer(rings[0] as Keyring);
  clock.at += 100;
  const { kid, removed } = await rotate();
  t.strictSame(removed, []);
  clock.at += 5;
  for (const one of rings) {
    t.strictSame(await published(one), [kid, former]);
    t.equal(await signer(one), former);
    t.equal((await one.verificationKey(kid))?.kid, kid);
  }
  clock.at += 4;
  for (const one of rings) t.equal(await signer(one), former);
  clock.at += 1;
  for (const one of [...rings, await ring(store())]) {
    t.equal(await signer(one), kid);
    t.strictSame(await published(one), [kid, former]);
  }
});

t.test('a retired key is accepted for a day after its successor began to sign, then for hints only, and is removed after 90 days', async (t) => {
  const { clock, ring, rotate, one } = site(t);
  const opened = await ring();
  const first = await signer(opened);
  const { kid: second } = await rotate();
  const state = async (): Promise<unknown> =>
    [(await published(opened)).includes(first), (await opened.verificationKey(first))?.kid, (await opened.retiredKey(first))?.kid];
  clock.at += 10 + day - 1;
  t.equal(await signer(opened), second);
  t.strictSame(await state(), [true, first, first]);
  clock.at += 1;
  t.strictSame(await state(), [false, undefined, first]);
  clock.at += 90 * day - 1;
  t.strictSame((await rotate()).removed, []);
  t.strictSame(await state(), [false, undefined, first]);
  clock.at += 1;
  t.strictSame((await rotate()).removed, [first]);
  clock.at += 5;
  t.strictSame(await state(), [false, undefined, undefined]);
  t.equal((await one.signingKeys()).length, 3);
  t.equal(await signer(opened), second, 'which has signed all the while');
});

t.test('after a leak the new key signs at once and nothing of the former ones is accepted', async (t) => {
  const { clock, ring, store, rotate } = site(t);
  const [here, elsewhere] = [await ring(), await ring(store())];
  const former = [(await rotate()).kid, await signer(here)];
  const { kid, removed } = await rotate({ revokeFormer: true });
  t.strictSame(removed, former);
  clock.at += 1;
  t.equal((await elsewhere.verificationKey(kid))?.kid, kid, 'the first token of the new key makes the others look');
  clock.at += 4;
  for (const one of [here, elsewhere]) {
    t.equal(await signer(one), kid);
    t.strictSame(await published(one), [kid]);
    for (const gone of former) t.strictSame([await one.verificationKey(gone), await one.retiredKey(gone)], [undefined, undefined]);
  }
});

t.test('of many rotations at once, even ones that revoke, a key is always left and all processes agree on it', async (t) => {
  const { clock, ring, store, now, one } = site(t);
  const rings = [await ring(), await ring(store())];
  const made = await Promise.all(Array.from({ length: 8 }, () =>
    rotateKeys({ store: store(), sealKey, algorithm: 'ES256', now, revokeFormer: true })));
  const left = (await one.signingKeys()).map(({ kid }) => kid);
  t.ok(left.length > 0 && left.every((kid) => made.some((rotation) => rotation.kid === kid)), `${String(left.length)} left`);
  clock.at += 10;
  for (const ring of rings) t.equal(await signer(ring), left[0]);
});

t.test('another algorithm in the configuration makes a key of it follow, and the newest one signs whatever a process asks for', async (t) => {
  const { clock, ring, store } = site(t);
  const ec = await ring();
  const former = await signer(ec);
  const rsa = await ring(store(), 'RS256');
  t.equal(await signer(rsa), former, 'not before all publish it');
  clock.at += 10;
  t.equal((await rsa.current()).algorithm, 'RS256');
  t.equal(await signer(ec), await signer(rsa));
  t.equal((await ec.verificationKey(former))?.algorithm, 'ES256');
  const back = await ring(store(), 'ES256');
  clock.at += 10;
  t.not(await signer(ec), former, 'a former key never signs again');
  t.equal((await back.current()).algorithm, 'ES256');
});

t.test('a clock that was set back does not make a new key an old one', async (t) => {
  const { clock, ring, rotate } = site(t);
  const opened = await ring();
  clock.at -= 1000;
  const { kid } = await rotate();
  clock.at += 1010;
  t.equal(await signer(opened), kid);
});

t.test('the list tells the state of every key', async (t) => {
  const { clock, ring, one, rotate, now } = site(t);
  const start = clock.at;
  t.strictSame(await listKeys(one, now()), []);
  const first = await signer(await ring());
  const rest = { algorithm: 'ES256', createdAt: start };
  t.strictSame(await listKeys(one, now()), [{ kid: first, ...rest, state: 'signing' }]);
  const { kid: second } = await rotate({ algorithm: 'RS256' });
  const next = { kid: second, algorithm: 'RS256', createdAt: start };
  t.strictSame(await listKeys(one, now()), [{ ...next, state: 'next', signsFrom: start + 10 }, { kid: first, ...rest, state: 'signing' }]);
  clock.at += 10;
  const publishedUntil = start + 10 + day;
  t.strictSame(await listKeys(one, now()), [{ ...next, state: 'signing' }, { kid: first, ...rest, state: 'retired', publishedUntil }]);
  clock.at = publishedUntil;
  t.strictSame(await listKeys(one, now()), [{ ...next, state: 'signing' }, { kid: first, ...rest, state: 'retired' }]);
});
