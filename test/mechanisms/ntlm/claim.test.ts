// Whose failures the tries with a claimed name are, with real users (ntlm/claim.ts).

import t, { type Test } from 'tap';
import { noAccounts, type Accounts } from '../../../src/identity/account.ts';
import { fullAlias } from '../../../src/identity/principal.ts';
import { claimOf, isProvedBy, type Claim } from '../../../src/mechanisms/ntlm/claim.ts';
import { claimedName } from '../../../src/mechanisms/ntlm/names.ts';
import { openSqlite } from '../../../src/stores/sqlite.ts';
import { accountOf, memoryDirectory } from '../../identity/directory-of.ts';

const domains = [{ domain: 'MYQ', realm: 'MYQ.TEST' }, { domain: 'OTHER', realm: 'OTHER.TEST' }];

interface Place {
  readonly users: Readonly<Record<string, readonly string[]>>;
  readonly realms?: readonly string[];
  readonly accounts?: Accounts;
}

async function place(t: Test, { users, realms = ['MYQ.TEST', 'OTHER.TEST'], accounts = noAccounts }: Place) {
  const store = openSqlite(':memory:', { now: () => 0 });
  t.teardown(() => store.close());
  const ids: Record<string, string> = {};
  for (const [name, aliases] of Object.entries(users)) ids[name] = (await store.addUser({ name, aliases, scopes: [] })).id;
  const options = { users: store, accounts, realms: () => realms };
  const claim = async (user: string, domain = ''): Promise<Claim> => {
    const claimed = claimedName({ user, domain }, domains);
    if (claimed === undefined) throw new Error(`${user} is no name`);
    return claimOf(options, claimed);
  };
  const isProved = async (made: Claim, user: string, realm = 'MYQ.TEST'): Promise<boolean> =>
    isProvedBy(options, made, { user, realm, canonical: fullAlias({ user, realm, canonical: '' }) });
  return { ids, claim, isProved };
}

t.test('a user\'s tries count for him, in whatever spelling', async (t) => {
  const { ids, claim } = await place(t, { users: { alice: ['alice@MYQ.TEST'], john: ['john smith@OTHER.TEST'] } });
  for (const [user, domain] of [['alice', 'MYQ'], ['ÁLICE', 'MYQ'], ['ａlice', ''], ['alice@nosuch.test', 'MYQ'], ['alice', 'NOSUCH']] as const) {
    t.match(await claim(user, domain), { counted: ids['alice'], shown: 'alice', owner: { name: 'alice' } }, `${domain}\\${user}`);
  }
  t.equal((await claim('john  smith', 'OTHER')).counted, ids['john']);
  t.equal((await claim('john  smith@nosuch.test')).counted, ids['john'], 'in whichever domain there is one of that name');
});

t.test('two users whose names differ by an accent count apart', async (t) => {
  const { ids, claim } = await place(t, { users: { jose: ['jose@MYQ.TEST'], 'josé': ['josé@MYQ.TEST'] } });
  t.equal((await claim('jose', 'MYQ')).counted, ids['jose']);
  t.equal((await claim('José', 'MYQ')).counted, ids['josé']);
});

t.test('whoever is nobody here counts by his name, in whatever spelling', async (t) => {
  const { claim } = await place(t, { users: {} });
  const spellings = [['eve', 'MYQ'], ['Évé', 'myq.test'], ['ｅve', ''], ['eve@nosuch.test', 'OTHER'], ['MYQ\\EVE', '']] as const;
  for (const [user, domain] of spellings) t.equal((await claim(user, domain)).counted, 'name eve@MYQ.TEST', `${domain}\\${user}`);
  t.match(await claim('Évé', 'OTHER'), { counted: 'name eve@OTHER.TEST', shown: 'évé@OTHER.TEST' });
});

t.test('a bare alias counts where one single realm may sign in, and then for that realm', async (t) => {
  const users = { alice: ['alice'] };
  const several = await place(t, { users });
  t.equal((await several.claim('alice', 'MYQ')).counted, 'name alice@MYQ.TEST');
  const single = await place(t, { users, realms: ['MYQ.TEST'] });
  t.equal((await single.claim('alice', 'MYQ')).counted, single.ids['alice']);
  t.equal((await single.claim('alice', 'OTHER')).counted, 'name alice@OTHER.TEST');
});

t.test('a userPrincipalName of another suffix is of the account that has it, and not of its namesake', async (t) => {
  const robert = accountOf('robert');
  const accounts = memoryDirectory(robert);
  accounts.byTypedName = async (name) => (name.toLowerCase() === 'bob@corp.example' ? { kind: 'found', account: robert } : { kind: 'absent' });
  const { ids, claim, isProved } = await place(t, { users: { bob: ['bob@MYQ.TEST'], robert: ['robert@MYQ.TEST'] }, accounts });
  const claimed = await claim('Bob@Corp.Example');
  t.equal(claimed.counted, ids['robert']);
  t.ok(await isProved(claimed, 'robert'));
  t.notOk(await isProved(claimed, 'bob'));
  t.equal((await claim('bob@other.example')).counted, ids['bob'], 'no account has it: the namesake');
});

t.test('without a user the account counts by its name, and a machine not as one', async (t) => {
  const accounts = memoryDirectory();
  let name = 'robert';
  accounts.byTypedName = async () => ({ kind: 'found', account: accountOf(name) });
  const { claim } = await place(t, { users: {}, accounts });
  t.equal((await claim('bob@corp.example')).counted, 'name robert@MYQ.TEST');
  t.equal((await claim('bob@myq.test')).counted, 'name robert@MYQ.TEST', 'with the realm for a suffix, too');
  name = 'ws1$';
  t.equal((await claim('bob@corp.example')).counted, 'name bob@MYQ.TEST');
});

t.test('while the directory is out the namesake counts, and any other fault is told', async (t) => {
  const accounts = memoryDirectory();
  accounts.isOut = true;
  const { ids, claim } = await place(t, { users: { bob: ['bob@MYQ.TEST'] }, accounts });
  t.equal((await claim('bob@corp.example')).counted, ids['bob']);
  t.equal(accounts.asked, 1);
  accounts.byTypedName = async () => { throw new RangeError('a fault'); };
  await t.rejects(claim('bob@corp.example'), new RangeError('a fault'));
});

t.test('only the one whose failures they are has proved himself', async (t) => {
  const { claim, isProved } = await place(t, { users: { alice: ['alice@MYQ.TEST', 'ally@MYQ.TEST'] } });
  const known = await claim('alice@nosuch.test');
  t.ok(await isProved(known, 'alice'));
  t.ok(await isProved(known, 'ally'), 'under another alias of his');
  t.notOk(await isProved(known, 'mallory'));
  t.notOk(await isProved(known, 'alice', 'OTHER.TEST'), 'a namesake in another domain');
  const unknown = await claim('eve', 'MYQ');
  t.ok(await isProved(unknown, 'eve'));
  t.notOk(await isProved(unknown, 'alice'));
});
