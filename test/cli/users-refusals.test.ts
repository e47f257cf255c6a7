// `users`: what is refused, with which exit code, and that nothing raw reaches the terminal.

import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runProgram } from '../../src/cli/program.ts';
import { failsWith, initialized, spawned, temporary } from './program.ts';

const { gateway, directory } = await initialized(t);
await gateway('users', 'add', 'alice', '--alias', 'a@MYQ.TEST');
await gateway('users', 'add', 'bob');

t.test('what is taken or unknown is exit 1', async (t) => {
  for (const [words, ...args] of [
    [/"alice" is taken/, 'add', 'alice'],
    [/"ALICE" is taken/, 'add', 'ALICE'],
    [/"a@MYQ\.TEST" is taken/, 'add', 'carol', '--alias', 'A@myq.test'],
    [/"bob" is taken/, 'alias', 'alice', '--add', 'bob'],
    [/"alice" has no alias "bob"/, 'alias', 'alice', '--remove', 'bob'],
    [/there is no user "carol"/, 'show', 'carol'],
    [/there is no user "carol"/, 'alias', 'carol', '--add', 'c'],
    [/there is no user "carol"/, 'disable', 'carol'],
    [/there is no user "carol"/, 'enable', 'carol'],
    [/there is no user "carol"/, 'remove', 'carol'],
    [/there is no user "\* or 1=1--"/, 'remove', '* or 1=1--'],
  ] as const) failsWith(t, await gateway('users', ...args), 1, words, args.join(' '));
});

t.test('wrong use is exit 2', async (t) => {
  for (const [words, ...args] of [
    [/: users needs a verb; verbs: add list show set alias disable enable remove password pin card .*; usage: myq-gateway users --help\n/],
    [/there is no "update"; verbs: add list show set .*; usage/, 'update', 'alice', '--scope', 'users', '--frob'], [/there is no "toString"/, 'toString', 'alice'],
    [/users add needs NAME; usage/, 'add'], [/users add needs NAME/, 'add', ''], [/users add takes one NAME: put one with blanks into quotes; usage/, 'add', 'a', 'b'],
    [/users list takes options only; usage/, 'list', 'alice'], [/users show needs NAME/, 'show'],
    [/"users scan" is more than one: give --scope once for each/, 'add', 'x', '--scope', 'users scan'], [/there is no scope user: did you mean users\?/, 'add', 'x', '--scope', 'user'],
    [/--scope does not belong to show/, 'show', 'alice', '--scope', 'users'],
    [/--add does not belong to add/, 'add', 'x', '--add', 'y'],
    [/Unknown option '--emial'.*usage/, 'add', 'x', '--emial', 'y'],
    [/Unknown option '-b'/, 'add', '-bob'],
    [/option --email is given twice/, 'add', 'x', '--email', 'a@b', '--email', 'c@d'],
    [/option --json is given twice/, 'list', '--json', '--json'],
    [/argument missing/, 'add', 'x', '--email'],
    [/option --config is given twice/, 'list', '--config', 'x.ini'],
    [/ambiguous/, 'add', 'x', '--email', '--json'],
    [/does not take an argument/, 'list', '--json=yes'],
    [/there is no scope root, admin; known: openid/, 'add', 'x', '--scope', 'root', '--scope', 'users', '--scope', 'admin'],
    [/is no alias/, 'add', 'x', '--alias', 'x/admin@MYQ.TEST'],
    [/is no alias/, 'alias', 'alice', '--add', 'MYQ\\alice'],
    [/"x@MYQ\.TEST" cannot be added and removed at once/, 'alias', 'alice', '--add', 'x@MYQ.TEST', '--remove', 'X@myq.test'],
    [/is no e-mail address/, 'add', 'x', '--email', 'nobody'],
    [/--full-name must be/, 'add', 'x', '--full-name', ''],
    [/--full-name must be/, 'add', 'x', '--full-name', 'x'.repeat(257)],
  ] as const) failsWith(t, await gateway('users', ...args), 2, words, args.join(' ').slice(0, 60) || 'nothing');
});

t.test('a secret on the command line is refused, and not repeated', async (t) => {
  for (const [words, ...args] of [
    [/a password is never an argument: leave it out to be asked for it, or use --password-stdin; usage/, 'password', 'alice', 'hunter2'],
    [/a password is never an argument/, 'password', 'alice', 'hunter2', '--password-stdin'],
    [/a password is never an argument/, 'password', 'nobody', 'hunter2', 'hunter2'],
    [/a PIN is never an argument: .*--pin-stdin/, 'pin', 'alice', 'hunter2'],
    [/a card number is never an argument: use --add-stdin or --remove-stdin/, 'card', 'alice', 'hunter2', '--add-stdin'],
    [/takes one NAME/, 'add', 'x', 'hunter2'],
  ] as const) {
    const run = await gateway('users', ...args);
    failsWith(t, run, 2, words, args.join(' '));
    t.notMatch(run.stderr, /hunter2/);
  }
});

t.test('names that are no people\'s are exit 2', async (t) => {
  for (const name of [
    'host/ws1', 'a@b@C', '@MYQ.TEST', 'alice@', ' alice', 'ali\u200Bce', 'ali\u202Ece', '\u212A', 'rene\u0301', 'x'.repeat(300),
  ]) {
    failsWith(t, await gateway('users', 'add', name), 2, /is no usable user name/, JSON.stringify(name.slice(0, 20)));
  }
});

t.test('control and direction characters are kept out, and are escaped in what is said about them', async (t) => {
  for (const evil of ['\u001B[31mred', 'two\nlines', 'a\rb', 'tab\tbed', '\u009B31m', '\u202Egnp.exe', '\u2066x', 'bell\u0007', '\u2028']) {
    const what = JSON.stringify(evil);
    failsWith(t, await gateway('users', 'add', 'x', '--full-name', evil), 2, /--full-name must be one line/, what);
    failsWith(t, await gateway('users', 'add', 'x', '--email', `${evil}@example.com`), 2, /is no e-mail address/, what);
    failsWith(t, await gateway('users', 'add', evil), 2, /is no usable user name/, what);
    failsWith(t, await gateway('users', 'show', evil), 1, /there is no user ".*\\u\{/, what);
    failsWith(t, await gateway('users', 'list', `--${evil}`), 2, /Unknown option/, what);
    failsWith(t, await runProgram([evil]), 2, /there is no verb/, what);
  }
});

t.test('what cannot be seen is shown as its number', async (t) => {
  for (const [character, shown] of [
    ['\u200B', '200b'], ['\u00AD', 'ad'], ['\uFEFF', 'feff'], ['\u00A0', 'a0'], ['\u3164', '3164'], ['\u{E0041}', 'e0041'], ['\uE000', 'e000'],
    ['\u200D', '200d'], ['\uFE0F', 'fe0f'],
  ] as const) {
    const name = `ali${character}ce`;
    const words = new RegExp(`"ali\\\\u\\{${shown}\\}ce"`);
    failsWith(t, await gateway('users', 'show', name), 1, words, shown);
    failsWith(t, await gateway('users', 'add', name), 2, words, shown);
    failsWith(t, await gateway('users', 'alias', 'alice', '--add', name), 2, words, shown);
    failsWith(t, await gateway('users', 'add', 'x', '--scope', name), 2, /ali\\u\{/, shown);
    failsWith(t, await gateway('users', 'add', 'x', '--email', `${name} @`), 2, /"ali\\u\{/, shown);
  }
  failsWith(t, await gateway('users', 'show', 'Žofie 李小龍 🖨'), 1, /there is no user "Žofie 李小龍 🖨"/, 'what can be seen stays');
});

t.test('of several aliases none is added or removed if one is wrong, and all that is wrong is named', async (t) => {
  const aliases = async (): Promise<unknown> => {
    const { stdout } = await gateway('users', 'show', 'alice', '--json');
    return (JSON.parse(stdout) as { readonly aliases: unknown }).aliases;
  };
  const before = await aliases();
  for (const [code, words, ...args] of [
    [2, /is no alias/, '--add', 'new', '--remove', 'x/y'],
    [1, /: nothing was changed: "alice" has no alias "nothere"\n/, '--add', 'new', '--remove', 'nothere'],
    [1, /: nothing was changed: "bob" is taken\n/, '--add', 'new', '--add', 'bob', '--remove', 'alice'],
    [
      1, /: nothing was changed: "bob" is taken; "alice" has no alias "x"; "alice" has no alias "y@Z"\n/,
      '--add', 'bob', '--remove', 'x', '--remove', 'alice', '--remove', 'y@z',
    ],
  ] as const) {
    failsWith(t, await gateway('users', 'alias', 'alice', ...args), code, words, args.join(' '));
    t.strictSame(await aliases(), before);
  }
});

t.test('a missing configuration is exit 2 and says how to get one; a store that cannot be used is exit 1', async (t) => {
  const empty = temporary(t);
  failsWith(t, await spawned(['users', 'list'], { cwd: empty }), 2, /config\.ini: .*init --dir DIR --hostname FQDN/);
  failsWith(t, await runProgram(['users', 'list', '--config', join(empty, 'x.ini')]), 2, /x\.ini/);
  failsWith(t, await runProgram(['users', 'list', '--config', empty]), 2, /directory/);
  for (const name of ['gateway.db-wal', 'gateway.db-shm']) rmSync(join(directory, 'data', name), { force: true });
  writeFileSync(join(directory, 'data/gateway.db'), 'no database '.repeat(100));
  failsWith(t, await gateway('users', 'list'), 1, /The store is not available\. \(cannot open the store .*file is not a database\)/);
});
