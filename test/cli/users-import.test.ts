// `users import`: what a file changes, and that a file with any fault changes nothing.

import { createSecretKey } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { cardDigest, pinDigest } from '../../src/identity/pin-card.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { openSecrets } from '../../src/tokens/secrets.ts';
import { failsWith, initialized, type Run } from './program.ts';

/** A gateway with alice and bob, and a way to import text. */
async function setUp(t: Test) {
  const { directory, gateway } = await initialized(t);
  const file = join(directory, 'people.csv');
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  for (const name of ['alice', 'bob']) await gateway('users', 'add', name, '--alias', `${name}@MYQ.TEST`);
  const imported = (content: string | Uint8Array, ...args: readonly string[]): Promise<Run> => {
    writeFileSync(file, content);
    return gateway('users', 'import', file, ...args);
  };
  const sealKey = createSecretKey(Buffer.from(readFileSync(join(directory, 'data/seal.key'), 'utf8'), 'base64'));
  const { digestKey } = await openSecrets({ store, sealKey });
  const nameByPin = async (pin: string): Promise<string | undefined> => (await store.userByPin(pinDigest(digestKey, pin)))?.name;
  const nameByCard = async (card: string): Promise<string | undefined> => (await store.userByCard(cardDigest(digestKey, card)))?.name;
  return { directory, file, gateway, store, imported, nameByPin, nameByCard };
}

const sample = [
  'username;FullName;e-mail;alias;Card;PIN;code;scopes;disabled',
  'alice;Alice Žlutá;alice@example.com;"a.zluta;a.zluta@myq.test";04A2B3C4;048213;1001;"users scan";',
  '"carol";"Carol ""CC"" Example; Dr.";;;"04ffee01;04FFEE02";;1002;;no',
  ';;;;;;;;',
  'dave;;dave@example.com;;;;;offline_access;True',
  '',
].join('\r\n').replace('e-mail', 'email');

t.test('users are added and changed, whatever the separator and the byte order mark', async (t) => {
  const { imported, store, nameByCard, nameByPin } = await setUp(t);
  const dry = await imported(sample, '--dry-run');
  t.strictSame([dry.code, dry.stdout.split('\n')[0]], [0, 'dry run: nothing is written']);
  t.strictSame((await store.users()).map(({ name }) => name), ['alice', 'bob']);

  const run = await imported(`\uFEFF${sample}`);
  t.strictSame([run.code, run.stderr], [0, '']);
  t.strictSame(run.stdout.split('\n'), [
    'rows 3, added 2, changed 1, disabled 0, unchanged 0',
    'alice: aliases, full name, e-mail, personal number, cards, PIN, scopes', 'carol: added', 'dave: added', '',
  ]);
  t.equal(dry.stdout, `dry run: nothing is written\n${run.stdout}`);
  t.match(await store.userByName('alice'), {
    fullName: 'Alice Žlutá', email: 'alice@example.com', aliases: ['a.zluta', 'a.zluta@MYQ.TEST', 'alice', 'alice@MYQ.TEST'],
    personalNumber: '1001', scopes: ['users', 'scan'], hasPin: true, cards: 1, disabled: false,
  });
  t.match(await store.userByName('carol'), { fullName: 'Carol "CC" Example; Dr.', aliases: ['carol'], cards: 2, disabled: false });
  t.match(await store.userByName('dave'), { aliases: ['dave'], disabled: true, disabledInDirectory: false, scopes: ['offline.access'] });
  t.strictSame(await Promise.all(['04A2B3C4', '04FFEE01', '04FFEE02'].map(nameByCard)), ['alice', 'carol', 'carol']);
  t.equal(await nameByPin('048213'), 'alice');

  const again = await imported(sample.replaceAll('\r\n', '\r'));
  t.equal(again.stdout, 'rows 3, added 0, changed 0, disabled 0, unchanged 3\n');
  const commas = await imported('Username , EMAIL\nALICE, new@example.com\n"bob",""\n');
  t.equal(commas.stdout, 'rows 2, added 0, changed 1, disabled 0, unchanged 1\nalice: e-mail\n', 'an empty cell changes nothing');
  t.match(await store.userByName('alice'), { name: 'alice', email: 'new@example.com', fullName: 'Alice Žlutá', hasPin: true, cards: 1 });
});

t.test('the file of the documentation', async (t) => {
  const { directory, imported, store } = await setUp(t);
  const tenant = '72f988bf-86f1-41af-91ab-2d7cd011db47';
  appendFileSync(join(directory, 'config.ini'), `\n[Entra]\nTenantId = ${tenant}\nClientId = 6731de76-14a6-49ae-97bc-6eba6914391e\n`);
  const page = readFileSync(new URL('../../docs/users.md', import.meta.url), 'utf8');
  const { code, stdout } = await imported(/```csv\n(.*?)```/s.exec(page)?.[1] ?? '');
  t.strictSame([code, stdout.split('\n')[0]], [0, 'rows 2, added 0, changed 1, disabled 1, unchanged 0']);
  t.match(await store.userByName('alice'), { aliases: ['a.example', 'alice', 'alice@EXAMPLE.COM', 'alice@MYQ.TEST'], cards: 1, disabled: false, entraIds: [{ tenant }] });
  t.match(await store.userByName('bob'), { personalNumber: '1002', disabled: true });
});

t.test('as JSON', async (t) => {
  const { imported } = await setUp(t);
  const { stdout } = await imported('username,disabled\nalice,1\nerin,\n', '--json');
  t.strictSame(JSON.parse(stdout), {
    dryRun: false, rows: 2, added: 1, changed: 0, disabled: 1, unchanged: 0,
    changes: [{ name: 'alice', kind: 'disabled', what: ['disabled'] }, { name: 'erin', kind: 'added', what: [] }],
  });
  const refused = await imported('username,pin\nalice,12\n', '--json');
  t.strictSame([refused.code, JSON.parse(refused.stdout)],
    [1, { faults: [{ line: 2, column: 'pin', fault: 'cannot be used: a PIN has 6 to 12 digits' }] }]);
});

t.test('what the file gave before and gives no more is taken, and what an admin gave stays', async (t) => {
  const { imported, gateway, store, nameByCard } = await setUp(t);
  await imported('username,alias,card\nerin,first;second,11112222;33334444\n');
  await gateway('users', 'alias', 'erin', '--add', 'own');
  const { stdout } = await imported('username,alias,card\nerin,second,33334444\n');
  t.match(stdout, /\nerin: aliases, cards\n$/);
  t.strictSame((await store.userByName('erin'))?.aliases, ['erin', 'own', 'second']);
  t.strictSame([await nameByCard('11112222'), await nameByCard('33334444')], [undefined, 'erin']);

  await gateway('users', 'alias', 'alice', '--remove', 'alice');
  await imported('username,alias\nalice,only\n');
  t.strictSame((await store.userByName('alice'))?.aliases, ['alice@MYQ.TEST', 'only'], 'a name that was taken away stays away');
});

t.test('a user who was disabled by a file is enabled by it, or by an admin', async (t) => {
  const { imported, gateway, store } = await setUp(t);
  const isDisabled = async (): Promise<unknown> => (await store.userByName('alice'))?.disabled;
  await imported('username,disabled\nalice,yes\n');
  t.equal(await isDisabled(), true);
  t.match((await imported('username,disabled\nalice,no\n')).stdout, /\nalice: enabled\n$/);
  t.equal(await isDisabled(), false);
  await imported('username,disabled\nalice,on\n');
  t.equal((await gateway('users', 'enable', 'alice')).code, 0);
  t.equal(await isDisabled(), false);
});

t.test('every faulty row is named by its line and column, nothing of a cell is repeated, and nothing is written', async (t) => {
  const { imported, store } = await setUp(t);
  const before = await store.users();
  for (const [row, ...faults] of [
    [',,,,,x,,', '2: username is missing'],
    ['a/b,,,,,,,', '2: username is no usable user name'],
    ['WS1$,,,,,,,', '2: username is no usable user name'],
    ['x\u200By,,,,,,,', '2: username is no usable user name'],
    ['x,"two\nlines",,,,,,', '2: fullname must be one line of 1 to 256 characters'],
    [`x,${'n'.repeat(257)},,,,,,`, '2: fullname must be one line of 1 to 256 characters'],
    [`x,${'n'.repeat(1025)},,,,,,`, '2: fullname has more than 1024 characters'],
    ['x,,nobody,,,,,', '2: email is no e-mail address'],
    ['x,,,a;b/c,,,,', '2: alias must hold user@REALM or bare user names, separated by semicolons'],
    ['x,,,;,,,,', '2: alias must hold user@REALM or bare user names, separated by semicolons'],
    ['x,,,,123,,,', '2: card must be 4 to 64 printable ASCII characters without blanks'],
    ['x,,,,04A2B3C4;04 A2,,,', '2: card must be 4 to 64 printable ASCII characters without blanks'],
    ['x,,,,,98765,,', '2: pin cannot be used: a PIN has 6 to 12 digits'],
    ['x,,,,,777777,,', '2: pin cannot be used: a PIN of one digit only is guessed at once'],
    ['x,,,,,345678,,', '2: pin cannot be used: a PIN of digits in a row is guessed at once'],
    ['x,,,,,,"a\tb",', '2: code must be one line of 1 to 64 characters'],
    [`x,,,,,,${'9'.repeat(65)},`, '2: code must be one line of 1 to 64 characters'],
    ['x,,,,,,,root', /^2: scopes must hold scopes, separated by blanks; known: openid /],
    ['x,,,', '2: has 4 cells, and the first line names 8 columns; a cell that holds a separator must be in quotes'],
    ['x,,,,,,,,', '2: has 9 cells, and the first line names 8 columns; a cell that holds a separator must be in quotes'],
    ['x,,,,,,,\nX,,,,,,,', '3: username is in line 2, too'],
    ['x,,,y,,,,\ny,,,,,,,', '3: username is in line 2, too'],
    ['x,,,,,,,\ny,,,z;X,,,,', '3: alias is in line 2, too'],
    ['x,,,y@myq.test,,,,\nz,,,Y@MYQ.TEST,,,,', '3: alias is in line 2, too'],
    ['x,,,,04a2b3c4,,,\ny,,,,04A2B3C4,,,', '3: card is in line 2, too'],
    ['x,,,,,908172,,\n\ny,,,,,908172,,', '4: pin is in line 2, too'],
    ['x,,@,a/b,1,2,,root\ncorrect,,,,,,,\ny,,@,,,,,', '2: email is no e-mail address',
      '2: alias must hold user@REALM or bare user names, separated by semicolons',
      '2: card must be 4 to 64 printable ASCII characters without blanks', '2: pin cannot be used: a PIN has 6 to 12 digits',
      /^2: scopes must hold/, '4: email is no e-mail address'],
  ] as const) {
    const what = JSON.stringify(row.slice(0, 40)).replace(/[^ -~]/gu, '?');
    const { code, stdout, stderr } = await imported(`username,fullname,email,alias,card,pin,code,scopes\n${row}\n`);
    const lines = stdout.trimEnd().split('\n').map((line) => line.replace(/^\S+people\.csv:/, ''));
    t.equal(code, 1, what);
    t.match(lines, faults.map((fault) => fault), what);
    t.match(stderr, new RegExp(`: nothing was changed: ${String(lines.length)} faults? in \\S+people\\.csv\\n$`), what);
    t.notMatch(stdout, /98765|908172|A2B3C4|777777/i, what);
    t.strictSame(await store.users(), before, what);
  }
  const { stdout } = await imported('username,disabled\nx,perhaps\n');
  t.match(stdout, /:2: disabled must be True or False/);
});

t.test('a file that is none of these tables is refused in one line', async (t) => {
  const { file, gateway, imported, store } = await setUp(t);
  const before = await store.users();
  const long = `username,fullname\n${'x,"'.padEnd(3_000, 'n')}`;
  for (const [content, words] of [
    ['', /people\.csv: is empty/],
    ['\n\n', /: is empty/],
    ['alice,123456\n', /:1: the first line must name the columns, .* with username among them; known: username fullname email alias card pin code/],
    ['username\talias\nx\ty\n', /:1: the first line must name the columns, separated by commas or semicolons/],
    ['username,password\nx,secret\n', /:1: there is no column password: set passwords with myq-gateway users password NAME/],
    ['username,mail,Department\n', /:1: unknown column "mail", "department"; known: username/],
    ['username,alias,\nx,y,\n', /:1: unknown column ""; known: username/],
    ['username,alias,Alias\n', /:1: the column alias is there twice; known: username/],
    ['username,alias\nx,"y\n', /:2: a quotation mark opens here, and none closes it/],
    [long, /:2: a quotation mark opens here, and none closes it/],
    [`${long}\n${'y,z\n'.repeat(40_000)}`, /: the row is too long, or a quotation mark is not closed/],
    ['username,alias\nx,"y"z\n', /:2: something follows a closing quotation mark/],
    ['username,alias\nok,\nx,y"z\n', /:3: a quotation mark stands inside of a cell/],
    [Buffer.from('\uFEFFusername\nx\n', 'utf16le'), /:1: is UTF-16, expected UTF-8/],
    [Buffer.from('username\nx\n', 'utf16le'), /: is no text, or UTF-16; save it as UTF-8/],
    [Buffer.from('username,fullname\nx,Ren\u00E9\n', 'latin1'), /:2: is not valid UTF-8/],
    [`username\n${'x\n'.repeat(100_001)}`, /: has more than 100000 rows; divide it/],
    [Buffer.alloc(32 * 1024 * 1024 + 1, 'x'), /: is larger than 33554432 bytes/],
  ] as const) {
    const run = await imported(content);
    failsWith(t, run, 1, words, String(words));
    t.match(run.stderr, /^myq-gateway: nothing was changed: /);
    t.notMatch(run.stderr, /123456|secret/);
    t.strictSame(await store.users(), before);
  }
  failsWith(t, await gateway('users', 'import', `${file}.none`), 2, /people\.csv\.none: no such file/);
  failsWith(t, await gateway('users', 'import', join(file, '..')), 1, /is a directory, expected a file/);
  failsWith(t, await gateway('users', 'import'), 2, /users import needs FILE/);
  failsWith(t, await gateway('users', 'import', 'a', 'b'), 2, /users import takes one FILE/);
  failsWith(t, await gateway('users', 'import', file, '--force'), 2, /--force does not belong to import/);
});

t.test('the largest file that is allowed', async (t) => {
  const { imported } = await setUp(t);
  const { code, stdout } = await imported(`username\n${Array.from({ length: 100_000 }, () => 'alice').join('\n')}`);
  t.equal(code, 1, 'each row is looked at');
  t.equal(stdout.split('\n').length, 100_000);
});

t.test('what somebody else in the store has stops all of it', async (t) => {
  const { imported, gateway, store } = await setUp(t);
  await imported('username,card,pin\nalice,04A2B3C4,048213\n');
  await gateway('users', 'alias', 'alice', '--add', 'ally');
  const before = await store.users();
  for (const [row, words] of [
    ['x,bob@myq.test,,', /:3: x: the alias "bob@MYQ\.TEST" is taken\n/],
    ['x,,04a2b3c4,', /:3: x: a card is somebody else's\n/],
    ['x,,,048213', /:3: x: the PIN is somebody else's\n/],
    ['ally,,,', /:3: ally: the name is an alias of another user; the alias "ally" is taken\n/],
    ['bob,alice,04a2b3c4,048213', /:3: bob: the alias "alice" is taken; a card is somebody else's; the PIN is somebody else's\n/],
  ] as const) {
    for (const args of [[], ['--dry-run']]) {
      const { code, stdout, stderr } = await imported(`username,alias,card,pin\nnew,,,\n${row}\n`, ...args);
      t.equal(code, 1);
      t.match(stdout, words);
      t.match(stderr, /^myq-gateway: nothing was changed: 1 conflict in \S+people\.csv\n$/);
      t.strictSame(await store.users(), before);
    }
  }
  const { stdout } = await imported('username,alias\nbob,alice\n', '--json');
  t.strictSame(JSON.parse(stdout), { changes: [], conflicts: [{ line: 2, name: 'bob', fields: ['alice'] }] });
});
