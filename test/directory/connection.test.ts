// One connection and the answers of a strange controller: what is passed over, what is an error, and what ends the connection.

import t, { type Test } from 'tap';
import { deadline } from '../../src/directory/deadline.ts';
import { DirectoryFailure } from '../../src/directory/failure.ts';
import { equals } from '../../src/directory/filter.ts';
import { connected, entry, message, pageControl, reference, result } from './stand-in.ts';

const search = { base: 'DC=myq,DC=test', filter: equals('sAMAccountName', 'alice'), attributes: ['cn'] };
const second = (): ReturnType<typeof deadline> => deadline(1_000);
const fails = async (t: Test, action: Promise<unknown>, kind: string, detail: RegExp, name: string = detail.source): Promise<void> => {
  const error: unknown = await action.catch((reason: unknown) => reason);
  t.type(error, DirectoryFailure, name);
  t.match(error, { kind, detail }, name);
};

t.test('a reference to another server is passed over, and a referral is an error', async (t) => {
  const connection = await connected(t, (id, nth, socket) => {
    socket.write(message(id, reference('ldap://elsewhere.example/DC=x')));
    if (nth === 0) socket.write(message(id, entry('CN=a', 'cn', 'a')));
    socket.write(message(id, result(0x65, nth === 0 ? 0 : 10)));
  });
  t.strictSame((await connection.search(search, second()))?.map(({ dn }) => dn), ['CN=a']);
  await fails(t, connection.search(search, second()), 'answered', /referred to another server, which is not followed/);
  t.ok(connection.isOpen);
});

t.test('a page may be empty and not the last', async (t) => {
  const connection = await connected(t, (id, nth, socket) => {
    if (nth !== 1) socket.write(message(id, entry(`CN=p${nth}`, 'cn', 'p')));
    socket.write(message(id, result(0x65, 0), pageControl(nth < 2 ? `next${nth}` : '')));
  });
  const names: string[] = [];
  let cookie: Buffer | undefined = Buffer.alloc(0);
  for (let turn = 0; turn < 5 && cookie !== undefined; turn++) {
    const page: Awaited<ReturnType<typeof connection.page>> = await connection.page(search, 1, cookie, second());
    names.push(...(page?.entries ?? []).map(({ dn }) => dn));
    cookie = page?.next;
  }
  t.strictSame(names, ['CN=p0', 'CN=p2']);
  t.equal(cookie, undefined);
});

t.test('answers belong to their questions, in whatever order they come', async (t) => {
  const ids: number[] = [];
  const connection = await connected(t, (id, nth, socket) => {
    ids.push(id);
    if (nth < 2) return;
    const [first = 0, ...others] = ids;
    for (const one of [...others, first]) socket.write(message(one, entry(`CN=${one}`, 'cn', 'x')));
    for (const one of [...others, first]) socket.write(message(one, result(0x65, 0)));
  });
  // One after the other, so that each is a packet of its own.
  const asked = [];
  for (let turn = 0; turn < 3; turn++) {
    asked.push(connection.search(search, second()));
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
  t.strictSame((await Promise.all(asked)).map((entries) => entries?.map(({ dn }) => dn)), ids.map((id) => [`CN=${id}`]));
});

t.test('one that is late ends all that wait, at once', async (t) => {
  const connection = await connected(t, () => { /* It never answers. */ });
  const start = performance.now();
  await Promise.all([
    fails(t, connection.search(search, deadline(5_000)), 'out', /did not answer within 0\.2 s/),
    fails(t, connection.search(search, deadline(200)), 'out', /did not answer within 0\.2 s/),
  ]);
  t.ok(performance.now() - start < 1_000);
  t.notOk(connection.isOpen);
  await fails(t, connection.search(search, second()), 'out', /did not answer/);
});

t.test('busy is out, any other error is an answer, and no such base is nothing', async (t) => {
  const codes = [51, 52, 1, 32];
  const connection = await connected(t, (id, nth, socket) => { socket.write(message(id, result(0x65, codes[nth] ?? 0, 'why'))); });
  await fails(t, connection.search(search, second()), 'out', /result 51 \(why\)/);
  await fails(t, connection.search(search, second()), 'out', /result 52/);
  await fails(t, connection.search(search, second()), 'answered', /result 1 /);
  t.equal(await connection.search(search, second()), undefined);
});

t.test('a bind is right, or wrong with the controller\'s words, or an outage; without a name or a password none is made', async (t) => {
  const codes = [0, 49, 53, 51];
  let asked = 0;
  const connection = await connected(t, (id, nth, socket) => {
    asked++;
    socket.write(message(id, result(0x61, codes[nth] ?? 0, 'data 52e')));
  });
  t.strictSame(await connection.bind('', 'x', second()), { kind: 'wrong', code: 53, diagnostic: 'empty name or password' });
  t.equal((await connection.bind('CN=a', '', second())).kind, 'wrong');
  t.equal(asked, 0);
  t.strictSame(await connection.bind('CN=a', 'x', second()), { kind: 'right' });
  t.strictSame(await connection.bind('CN=a', 'x', second()), { kind: 'wrong', code: 49, diagnostic: 'data 52e' });
  t.match(await connection.bind('CN=a', 'x', second()), { kind: 'wrong', code: 53 });
  await fails(t, connection.bind('CN=a', 'x', second()), 'out', /the bind failed with result 51/);
});

t.test('whatever is no answer ends the connection', async (t) => {
  const cases: readonly (readonly [string, (id: number) => Buffer, RegExp])[] = [
    ['the notice of disconnection', () => message(0, result(0x78, 52)), /ended the connection/],
    ['an answer to nothing', (id) => message(id + 1, result(0x65, 0)), /answered what was not asked/],
    ['an operation that there is not', (id) => message(id, result(0x7f, 0)), /not LDAP/],
    ['an entry that is cut short', (id) => message(id, Buffer.from('640504037878', 'hex')), /not LDAP/],
    ['another answer than the one to a search', (id) => message(id, result(0x61, 0)), /answered what was not asked/],
    ['what does not begin as a message', () => Buffer.from('hello'), /not LDAP/],
    ['a message without end', () => Buffer.from('3084ffffffff', 'hex'), /a message of \d+ octets/],
    ['no message number', () => Buffer.from('3003040141', 'hex'), /not LDAP/],
  ];
  for (const [name, answer, words] of cases) {
    const connection = await connected(t, (id, _nth, socket) => { socket.write(answer(id)); });
    await fails(t, connection.search(search, second()), 'lost', words, name);
    t.notOk(connection.isOpen, name);
  }
  const closing = await connected(t, (_id, _nth, socket) => { socket.end(); });
  await fails(t, closing.search(search, second()), 'lost', /the connection ended/);
});

t.test('octets without order crash nothing', async (t) => {
  let seed = 1;
  const random = (): number => { seed = (seed * 1103515245 + 12345) % 2 ** 31; return seed; };
  for (let turn = 0; turn < 60; turn++) {
    const connection = await connected(t, (id, _nth, socket) => {
      const bytes = message(id, entry('CN=a', 'cn', 'abcdef'));
      for (let change = 0; change < 3; change++) bytes[random() % bytes.length] = random() & 255;
      socket.end(bytes);
    });
    await t.rejects(connection.search(search, deadline(500)), DirectoryFailure);
  }
});
