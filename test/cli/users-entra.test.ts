// `users` and persons of Entra ID: who is tied to whom by hand and by a file, what is shown of it, and what a sign-in would make of it.

import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleMirrored, samplePerson } from '../stores/samples.ts';
import { failsWith, initialized, type Run } from './program.ts';

const { tenant, object: alice } = samplePerson('alice');
const { tenant: other, object: bob } = samplePerson('bob', 'other');
const client = '6731de76-14a6-49ae-97bc-6eba6914391e';
const section = (name: string, id: string, more = ''): string => `\n[Entra${name}]\nTenantId = ${id.toUpperCase()}\nClientId = ${client}\n${more}`;
const oneTenant = section('', tenant);
const twoTenants = `${oneTenant}${section(':other', other)}`;

interface Printed {
  readonly id: string;
  readonly entraIds: readonly object[];
}

/** A gateway in which alice and bob are users. */
async function place(t: Test, config: string) {
  const { directory, gateway } = await initialized(t);
  const set = (more: string): void => { appendFileSync(join(directory, 'config.ini'), more); };
  set(`\n[Kerberos]\nEnabled = False\n${config}`);
  const users = (...args: readonly string[]): Promise<Run> => gateway('users', ...args);
  const json = async (...args: readonly string[]): Promise<Printed> => {
    const { code, stdout, stderr } = await users(...args, '--json');
    if (code !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Printed;
  };
  for (const name of ['alice', 'bob']) await json('add', name);
  const store = openSqlite(join(directory, 'data/gateway.db'));
  t.teardown(() => store.close());
  const file = join(directory, 'people.csv');
  const imported = (text: string, ...args: readonly string[]): Promise<Run> => {
    writeFileSync(file, text);
    return users('import', file, ...args);
  };
  return { users, json, store, set, imported };
}

/** The row of a label in an explanation. */
const rowOf = ({ stdout }: Run, label: string): string | undefined => new RegExp(`^${label} {2,}(.*)$`, 'm').exec(stdout)?.[1];

t.test('a user is tied to a person, to another one, and to none again; only what is lost raises his epoch', async (t) => {
  const { json, users, store } = await place(t, oneTenant);
  const before = await json('show', 'alice');
  t.strictSame(before.entraIds, []);
  const tied = { ...before, entraIds: [{ tenant, object: alice }] };
  for (const text of [alice, alice.toUpperCase(), ` ${alice} `, `${tenant}/${alice}`, `${tenant.toUpperCase()}/${alice}`]) {
    t.strictSame(await json('set', 'ALICE', '--entra-id', text), tied, text);
  }
  t.strictSame(await json('show', 'alice'), tied, 'once more is no change');
  t.match(await json('set', 'alice', '--entra-id', bob), { entraIds: [{ tenant, object: bob }], epoch: 1 });
  t.match(await json('set', 'alice', '--no-entra-id'), { entraIds: { length: 0 }, epoch: 2 });
  t.equal(await store.userByEntraId({ tenant, object: bob }), undefined);
  failsWith(t, await users('set', 'alice', '--no-entra-id'), 1, /: nothing was changed: "alice" is no person of Entra ID\n/);
  t.match(await json('show', 'alice'), { entraIds: { length: 0 }, epoch: 2 });
});

t.test('show has a column for him, as it can be typed again; a list is narrower, and has all of it as JSON', async (t) => {
  const { json, users, store } = await place(t, twoTenants);
  t.notMatch((await users('show', 'alice')).stdout, /ENTRA/);
  await json('set', 'alice', '--entra-id', `${other}/${bob}`);
  const { id } = await json('set', 'alice', '--entra-id', `${tenant}/${alice}`);
  const both = [`${tenant}/${alice}`, `${other}/${bob}`].sort().join(', ');
  t.match((await users('show', 'alice')).stdout, new RegExp(`^NAME .* SUB +ENTRA ID\nalice .* ${id} +${both}\n$`));
  t.match((await users('set', 'alice', '--entra-id', `${tenant}/${alice}`)).stdout, both, 'what is set is shown');
  t.notMatch((await users('list')).stdout, /ENTRA|[/]/);
  t.match(await json('list'), [{ entraIds: { length: 2 } }, { entraIds: { length: 0 } }]);
  await store.mirrorUser(sampleMirrored(), false);
  t.match((await users('show', 'alice')).stdout, /^NAME .* SUB +DIRECTORY +SID +ENTRA ID\nalice .*\[Directory\] +S-1-5-21-1-2-3-1001 +/);
});

t.test('what is refused says why, and changes nothing', async (t) => {
  const { json, users, store } = await place(t, oneTenant);
  await json('set', 'bob', '--entra-id', bob);
  const before = await store.users();
  const form = /--entra-id must be the Object ID of a person in Entra ID, a GUID, or TENANT\/OBJECT\n/;
  const alone = /--entra-id and --no-entra-id each go alone\n/;
  for (const [code, words, ...args] of [
    [1, new RegExp(`: nothing was changed: user "bob" is ${tenant}/${bob}; if that is wrong: myq-gateway users set bob --no-entra-id, or users remove bob\n`), 'alice', '--entra-id', bob],
    [1, /there is no user "carol"/, 'carol', '--entra-id', alice],
    [1, /there is no user "carol"/, 'carol', '--no-entra-id'],
    [2, new RegExp(`--entra-id names the tenant ${other}, and config\\.ini has ${tenant}\n`), 'alice', '--entra-id', `${other}/${alice}`],
    [2, form, 'alice', '--entra-id', 'alice@example.com'],
    [2, form, 'alice', '--entra-id='],
    [2, form, 'alice', '--entra-id', `{${alice}}`],
    [2, form, 'alice', '--entra-id', alice.replaceAll('-', '')],
    [2, form, 'alice', '--entra-id', `${alice}/`],
    [2, form, 'alice', '--entra-id', `/${alice}`],
    [2, form, 'alice', '--entra-id', `contoso.onmicrosoft.com/${alice}`],
    [2, form, 'alice', '--entra-id', `${tenant}/${tenant}/${alice}`],
    [2, form, 'alice', '--entra-id', `${alice},${bob}`],
    [2, alone, 'alice', '--entra-id', alice, '--no-entra-id'],
    [2, alone, 'alice', '--entra-id', alice, '--no-account'],
    [2, alone, 'alice', '--entra-id', alice, '--add-scope', 'scan'],
    [2, alone, 'bob', '--no-entra-id', '--email', 'bob@example.com'],
    [2, /--entra-id is given twice/, 'alice', '--entra-id', alice, '--entra-id', bob],
    [2, /takes one NAME/, 'alice', alice, '--no-entra-id'],
  ] as const) {
    failsWith(t, await users('set', ...args), code, words, args.join(' '));
    t.strictSame(await store.users(), before);
  }
  failsWith(t, await users('add', 'carol', '--entra-id', alice), 2, /--entra-id does not belong to add/);
  failsWith(t, await users('set', 'alice', '--entra-id'), 2, /usage: myq-gateway users --help/);
});

t.test('with several tenants the tenant must be told, unless it is one of several applications', async (t) => {
  const { json, users, set } = await place(t, `${oneTenant}${section(':app', tenant).replace(client, other)}`);
  t.match(await json('set', 'alice', '--entra-id', alice), { entraIds: [{ tenant, object: alice }] });
  set(section(':other', other));
  failsWith(t, await users('set', 'bob', '--entra-id', bob), 2,
    new RegExp(`--entra-id must be TENANT/OBJECT, since there are several tenants: ${tenant}, ${other}\n`));
  t.match(await json('set', 'bob', '--entra-id', `${other}/${bob}`), { entraIds: [{ tenant: other, object: bob }] });
  t.match(await json('set', 'bob', '--no-entra-id'), { entraIds: { length: 0 } });
});

t.test('without a tenant in config.ini nobody can be tied to one, but loosed', async (t) => {
  const { json, users, store } = await place(t, '');
  failsWith(t, await users('set', 'alice', '--entra-id', alice), 2, /--entra-id needs an \[Entra\] section in config\.ini\n/);
  failsWith(t, await users('set', 'alice', '--entra-id', `${tenant}/${alice}`), 2, /--entra-id needs an \[Entra\] section/);
  const { id } = await json('show', 'bob');
  await store.pairEntra(id, { tenant, object: bob });
  t.match((await users('show', 'bob')).stdout, `${tenant}/${bob}`);
  t.match(await json('set', 'bob', '--no-entra-id'), { id, entraIds: { length: 0 } });
});

t.test('a file ties users to persons, and a dry run does not', async (t) => {
  const { imported, json, users } = await place(t, oneTenant);
  const file = `username;Entra_ID;email\nalice;${alice.toUpperCase()};\nbob;;bob@example.com\ncarol;${tenant}/${bob};\n`;
  const dry = await imported(file, '--dry-run');
  t.match(await json('list'), [{ name: 'alice', entraIds: { length: 0 } }, { name: 'bob', entraIds: { length: 0 } }]);
  const { code, stdout } = await imported(file);
  t.strictSame([code, stdout], [0, 'rows 3, added 1, changed 2, disabled 0, unchanged 0\nalice: Entra ID\nbob: e-mail\ncarol: added\n']);
  t.equal(dry.stdout, `dry run: nothing is written\n${stdout}`);
  t.match(await json('list'), [
    { name: 'alice', entraIds: [{ tenant, object: alice }] }, { name: 'bob', entraIds: { length: 0 } }, { name: 'carol', entraIds: [{ tenant, object: bob }] },
  ]);
  t.equal((await imported(file)).stdout, 'rows 3, added 0, changed 0, disabled 0, unchanged 3\n');
  t.match((await imported('username,entra_id\nalice,\n')).stdout, /unchanged 1\n$/, 'an empty cell changes nothing');
  await json('remove', 'carol');
  t.match((await imported(`username,entra_id\nalice,${bob}\n`, '--json')).stdout, /"what": \[\s*"Entra ID"\s*\]/);
  t.match(await json('show', 'alice'), { entraIds: [{ tenant, object: bob }], epoch: 1 });
  t.match(await users('explain', alice), { code: 1 }, 'he was that person');
});

t.test('a wrong or doubled person stops all of a file, at its line', async (t) => {
  const { imported, store, set } = await place(t, oneTenant);
  const before = await store.users();
  const check = async (rows: string, ...faults: readonly string[]): Promise<void> => {
    const { code, stdout, stderr } = await imported(`username,entra_id\n${rows}\n`);
    t.strictSame([code, stdout.trimEnd().split('\n').map((line) => line.replace(/^\S+people\.csv:/, ''))], [1, faults]);
    t.match(stderr, new RegExp(`: nothing was changed: ${String(faults.length)} faults? in \\S+people\\.csv\n$`));
    t.strictSame(await store.users(), before);
  };
  const form = 'entra_id must be the Object ID of a person in Entra ID, a GUID, or TENANT/OBJECT';
  await check(`alice,x\nnew,${bob}\nbob,alice@example.com`, `2: ${form}`, `4: ${form}`);
  await check(`new,${alice};${bob}`, `2: ${form}`);
  await check(`new,${other}/${alice}`, `2: entra_id names the tenant ${other}, and config.ini has ${tenant}`);
  await check(`alice,${alice}\nbob,\nnew,${tenant}/${alice.toUpperCase()}`, '4: entra_id is in line 2, too');
  await check(`alice,${alice}\nALICE,${alice}`, '3: username is in line 2, too', '3: entra_id is in line 2, too');
  set(section(':other', other));
  await check(`alice,${alice}`, `2: entra_id must be TENANT/OBJECT, since there are several tenants: ${tenant}, ${other}`);
  const { stdout } = await imported(`username,entra_id\nalice,${tenant}/${alice}\nbob,${other}/${alice}\n`);
  t.match(stdout, /changed 2/, 'one object in two tenants is two persons');
});

t.test('without a tenant in config.ini a file can tie nobody', async (t) => {
  const { imported } = await place(t, '');
  t.match(await imported(`username,entra_id\nalice,${alice}\n`), { code: 1, stdout: /:2: entra_id needs an \[Entra\] section in config\.ini\n$/ });
  t.match(await imported('username,entra_id\nalice,\n'), { code: 0 });
});

t.test('a person who is another user stops all of a file', async (t) => {
  const { imported, json, store } = await place(t, oneTenant);
  await json('set', 'bob', '--entra-id', bob);
  const before = await store.users();
  for (const args of [[], ['--dry-run']]) {
    const { code, stdout, stderr } = await imported(`username,entra_id\nnew,${alice}\nalice,${bob}\n`, ...args);
    t.equal(code, 1);
    t.match(stdout, /^\S+people\.csv:3: alice: another user is that person of Entra ID\n$/);
    t.match(stderr, /^myq-gateway: nothing was changed: 1 conflict in \S+people\.csv\n$/);
    t.strictSame(await store.users(), before);
  }
  const { stdout } = await imported(`username,entra_id\nalice,${bob}\n`, '--json');
  t.strictSame(JSON.parse(stdout), { changes: [], conflicts: [{ line: 2, name: 'alice', fields: ['Entra ID'] }] });
});

t.test('who came by himself is not taken over by a row with his name, until it says so', async (t) => {
  const { users, store, imported } = await place(t, oneTenant);
  const came = await store.userForEntra(samplePerson('came'), ['carol@example.com'], { fullName: undefined, email: undefined });
  const run = await imported('username,scopes\ncarol@example.com,users\n');
  t.match(run, { code: 1, stdout: /:2: carol@example\.com: the user of that name came by himself through Entra ID: if they are one person: myq-gateway users alias carol@example\.com --add carol@example\.com, or / });
  t.strictSame((await store.userById(came.id))?.scopes, []);
  t.equal((await imported(`username,scopes,entra_id\ncarol@example.com,users,${samplePerson('came').object}\n`)).code, 0);
  t.strictSame((await store.userById(came.id))?.scopes, ['users']);
  t.match((await users('list')).stdout, /^carol@example\.com +enabled +Entra ID /m);
});

t.test('a person is explained by his Object ID', async (t) => {
  const { users, json, store, set } = await place(t, oneTenant);
  const { id } = await json('set', 'alice', '--entra-id', alice);
  for (const text of [alice, alice.toUpperCase(), `${tenant}/${alice}`]) {
    const run = await users('explain', text);
    t.match(run, { code: 0, stderr: '' }, text);
    t.strictSame(['asked', 'read as', 'user', 'Entra ID'].map((label) => rowOf(run, label)),
      [text, `the person ${tenant}/${alice} of Entra ID, who is a user here`, `alice, enabled, sub ${id}`, `yes, as ${tenant}/${alice}`]);
  }
  t.match(await json('explain', alice), {
    reading: { kind: 'entra', id: { tenant, object: alice } }, user: { name: 'alice', entraIds: [{ tenant, object: alice }] }, canSignIn: true,
    ways: [{}, {}, {}, {}, {}, {}, { way: 'entra', can: true, text: `as ${tenant}/${alice}` }],
  });
  t.notMatch((await users('explain', alice)).stdout, /^principal/m, 'where no domain is asked, none is spoken of');
  const made = await store.userForEntra(samplePerson('new'), ['new@example.com'], { fullName: undefined, email: undefined });
  const run = await users('explain', samplePerson('new').object);
  t.match(run, { code: 0, stdout: new RegExp(`^user +new@example\\.com, enabled, sub ${made.id}$`, 'm') }, 'who came by himself, and has no alias');
  const why = 'nobody here is that person of Entra ID yet; what his first sign-in makes of him depends on what his token says';
  const nobody = await users('explain', `${tenant}/${bob}`);
  t.match([nobody.code, nobody.stderr, rowOf(nobody, 'read as'), rowOf(nobody, 'Entra ID')], [1, `myq-gateway: ${why}\n`, `nobody: ${why}`, undefined]);
  t.match(await users('explain', `${other}/${alice}`), { code: 1, stdout: /^read as +nobody: (?!nobody here is that person)/m }, 'not of a tenant that is set');
  set(section(':other', other));
  t.match(await users('explain', alice), { code: 0, stdout: new RegExp(`^read as +the person ${tenant}/${alice} of Entra ID`, 'm') }, 'of whichever tenant he is');
  t.match(await users('explain', `${tenant}/${alice}`), { code: 0 });
});

t.test('who can sign in through Entra ID is told, and as whom', async (t) => {
  const { users, json, store, set } = await place(t, '');
  const entra = async (name: string) => {
    const run = await users('explain', name);
    return [run.code, rowOf(run, 'Entra ID')];
  };
  const first = [0, 'yes, as the first person who comes with his name by the rule UserName, and as nobody else then'];
  const none = [1, 'no: he is tied to no person of a tenant yet, and by a name alone nobody will be: users set --entra-id'];
  t.strictSame(await entra('alice'), [1, 'no: no [Entra] is set']);
  set(oneTenant);
  t.strictSame(await entra('alice'), first);
  await store.userForAlias('came@MYQ.TEST', 'came');
  await store.mirrorUser(sampleMirrored({ name: 'synced', aliases: ['synced@MYQ.TEST'] }), false);
  for (const name of ['came', 'synced']) t.strictSame(await entra(name), none, `${name}: his name is the word of a domain`);
  await json('alias', 'synced', '--add', 'synced@example.com');
  t.strictSame(await entra('synced'), first, 'an admin has given him a name');
  await store.changeEntraIds((await json('show', 'bob')).id, { add: [{ tenant: other, object: bob }], remove: 'none' });
  t.strictSame(await entra('bob'), first, 'a tenant that is set no more does not count');
  await json('disable', 'alice');
  t.strictSame(await entra('alice'), [1, 'no: he is disabled']);
  await json('enable', 'alice');
  set('PairByObjectId = True\n');
  t.strictSame(await entra('alice'), none);
  await json('set', 'alice', '--entra-id', alice);
  t.strictSame(await entra('alice'), [0, `yes, as ${tenant}/${alice}`]);
  await json('disable', 'alice');
  t.match(await users('explain', alice), { code: 1, stderr: 'myq-gateway: user alice is disabled; myq-gateway users enable alice\n' });
});
