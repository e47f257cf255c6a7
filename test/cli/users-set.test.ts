// `users set`: what it changes, what stays, and what is refused.

import t from 'tap';
import { failsWith, initialized } from './program.ts';

interface Printed {
  readonly scopes: readonly string[];
}

const { gateway } = await initialized(t);
const json = async (...args: readonly string[]): Promise<Printed> => {
  const { code, stdout, stderr } = await gateway('users', ...args, '--json');
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Printed;
};
await json('add', 'alice', '--alias', 'a@MYQ.TEST', '--email', 'alice@example.com', '--full-name', 'Alice', '--scope', 'users', '--scope', 'offline_access');

t.test('what is named is changed, the rest stays, and `offline_access` is `offline.access`', async (t) => {
  let wanted = await json('show', 'alice');
  t.strictSame(wanted.scopes, ['users', 'offline.access']);
  for (const [change, ...args] of [
    [{ email: 'new@example.com' }, '--email', 'new@example.com'],
    [{ fullName: 'Alice Žlutá' }, '--full-name', 'Alice Žlutá'],
    [{ personalNumber: '007 / 1' }, '--personal-number', '007 / 1'],
    [{ scopes: ['users', 'offline.access', 'scan', 'reports'] }, '--add-scope', 'scan', '--add-scope', 'reports', '--add-scope', 'users', '--add-scope', 'scan'],
    [{ scopes: ['scan', 'reports'] }, '--remove-scope', 'offline_access', '--remove-scope', 'users'],
    [{ scopes: ['reports', 'credit'], fullName: 'A' }, '--remove-scope', 'scan', '--add-scope', 'credit', '--full-name', 'A'],
  ] as const) {
    wanted = { ...wanted, ...change };
    t.strictSame(await json('set', 'ALICE', ...args), wanted, args.join(' '));
    t.strictSame(await json('show', 'alice'), wanted);
  }
  const { email, fullName, personalNumber, ...bare } = await json('show', 'alice') as Printed & Record<'email' | 'fullName' | 'personalNumber', string>;
  t.strictSame([email, fullName, personalNumber], ['new@example.com', 'A', '007 / 1']);
  t.match((await gateway('users', 'list')).stdout, /^NAME .* PERSONAL NUMBER .*\nalice .* new@example\.com +007 \/ 1 +reports credit /);
  t.strictSame(await json('set', 'alice', '--no-email', '--no-full-name', '--no-personal-number'), bare);
  t.strictSame(await json('set', 'alice', '--no-email'), bare, 'there is none');
  const { stdout } = await gateway('users', 'set', 'alice', '--email', 'back@example.com');
  t.match(stdout, /^NAME +STATE .*\nalice +enabled .*back@example\.com +reports credit /);
});

t.test('what is refused says why, and changes nothing', async (t) => {
  const before = await json('show', 'alice');
  for (const [code, words, name, ...args] of [
    [2, /users set needs one of its options; usage/, 'alice'],
    [2, /users set needs NAME/, '', '--no-email'],
    [1, /there is no user "carol"/, 'carol', '--no-email'],
    [2, /--email and --no-email cannot go together/, 'alice', '--email', 'a@b', '--no-email'],
    [2, /--full-name and --no-full-name cannot go together/, 'alice', '--full-name', 'a', '--no-full-name'],
    [2, /--personal-number and --no-personal-number cannot go together/, 'alice', '--personal-number', '1', '--no-personal-number'],
    [2, /--personal-number must be one line of 1 to 64 characters/, 'alice', '--personal-number', '1'.repeat(65)],
    [2, /--personal-number must be one line/, 'alice', '--personal-number='],
    [1, /nothing was changed: "alice" belongs to no account of a directory/, 'alice', '--no-account', '--email', 'other@example.com'],
    [2, /"nobody" is no e-mail address/, 'alice', '--email', 'nobody'],
    [2, /"" is no e-mail address/, 'alice', '--email='],
    [2, /--full-name must be one line/, 'alice', '--full-name', ' '],
    [2, /--full-name must be one line/, 'alice', '--full-name', 'two\nlines', '--add-scope', 'scan'],
    [2, /there is no scope job: did you mean jobs\?/, 'alice', '--add-scope', 'job'],
    [2, /there is no scope root; known: openid/, 'alice', '--remove-scope', 'root', '--no-email'],
    [2, /"users scan" is more than one: give --add-scope once for each/, 'alice', '--add-scope', 'users scan'],
    [2, /"scan" cannot be added and removed at once/, 'alice', '--add-scope', 'scan', '--remove-scope', 'scan'],
    [2, /"offline.access" cannot be added and removed at once/, 'alice', '--add-scope', 'offline_access', '--remove-scope', 'offline.access'],
    [1, /: nothing was changed: "alice" has no scope "scan" of his own; every user has the scope "jobs"\n/, 'alice', '--no-email', '--remove-scope', 'scan', '--remove-scope', 'jobs'],
    [2, /--scope does not belong to set/, 'alice', '--scope', 'scan'],
    [2, /--add does not belong to set/, 'alice', '--add', 'a@b'],
    [2, /--email is given twice/, 'alice', '--email', 'a@b', '--email', 'c@d'],
    [2, /takes one NAME/, 'alice', 'bob', '--no-email'],
  ] as const) {
    failsWith(t, await gateway('users', 'set', name, ...args), code, words, args.join(' ').replaceAll('\n', ' ') || 'nothing');
    t.strictSame(await json('show', 'alice'), before);
  }
});
