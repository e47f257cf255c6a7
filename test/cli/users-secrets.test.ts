// `users password`, `pin` and `card`: what is stored, what is printed once, and what is refused.

import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { verifyPassword } from '../../src/identity/password-hash.ts';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { attemptLimiter } from '../../src/mechanisms/attempts.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import { fed } from './fed.ts';
import { failsWith, initialized, spawned } from './program.ts';

const { directory, gateway } = await initialized(t);
const config = ['--config', join(directory, 'config.ini')] as const;
const users = (input: string | Uint8Array, ...args: readonly string[]) => fed(input, 'users', ...config, ...args);
const store = openSqlite(join(directory, 'data/gateway.db'));
t.teardown(() => store.close());
const sealKey = createSecretKey(Buffer.from(readFileSync(join(directory, 'data/seal.key'), 'utf8'), 'base64'));
const { digestKey } = await openSecrets({ store, sealKey });
for (const name of ['alice', 'bob']) await gateway('users', 'add', name);

const found = async (name: string) => {
  const user = await store.userByName(name);
  if (user === undefined) throw new Error(`no ${name}`);
  return user;
};
const fits = async (name: string, password: string): Promise<boolean> =>
  verifyPassword(password, (await store.userSecrets((await found(name)).id))?.passwordHash);

t.test('a password comes from standard input, at `add` and later', async (t) => {
  const added = await users('correct horse\n', 'add', 'carol', '--password-stdin', '--json');
  t.match(JSON.parse(added.stdout), { name: 'carol', hasPassword: true, hasPin: false, cards: 0 });
  t.ok(await fits('carol', 'correct horse'));
  const { epoch } = await found('carol');
  const changed = await users('kůň a žlutá\r\n', 'password', 'carol', '--password-stdin');
  t.match(changed.stdout, /^NAME +STATE +SIGN-IN .*\ncarol +enabled +password +carol/);
  t.ok(await fits('carol', 'kůň a žlutá'));
  t.notOk(await fits('carol', 'correct horse'));
  t.ok((await found('carol')).epoch > epoch, 'what was issued before is dead');
});

t.test('a made password is printed once, alone, and is strong', async (t) => {
  const { code, stdout } = await gateway('users', 'password', 'Alice', '--generate');
  t.equal(code, 0);
  t.match(stdout, /^[a-zA-Z2-9]{20}\n$/);
  t.ok(await fits('alice', stdout.trim()));
  const json = JSON.parse((await gateway('users', 'password', 'alice', '--generate', '--json')).stdout) as { readonly password: string };
  t.strictSame(Object.keys(json), ['password']);
  t.not(json.password, stdout.trim());
  t.ok(await fits('alice', json.password));
});

t.test('a password is taken away, twice too', async (t) => {
  await gateway('users', 'password', 'bob', '--generate');
  for (let times = 0; times < 2; times++) {
    t.match(JSON.parse((await gateway('users', 'password', 'bob', '--remove', '--json')).stdout), { name: 'bob', hasPassword: false });
  }
});

t.test('a PIN is set, made and taken away; somebody else\'s is refused without a name', async (t) => {
  t.match(JSON.parse((await users('048213\n', 'pin', 'alice', '--pin-stdin', '--json')).stdout), { name: 'alice', hasPin: true });
  t.equal((await store.userByPin(pinDigest(digestKey, '048213')))?.name, 'alice');
  t.equal((await users('048213\n', 'pin', 'alice', '--pin-stdin')).code, 0, 'it is his already');
  failsWith(t, await users('048213\n', 'pin', 'bob', '--pin-stdin'), 1, /: nothing was changed: the PIN is taken\n/);
  t.equal((await found('bob')).hasPin, false);
  const made = (await gateway('users', 'pin', 'bob', '--generate')).stdout;
  t.match(made, /^\d{6}\n$/);
  t.equal((await store.userByPin(pinDigest(digestKey, made.trim())))?.name, 'bob');
  t.match((await gateway('users', 'pin', 'bob', '--generate', '--json')).stdout, /^\{\n {2}"pin": "\d{6}"\n\}\n$/);
  t.match((await gateway('users', 'pin', 'alice', '--remove')).stdout, /^alice +enabled +password +alice/m);
  t.equal(await store.userByPin(pinDigest(digestKey, '048213')), undefined);
});

t.test('cards are given and taken; somebody else\'s is refused without a name', async (t) => {
  t.match(JSON.parse((await users('04a2b3c4\n', 'card', 'alice', '--add-stdin', '--json')).stdout), { name: 'alice', cards: 1 });
  t.equal((await store.userByCard(cardDigest(digestKey, '04A2B3C4')))?.name, 'alice');
  t.match((await users('04A2B3C4', 'card', 'alice', '--add-stdin')).stdout, /^alice +enabled +password, 1 card +alice/m, 'he has it already');
  t.match((await users('04FFFFFF', 'card', 'alice', '--add-stdin')).stdout, /^alice +enabled +password, 2 cards +alice/m);
  failsWith(t, await users('04a2B3C4\n', 'card', 'bob', '--add-stdin'), 1, /: nothing was changed: the card is taken\n/);
  failsWith(t, await users('04A2B3C4\n', 'card', 'bob', '--remove-stdin'), 1, /: nothing was changed: "bob" has no such card\n/);
  failsWith(t, await users('04000000\n', 'card', 'alice', '--remove-stdin'), 1, /"alice" has no such card/);
  t.equal((await found('alice')).cards, 2);
  t.match(JSON.parse((await users('04a2b3c4\n', 'card', 'alice', '--remove-stdin', '--json')).stdout), { cards: 1 });
  t.match(JSON.parse((await gateway('users', 'card', 'alice', '--remove-all', '--json')).stdout), { cards: 0 });
  t.equal((await gateway('users', 'card', 'alice', '--remove-all')).code, 0, 'of none, too');
});

t.test('a new secret, or `enable`, ends the pause of that user and of nobody else', async (t) => {
  const limiter = attemptLimiter({ store, attempts: 1, minutes: 15 });
  const isPaused = async (name: string): Promise<boolean> => (await limiter.begin({ user: (await found(name)).id, secret: 'password', address: '192.0.2.1' })).kind === 'paused';
  for (const args of [['enable', 'alice'], ['password', 'alice', '--generate'], ['pin', 'alice', '--generate'], ['pin', 'alice', '--remove']]) {
    for (const name of ['alice', 'bob']) if (!await isPaused(name)) t.ok(await isPaused(name), name);
    await users('', ...args);
    t.equal(await isPaused('bob'), true, args.join(' '));
    t.equal(await isPaused('alice'), false, args.join(' '));
  }
});

t.test('what cannot be a secret is exit 2, says why, and changes nothing', async (t) => {
  const before = await store.users();
  for (const [input, words, ...args] of [
    ['', /standard input is empty; expected the password in one line/, 'password', 'alice', '--password-stdin'],
    ['short\n', /the password is shorter than 8 characters/, 'password', 'alice', '--password-stdin'],
    ['two\nlines\n', /several lines/, 'password', 'alice', '--password-stdin'],
    [`${'x'.repeat(1025)}\n`, /longer than 1024 bytes/, 'password', 'alice', '--password-stdin'],
    ['x'.repeat(300_000), /longer than 4096 bytes/, 'password', 'alice', '--password-stdin'],
    [Uint8Array.of(0xE9, 0x61, 0x62), /not UTF-8/, 'password', 'alice', '--password-stdin'],
    ['tab\there\n', /control characters/, 'add', 'dave', '--password-stdin'],
    ['', /empty/, 'add', 'dave', '--password-stdin'],
    ['12345\n', /a PIN has 6 to 12 digits/, 'pin', 'alice', '--pin-stdin'],
    ['123456\n', /digits in a row/, 'pin', 'alice', '--pin-stdin'],
    ['04 A2\n', /a card number has 4 to 64 printable ASCII characters without blanks/, 'card', 'alice', '--add-stdin'],
    ['', /empty; expected the card number/, 'card', 'alice', '--remove-stdin'],
  ] as const) failsWith(t, await users(input, ...args), 2, words);
  t.strictSame(await store.users(), before);
});

t.test('wrong use is exit 2, before anything is read', async (t) => {
  for (const [words, ...args] of [
    [/users card NAME needs one of its options/, 'card', 'alice'],
    [/--generate and --remove cannot go together/, 'password', 'alice', '--generate', '--remove'],
    [/--pin-stdin and --generate cannot go together/, 'pin', 'alice', '--pin-stdin', '--generate'],
    [/--add-stdin and --remove-all cannot go together/, 'card', 'alice', '--add-stdin', '--remove-all'],
    [/--password-stdin does not belong to pin/, 'pin', 'alice', '--password-stdin'],
    [/--generate does not belong to card/, 'card', 'alice', '--generate'],
    [/does not take an argument/, 'password', 'alice', '--remove=yes'],
    [/usage/, 'password', 'alice', '--remove', 'bob'],
    [/usage/, 'pin', 'alice', '048213'],
    [/usage/, 'password'],
    [/Unknown option '--password'/, 'add', 'dave', '--password', 'correct horse'],
    [/--remove-all is given twice/, 'card', 'alice', '--remove-all', '--remove-all'],
  ] as const) failsWith(t, await gateway('users', ...args), 2, words, args.join(' '));
  for (const what of ['password', 'pin']) {
    failsWith(t, await spawned(['users', ...config, what, 'alice']), 2, new RegExp(`users ${what} NAME needs one of its options`));
  }
});

t.test('for nobody nothing is read, and a wrong seal key is exit 2', async (t) => {
  for (const [verb, option] of [['password', '--password-stdin'], ['pin', '--pin-stdin'], ['card', '--add-stdin'], ['password', '--remove'], ['pin', '--generate']] as const) {
    failsWith(t, await gateway('users', verb, 'zaphod', option), 1, /there is no user "zaphod"/, `${verb} ${option}`);
  }
  const environment = { MYQ_GATEWAY_STORE_SEALKEY: Buffer.alloc(32, 9).toString('base64') };
  failsWith(t, await spawned(['users', ...config, 'pin', 'alice', '--generate'], { environment }), 2, /seal key/i);
  t.equal((await found('alice')).hasPin, false);
});

t.test('no secret stands in the store or in the list', async (t) => {
  await users('correct horse battery\n', 'password', 'alice', '--password-stdin');
  await users('739154\n', 'pin', 'alice', '--pin-stdin');
  await users('C0FFEE99\n', 'card', 'alice', '--add-stdin');
  const { stdout } = await gateway('users', 'list', '--json');
  t.match(JSON.parse(stdout), [{ name: 'alice', hasPassword: true, hasPin: true, cards: 1 }]);
  const bytes = ['gateway.db', 'gateway.db-wal'].map((name) => readFileSync(join(directory, 'data', name), 'latin1')).join('');
  for (const secret of ['correct horse battery', '739154', 'C0FFEE99']) {
    t.notOk(bytes.includes(secret) || stdout.includes(secret), secret);
  }
  t.notOk(stdout.includes('argon2'));
});
