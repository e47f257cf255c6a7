// `users password` and `users pin` for somebody at a terminal: asked, not shown, and nothing is changed if he errs.

import { join } from 'node:path';
import t from 'tap';
import { verifyPassword } from '../../src/identity/password-hash.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { atTerminal } from './fed.ts';
import { initialized } from './program.ts';

const { directory, gateway } = await initialized(t);
await gateway('users', 'add', 'alice');
const store = openSqlite(join(directory, 'data/gateway.db'));
t.teardown(() => store.close());
const secrets = async () => store.userSecrets((await store.userByName('alice'))?.id ?? '');
const users = (answers: readonly string[], ...args: readonly string[]) =>
  atTerminal(answers, 'users', '--config', join(directory, 'config.ini'), ...args);

t.test('a password is asked for twice and never shown', async (t) => {
  const { code, screen } = await users(['correct horse\r', 'correct horse\r'], 'password', 'alice');
  t.equal(code, 0);
  t.match(screen, /^new password: \nthe same again: \nNAME .*\nalice +enabled +password /);
  t.notOk(screen.includes('horse'));
  t.ok(await verifyPassword('correct horse', (await secrets())?.passwordHash));
});

t.test('a PIN, too, and an option for standard input asks once', async (t) => {
  const { code, screen } = await users(['048213\r', '048213\r'], 'pin', 'alice');
  t.match({ code, screen }, { code: 0, screen: /^new PIN: \nthe same again: \nNAME .*\nalice +enabled +password, PIN / });
  const card = await users(['04A2B3C4\r'], 'card', 'alice', '--add-stdin');
  t.match(card, { code: 0, screen: /^card number: \nNAME .*\nalice +enabled +password, PIN, 1 card / });
  t.notOk(`${screen}${card.screen}`.includes('0482') || card.screen.includes('B3C4'));
});

t.test('two that differ, a weak one, and Ctrl-C change nothing', async (t) => {
  const before = await secrets();
  t.match(await users(['correct horse\r', 'correct house\r'], 'password', 'alice'), { code: 1, screen: /nothing was changed: the two are not the same/ });
  t.match(await users(['short\r', 'short\r'], 'password', 'alice'), { code: 2, screen: /shorter than 8 characters/ });
  t.match(await users(['correct\u0003'], 'password', 'alice'), { code: 1, screen: /new password: \nmyq-gateway: nothing was changed: given up/ });
  t.strictSame(await secrets(), before);
});
