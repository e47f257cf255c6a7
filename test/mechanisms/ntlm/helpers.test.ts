// The pool of helpers: everybody gets his own verdict, however many come at once, and nothing but base64 is ever written to one.

import t from 'tap';
import { RequestError } from '../../../src/errors.ts';
import { becomes } from '../../realm/exec.ts';
import { isRunning } from './fake-samba.ts';
import { ADDRESS, bytes, fails, site } from './helpers-site.ts';

t.test('processes start when they are needed, up to the limit, and are used again', async (t) => {
  const { helpers, samba, signIn } = site(t, { sambaConfig: '/etc/samba/of the member.conf' });
  t.equal(helpers.running, 0);
  for (let n = 0; n < 5; n++) {
    t.strictSame(await signIn('alice'), { kind: 'accepted', user: 'DOMAIN\\alice', reply: new Uint8Array() });
    t.equal(helpers.running, 1);
  }
  using one = await helpers.begin(bytes('x'), ADDRESS);
  using two = await helpers.begin(bytes('y'), ADDRESS);
  t.strictSame([one, two].map(({ challenge }) => Buffer.from(challenge).toString()), ['x', 'y']);
  t.equal(helpers.running, 2);
  t.equal(samba.started.length, 2);
  t.equal(samba.arguments[0], '--helper-protocol=gss-spnego --configfile=/etc/samba/of the member.conf');
});

t.test('of many at once, everybody gets his own verdict', async (t) => {
  const { helpers, samba } = site(t, { limit: 3, wait: 20_000 });
  const people = Array.from({ length: 150 }, (_, n) => `person${String(n)}`);
  const verdicts = await Promise.all(people.map(async (user, n) => {
    const exchange = await helpers.begin(bytes(`hello ${user}`), `192.0.2.${String(n % 7)}`);
    if (Buffer.from(exchange.challenge).toString() !== `hello ${user}`) return 'the challenge of another';
    if (n % 5 === 0) return exchange[Symbol.dispose]();
    return exchange.answer(bytes(user));
  }));
  for (const [n, verdict] of verdicts.entries()) {
    if (n % 5 !== 0) t.match(verdict, { kind: 'accepted', user: `DOMAIN\\${String(people[n])}` });
  }
  t.equal(samba.started.length, 3);
  t.strictSame(samba.asked.filter((line) => !/^(?:YR|KK) [A-Za-z0-9+/]+={0,2}$/.test(line)), []);
});

t.test('an exchange that was taken away gets no verdict, and is not asked', async (t) => {
  const { helpers, samba } = site(t, { limit: 1 });
  const stranger = await helpers.begin(bytes('first'), '192.0.2.66');
  const honest = await helpers.begin(bytes('second'), '192.0.2.1');
  t.equal(await stranger.answer(bytes('mallory')), undefined);
  stranger[Symbol.dispose]();
  t.match(await honest.answer(bytes('alice')), { user: 'DOMAIN\\alice' });
  t.equal(await honest.answer(bytes('alice')), undefined, 'a challenge is answered once');
  t.equal(samba.asked.filter((line) => line.startsWith('KK')).length, 1);
});

t.test('two answers at once to one challenge: one is asked', async (t) => {
  const { helpers, samba } = site(t);
  const exchange = await helpers.begin(bytes('first'), ADDRESS);
  const both = await Promise.all([exchange.answer(bytes('alice')), exchange.answer(bytes('bob'))]);
  t.match(both[0], { user: 'DOMAIN\\alice' });
  t.equal(both[1], undefined);
  t.equal(samba.asked.length, 2);
});

t.test('a helper that works on an answer is not given to another when the connection ends', async (t) => {
  const { helpers, samba } = site(t, { limit: 1, wait: 300, deadline: 2000 });
  samba.plan({ KK: 'ignore' });
  const exchange = await helpers.begin(bytes('first'), ADDRESS);
  const verdict = fails(t, exchange.answer(bytes('alice')), /no answer within 2000 ms/, 3000);
  exchange[Symbol.dispose]();
  await t.rejects(helpers.begin(bytes('first'), '192.0.2.2'), new Error('busy'));
  await verdict;
});

t.test('a further challenge, after an offer whose first mechanism was another, keeps the helper', async (t) => {
  const { helpers, samba } = site(t, { limit: 1, wait: 200 });
  const exchange = await helpers.begin(bytes('offer'), ADDRESS);
  samba.plan({ KK: `TT ${Buffer.from('challenge').toString('base64')} *\n` });
  t.strictSame(await exchange.answer(bytes('negotiate')), { kind: 'challenge', reply: Buffer.from('challenge') });
  samba.plan({});
  t.match(await exchange.answer(bytes('alice')), { kind: 'accepted', user: 'DOMAIN\\alice' });
  t.equal(await exchange.answer(bytes('alice')), undefined);
  t.match(await (await helpers.begin(bytes('first'), ADDRESS)).answer(bytes('bob')), { user: 'DOMAIN\\bob' });
});

t.test('if the connection ends before a further challenge comes, the helper is free', async (t) => {
  const { helpers, samba } = site(t, { limit: 1, wait: 200 });
  samba.plan({ KK: 'TT AAAA *\n' });
  const exchange = await helpers.begin(bytes('offer'), ADDRESS);
  const answer = exchange.answer(bytes('negotiate'));
  exchange[Symbol.dispose]();
  await answer;
  samba.plan({});
  using next = await helpers.begin(bytes('first'), '192.0.2.2');
  t.ok(next, 'a lease that rests would be safe for longer than anybody waits here');
});

t.test('what must not be written to a helper is refused before', async (t) => {
  const { helpers, samba, signIn } = site(t, { limit: 1 });
  for (const token of [new Uint8Array(), new Uint8Array(48 * 1024 + 1)]) {
    await t.rejects(helpers.begin(token, ADDRESS), { name: 'RequestError', error: 'invalid_request', reason: 'malformed_token' });
    const exchange = await helpers.begin(bytes('first'), ADDRESS);
    await t.rejects(exchange.answer(token), RequestError);
  }
  t.match(await signIn('alice'), { kind: 'accepted' }, 'the helper is free again');
  t.strictSame(samba.asked.map((line) => line.slice(0, 2)), ['YR', 'YR', 'YR', 'KK']);
});

t.test('a message that a helper does not understand is no outage', async (t) => {
  const it = site(t, { limit: 1 });
  const { helpers, samba, signIn } = it;
  for (const YR of ['NA * NT_STATUS_INVALID_PARAMETER\n', 'TT * *\n']) {
    samba.plan({ YR });
    for (let n = 0; n < 4; n++) await t.rejects(helpers.begin(bytes('junk'), ADDRESS), { name: 'RequestError', statusCode: 400 });
  }
  samba.plan({ KK: 'NA * NT_STATUS_INVALID_PARAMETER\n' });
  for (let n = 0; n < 4; n++) t.strictSame(await signIn('alice'), { kind: 'refused', status: 'NT_STATUS_INVALID_PARAMETER' });
  t.strictSame(it.looks, []);
  t.equal(samba.started.length, 1);
});

t.test('a helper that hangs is killed at its deadline and replaced', async (t) => {
  const { samba, signIn, helpers } = site(t, { limit: 1, deadline: 2000 });
  for (const plan of [{ KK: 'ignore' }, { YR: 'ignore' }]) {
    samba.plan(plan);
    await fails(t, signIn('alice'), /no answer within 2000 ms/, 5000);
    t.ok(await becomes(() => !isRunning(samba.started.at(-1) as number)));
    samba.plan({});
    t.match(await signIn('alice'), { kind: 'accepted' });
    t.equal(helpers.running, 1);
  }
});
