// `users`: adding, looking, changing, and what is printed.

import t, { type Test } from 'tap';
import { initialized, type Run } from './program.ts';

interface Printed {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  readonly disabled: boolean;
}

/** Runs verbs that must succeed. */
async function setUp(t: Test) {
  const { gateway } = await initialized(t);
  const users = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr }: Run = await gateway('users', ...args);
    if (code !== 0) throw new Error(`users ${args.join(' ')}: exit ${String(code)}: ${stderr}`);
    return stdout;
  };
  const json = async (verb: string, ...args: readonly string[]): Promise<Printed> => JSON.parse(await users(verb, '--json', ...args)) as Printed;
  return { users, json };
}

t.test('a user is added, shown and listed with the same JSON shape', async (t) => {
  const { users, json } = await setUp(t);
  const added = await json(
    'add', 'Alice', '--alias', 'a.smith@myq.test', '--alias=ALICE', '--email', 'alice@example.com', '--full-name', 'Alice Žlutá',
    '--scope', 'users', '--scope', 'users',
  );
  t.match(added, {
    id: /^[0-9a-f-]{36}$/, name: 'Alice', aliases: ['a.smith@MYQ.TEST', 'alice'], email: 'alice@example.com', fullName: 'Alice Žlutá',
    scopes: ['users'], disabled: false, createdAt: Number, hasPassword: false, hasPin: false, cards: 0,
  });
  t.strictSame(await json('show', 'alice'), added);
  t.strictSame(await json('list'), [added]);
  const table = (await users('list')).split('\n');
  t.match(table[0], /^NAME +STATE +SIGN-IN +ALIASES +FULL NAME +E-MAIL +PERSONAL NUMBER +MORE SCOPES +SUB$/);
  t.match(table[1], new RegExp(`^Alice +enabled +- +a\\.smith@MYQ\\.TEST, alice +Alice Žlutá +alice@example\\.com +users +${added.id}$`));
  t.equal(await users('show', 'ALICE'), `${table[0] ?? ''}\n${table[1] ?? ''}\n`);
});

t.test('an empty list is a heading, or an empty array', async (t) => {
  const { users } = await setUp(t);
  t.match(await users('list'), /^NAME .*SUB\n$/);
  t.equal(await users('list', '--json'), '[]\n');
});

t.test('aliases are added and removed', async (t) => {
  const { json } = await setUp(t);
  await json('add', 'alice');
  t.strictSame(
    (await json('alias', 'alice', '--add', 'Alice@myq.test', '--add', 'alice@OTHER.TEST', '--remove', 'alice')).aliases,
    ['alice@MYQ.TEST', 'alice@OTHER.TEST'],
  );
  t.strictSame((await json('alias', 'alice')).aliases, ['alice@MYQ.TEST', 'alice@OTHER.TEST'], 'nothing asked, nothing changed');
  t.strictSame((await json('alias', 'alice', '--add', 'alice@MYQ.TEST')).aliases, ['alice@MYQ.TEST', 'alice@OTHER.TEST'], 'he has it');
});

t.test('disable, enable and remove do as they say, twice too', async (t) => {
  const { users, json } = await setUp(t);
  const { id } = await json('add', 'alice');
  t.match(await json('disable', 'alice'), { id, disabled: true });
  t.match(await json('disable', 'Alice'), { id, disabled: true });
  t.match(await users('list'), /^alice +disabled/m);
  t.match(await json('enable', 'alice'), { id, disabled: false });
  t.equal(await users('remove', 'alice'), '');
  t.equal(await users('list', '--json'), '[]\n');
  t.not((await json('add', 'alice')).id, id, 'the new alice is somebody else');
  t.equal(await users('remove', 'alice', '--json'), '{}\n');
});

t.test('a name of a realm is its own alias, and a name may begin with a dash', async (t) => {
  const { json } = await setUp(t);
  t.match(await json('add', 'alice@myq.test'), { name: 'alice@myq.test', aliases: ['alice@MYQ.TEST'] });
  t.match(await json('add', '--full-name=-', '--', '-bob'), { name: '-bob', aliases: ['-bob'], fullName: '-' });
});
