// Passwords: what is one, how it is hashed and compared, and what is done with a damaged store or too many at once.

import t, { type Test } from 'tap';
import { RequestError, UnavailableError } from '../../src/errors.ts';
import { hashPassword, passwordFault, verifyPassword } from '../../src/identity/password-hash.ts';

const password = 'correct horse';
const phc = await hashPassword(password);

/** Runs it and answers its error, which must be of that kind. */
async function thrown<E extends Error>(t: Test, kind: new (...args: never) => E, action: () => Promise<unknown>): Promise<E> {
  try {
    await action();
  } catch (error) {
    t.ok(error instanceof kind, kind.name);
    return error as E;
  }
  throw new Error('nothing was thrown');
}

t.test('a hash has the parameters in it, a salt of its own, and fits its password only', async (t) => {
  t.match(phc, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  t.not(await hashPassword(password), phc);
  t.equal(await verifyPassword(password, phc), true);
  for (const other of ['', 'correct hors', 'correct horse ', 'Correct horse', `${password}\0`, 'x'.repeat(100_000)]) {
    t.equal(await verifyPassword(other, phc), false, JSON.stringify(other.slice(0, 20)));
  }
});

t.test('the reference implementation\'s hash is understood, with its parameters', async (t) => {
  // phc-winner-argon2, src/test.c.
  const reference = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  t.equal(await verifyPassword('password', reference), true);
  t.equal(await verifyPassword('passwore', reference), false);
});

t.test('without a hash no password fits, and it costs a derivation', async (t) => {
  const start = performance.now();
  t.equal(await verifyPassword(password, undefined), false);
  t.equal(await verifyPassword('', undefined), false);
  t.ok(performance.now() - start > 4, 'two derivations take more than what looking at text takes');
});

t.test('accents and blanks are one spelling whatever keyboard made them; letter case and width are not', async (t) => {
  const hash = await hashPassword('Žlutý kůň');
  t.equal(await verifyPassword('Žlutý kůň'.normalize('NFD'), hash), true);
  t.equal(await verifyPassword('Žlutý\u00A0kůň', hash), true);
  t.equal(await verifyPassword('žlutý kůň', hash), false);
  t.equal(await verifyPassword('Zlutý kůň', hash), false);
  t.equal(await verifyPassword('ｐassword', await hashPassword('password')), false);
});

t.test('a new password has 8 characters or more, at most 1024 bytes, and none that nobody can type', async (t) => {
  for (const good of ['12345678', 'x'.repeat(1024), '🖨'.repeat(8), ' spaces  ', 'ž'.repeat(512)]) t.equal(passwordFault(good), undefined);
  for (const [wrong, words] of [
    ['', /empty/], ['1234567', /shorter than 8 characters/], ['🖨'.repeat(7), /shorter/], ['e\u0301'.repeat(7), /shorter/],
    ['x'.repeat(1025), /longer than 1024 bytes/], ['ž'.repeat(513), /longer/], ['\u0958'.repeat(200), /longer/],
    ['pass\0word', /control/], ['password\n', /control/], ['pass\tword', /control/], ['pass\u0085word', /control/], ['password\uD83D', /Unicode/],
  ] as const) {
    t.match(passwordFault(wrong), words);
    const error = await thrown(t, RequestError, () => hashPassword(wrong));
    t.match(error.message, words);
  }
});

t.test('a damaged or foreign hash is a fault of the store, never a match, and is not repeated in what is said', async (t) => {
  const [salt = '', tag = ''] = phc.split('$').slice(4);
  for (const damaged of [
    '', 'x', password, phc.slice(0, -1), `${phc}=`, ` ${phc}`, `${phc}\n`, phc.replace('argon2id', 'argon2i'), phc.replace('v=19', 'v=16'),
    `$argon2id$v=19$m=19456,t=2,p=1$${salt}$`, `$argon2id$v=19$m=19456,t=2,p=1$$${tag}`, `$argon2id$m=19456,t=2,p=1$${salt}$${tag}`,
    ...['m=999999,t=2,p=1', 'm=8,t=2,p=1', 'm=19456,t=0,p=1', 'm=19456,t=99,p=1', 'm=19456,t=2,p=0', 'm=19456,t=2,p=64', 'm=-1,t=2,p=1', 'm=4294967296,t=2,p=1', 't=2,m=19456,p=1']
      .map((parameters) => phc.replace('m=19456,t=2,p=1', parameters)),
    '$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW',
  ]) {
    const error = await thrown(t, UnavailableError, () => verifyPassword(password, damaged));
    t.match(error.detail, /no Argon2id PHC string within bounds/, JSON.stringify(damaged.slice(0, 40)));
    t.notOk(`${error.message} ${error.detail ?? ''}`.includes(tag));
  }
});

t.test('past 4 that run and 64 that wait, one is refused at once; all others are answered, and there is room again', async (t) => {
  const all = await Promise.allSettled(Array.from({ length: 75 }, () => verifyPassword(password, phc)));
  const done = all.filter((one) => one.status === 'fulfilled');
  t.strictSame(done.map(({ value }) => value), Array.from({ length: 68 }, () => true));
  t.strictSame(all.slice(0, 68).map(({ status }) => status), done.map(({ status }) => status), 'the first ones');
  for (const one of all.slice(68)) {
    t.ok(one.status === 'rejected' && one.reason instanceof UnavailableError && /^Too many passwords/.test(one.reason.message));
  }
  t.equal(await verifyPassword(password, phc), true);
});
