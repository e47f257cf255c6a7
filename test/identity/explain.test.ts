// How a name resolves, told without a sign-in: the same as a sign-in comes to, and nothing is written.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { explain, type ExplainOptions, type Explanation } from '../../src/identity/explain.ts';
import type { GroupRule } from '../../src/identity/rights.ts';
import { noAccounts } from '../../src/identity/account.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { everyUsersScopes } from '../../src/tokens/scopes.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { accountOf, memoryDirectory } from './directory-of.ts';
import { proofOf, resolverOf } from './people.ts';

const OPERATORS = 'S-1-5-21-1-2-3-1500';
const OTHERS = 'S-1-5-21-1-2-3-1501';
const rules: readonly GroupRule[] = [
  { group: { kind: 'sid', sid: OPERATORS }, scopes: ['queues', 'printers'] },
  { group: { kind: 'name', name: 'MYQ\\Accountants' }, scopes: ['credit', 'queues'] },
];
const myq = { domain: 'MYQ', realm: 'MYQ.TEST', setting: '[NTLM] Domains' };

type Options = Partial<Omit<ExplainOptions, 'realms'>> & { readonly realms?: readonly string[] };

/** A store of its own, and what is said of names there. Nothing may be written by asking. */
function place(t: Test) {
  const store = openSqlite(':memory:');
  t.teardown(() => store.close());
  const add = (name: string, ...aliases: readonly string[]) => store.addUser({ name, aliases, scopes: ['reports'] });
  const ask = async (asked: string, { realms = ['MYQ.TEST'], ...options }: Options = {}): Promise<Explanation> => {
    const before = await store.users();
    const explanation = await explain(asked, {
      directory: store, realms: () => realms, unknownUsers: 'Reject', accounts: noAccounts, rules: [], everybody: everyUsersScopes, domains: [myq],
      entraIds: () => [], ...options,
    });
    t.strictSame(await store.users(), before, 'nothing was written');
    return explanation;
  };
  return { store, add, ask };
}

/** In short: what each principal comes to. */
const fates = ({ principals }: Explanation): readonly string[] => principals.map(({ principal: { canonical }, aliases, matched, lookup }) =>
  [canonical, aliases.join(' '), matched ?? '-', lookup.kind === 'user' ? lookup.user.name : lookup.kind === 'new' ? `new ${lookup.name}` : lookup.reason].join(' | '));

t.test('a name or alias here is that, in any spelling that the login page takes', async (t) => {
  const { add, ask } = place(t);
  const zoe = await add('Zoé', 'zoé', 'z@myq.test'.replace('myq.test', 'MYQ.TEST'));
  for (const asked of ['Zoé', 'ZOÉ', '  zoé ', 'Zoé'.normalize('NFD')]) {
    const explanation = await ask(asked);
    t.match(explanation, { asked, reading: { kind: 'name' }, user: { id: zoe.id }, newName: undefined, aliases: ['zoé', 'z@MYQ.TEST'].sort() });
    t.strictSame([...fates(explanation)].sort(), ['z@MYQ.TEST | z@MYQ.TEST z | z@MYQ.TEST | Zoé', 'zoé@MYQ.TEST | zoé@MYQ.TEST zoé | zoé | Zoé']);
  }
  const alias = await ask('Z@myq.test');
  t.match(alias, { reading: { kind: 'alias', alias: 'z@MYQ.TEST' }, user: { id: zoe.id } });
  t.strictSame(fates(alias), ['z@MYQ.TEST | z@MYQ.TEST z | z@MYQ.TEST | Zoé']);
});

t.test('an alias of a realm that may not sign in is told as both', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice@OTHER.TEST');
  const explanation = await ask('alice@other.test');
  t.match(explanation, {
    reading: { kind: 'alias', alias: 'alice@OTHER.TEST' }, user: { name: 'alice' },
    principals: [{ aliases: [], lookup: { reason: 'realm_not_allowed', cure: /add OTHER\.TEST to \[Kerberos\] Realms/ } }],
  });
  t.strictSame(fates(await ask('alice')), fates(explanation), 'by his name, too');
});

t.test('a realm that is set in other letters than the domain has is told, and one typed in other letters is understood', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice@MYQ.TEST');
  t.strictSame(fates(await ask('bob@Myq.test')), ['bob@MYQ.TEST | bob@MYQ.TEST bob | - | unknown_user']);
  t.match((await ask('bob@MYQ.TEST', { realms: ['myq.test'] })).principals, [{ lookup: { cure: /write MYQ\.TEST instead of myq\.test/ } }]);
  t.strictSame(fates(await ask('alice', { realms: ['myq.test'] })), ['alice@myq.test | alice@MYQ.TEST alice | alice@MYQ.TEST | alice']);
});

t.test('an unknown principal is rejected with the command that adds him, or would be made', async (t) => {
  const { ask } = place(t);
  for (const asked of ['alice@MYQ.TEST', 'MYQ\\alice', 'myq\\Alice', 'alice']) {
    t.match(await ask(asked), {
      user: undefined, newName: undefined, rights: undefined, groups: [],
      principals: [{ aliases: ['alice@MYQ.TEST', 'alice'], lookup: { reason: 'unknown_user', cure: /^myq-gateway users add alice --alias alice@MYQ\.TEST/ } }],
    }, asked);
    t.match(await ask(asked, { unknownUsers: 'Create' }), { user: undefined, newName: 'alice', rights: { own: [], all: everyUsersScopes } }, asked);
  }
  t.match(await ask('alice@B.TEST', { unknownUsers: 'Create', realms: ['A.TEST', 'B.TEST'] }), { newName: 'alice@B.TEST' });
  t.match(await ask('alice@B.TEST', { unknownUsers: 'Create', domainOf: () => 'BB', realms: ['B.TEST'] }), { newName: 'alice@BB' });
});

t.test('a domain is a realm by the first setting that has it, and a second opinion is told', async (t) => {
  const { add, ask } = place(t);
  const alice = await add('alice', 'alice@MYQ.TEST');
  t.match(await ask('myq\\ALICE'), { reading: { kind: 'domain', ...myq }, user: { id: alice.id }, notes: [] });
  const other = { domain: 'MYQ', realm: 'OTHER.TEST', setting: '[Directory] Domain' };
  t.match(await ask('MYQ\\alice', { domains: [myq, other] }), { reading: myq, notes: [/^\[Directory\] Domain has MYQ for OTHER\.TEST, \[NTLM\] Domains for MYQ\.TEST/] });
  t.match(await ask('SALES\\alice'), { reading: { kind: 'nobody', why: /realm of the domain SALES.*known: MYQ/ }, user: undefined, principals: [] });
  t.match(await ask('SALES\\alice', { domains: [] }), { reading: { why: /known: none/ } });
});

t.test('what can be no person is told as that', async (t) => {
  const { ask } = place(t);
  const nobodies = [
    'WS1$@MYQ.TEST', 'MYQ\\WS1$', 'WS1$', 'host/ws1@MYQ.TEST', 'carol/admin@MYQ.TEST', '\\alice', 'MYQ\\', 'MYQ\\a\\b', '@MYQ.TEST', 'alice@', 'a@b@MYQ.TEST',
    'MYQ\\alice@MYQ.TEST', 'al\u200Bice', 'al\u0000ice@MYQ.TEST', 'x'.repeat(300), `MYQ\\${'x'.repeat(100_000)}`, '\uD800@MYQ.TEST', '"', ' ',
  ];
  for (const asked of nobodies) {
    t.match(await ask(asked, { unknownUsers: 'Create' }), { reading: { kind: 'nobody', why: String }, user: undefined, newName: undefined, principals: [] },
      JSON.stringify(asked.slice(0, 40)));
  }
  t.match(await ask('bob', { realms: [] }), { reading: { why: /no realm may sign in/ } });
  t.match(await ask('bob', { realms: ['A.TEST', 'B.TEST'] }), { reading: { why: /user@REALM: A\.TEST, B\.TEST/ } });
});

t.test('with several realms a bare alias does not count, and that is told', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice', 'alice@A.TEST');
  const explanation = await ask('alice', { realms: ['A.TEST', 'B.TEST'] });
  t.strictSame(fates(explanation), ['alice@A.TEST | alice@A.TEST | alice@A.TEST | alice']);
  t.match(explanation.notes, [/bare alias alice does not count for tickets: more than one realm/]);
  t.match((await ask('alice@B.TEST', { realms: ['A.TEST', 'B.TEST'] })).principals, [{ lookup: { cure: /if alice is this person.*--add alice@B\.TEST/ } }]);
});

t.test('a bare alias whose principal is somebody else\'s is shown to be so', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice');
  await add('other', 'alice@MYQ.TEST');
  t.match(await ask('alice'), { reading: { kind: 'name' }, user: { name: 'alice' } });
  t.strictSame(fates(await ask('alice')), ['alice@MYQ.TEST | alice@MYQ.TEST alice | alice@MYQ.TEST | other']);
});

t.test('it says what a sign-in then comes to', async (t) => {
  const { store, add, ask } = place(t);
  await add('alice', 'alice');
  await add('bob', 'bob@A.TEST', 'b@MYQ.TEST');
  await store.setUserDisabled((await add('carol', 'carol', 'carol@A.TEST')).id, true);
  const principals = ['alice', 'bob', 'b', 'carol', 'dave'].flatMap((user) => ['MYQ.TEST', 'A.TEST'].map((realm) => `${user}@${realm}`));
  const settings = [['MYQ.TEST'], ['MYQ.TEST', 'A.TEST'], []].flatMap((realms) => (['Reject', 'Create'] as const).map((unknownUsers) => ({ realms, unknownUsers })));
  for (const { realms, unknownUsers } of settings) {
    for (const principal of principals) {
      const { user, newName, principals: [step], rights } = await ask(principal, { realms, unknownUsers });
      const trial = { ...store, userForAlias: async (alias: string, name: string) => ({ ...await add('nobody'), id: '', name, aliases: [alias], scopes: [] }) };
      const outcome = await resolverOf({ directory: trial, realms: () => realms, unknownUsers }).prove(proofOf(principal));
      const nobody = await store.userByName('nobody');
      if (nobody !== undefined) await store.removeUser(nobody.id);
      const came = step?.lookup.kind !== 'refused' && user?.disabled !== true;
      t.strictSame(
        came ? [user?.id ?? '', user?.name ?? newName, rights?.all] : step?.lookup.kind === 'refused' ? step.lookup : 'user_disabled',
        outcome.kind === 'identity' ? [outcome.user.id, outcome.user.name, outcome.rights] : outcome.reason === 'user_disabled' ? outcome.reason : outcome,
        `${principal}, realms ${realms.join(' ') || 'none'}, ${unknownUsers}`,
      );
    }
  }
});

t.test('the account, its groups and what [Rights] makes of them are those of a sign-in', async (t) => {
  const { store, add, ask } = place(t);
  await add('alice', 'alice@MYQ.TEST');
  const own = accountOf('alice', { groups: [OPERATORS, OTHERS, 'S-1-5-32-545'] });
  const accounts = memoryDirectory(own);
  accounts.groups.set('MYQ\\Accountants', OTHERS);
  for (const asked of ['alice', 'alice@MYQ.TEST', 'MYQ\\alice']) {
    const explanation = await ask(asked, { accounts, rules });
    t.match(explanation, {
      account: { kind: 'found', by: 'principal', account: own }, groups: own.groups, refusedByAccount: { domain: undefined, secret: undefined }, notes: [],
      rights: {
        everybody: everyUsersScopes, own: ['reports'],
        ofGroups: [{ sid: OPERATORS, group: OPERATORS, scopes: ['queues', 'printers'] }, { sid: OTHERS, group: 'MYQ\\Accountants', scopes: ['credit', 'queues'] }],
      },
    }, asked);
    const identity = await resolverOf({ directory: store, accounts, rules }).prove(proofOf('alice@MYQ.TEST'));
    t.strictSame(explanation.rights?.all, identity.kind === 'identity' ? identity.rights : identity);
  }
  accounts.groups.clear();
  t.match(await ask('alice', { accounts, rules }), { rights: { ofGroups: [{ sid: OPERATORS }] }, notes: [/\[Rights\] MYQ\\Accountants gives nobody anything/] });
});

t.test('somebody of a directory who is no user yet has his account, and the rights that he would have', async (t) => {
  const { ask } = place(t);
  const accounts = memoryDirectory(accountOf('Bob', { groups: [OPERATORS] }));
  t.match(await ask('BOB', { accounts, rules }), { reading: { kind: 'account' }, account: { kind: 'found' }, groups: [OPERATORS], rights: undefined });
  t.match(await ask('bob', { accounts, rules, unknownUsers: 'Create' }), { newName: 'bob', rights: { own: [], ofGroups: [{ group: OPERATORS }] } });
  accounts.people.set('bob@myq.test', accountOf('Bob'));
  t.match(await ask('bob@myq.test', { accounts }), { reading: { kind: 'principal' } }, 'a name with the realm is a principal, directory or not');
  t.match(await ask('carol', { accounts }), { reading: { kind: 'only-realm', realm: 'MYQ.TEST' }, account: { kind: 'absent' } });
});

t.test('an account that is disabled, gone, or somebody else\'s now is a refusal', async (t) => {
  const { store, ask } = place(t);
  const own = accountOf('alice', { groups: [OPERATORS] });
  await store.mirrorUser(sampleMirrored({ account: { directory: '', sid: own.sid }, name: 'alice', aliases: ['alice@MYQ.TEST'] }), false);
  const accounts = memoryDirectory(own);
  t.match(await ask('alice', { accounts, rules }), { account: { by: 'sid' }, groups: [OPERATORS], refusedByAccount: { domain: undefined, secret: undefined } });
  accounts.people.set('alice', { ...own, disabled: true });
  const disabled = { reason: 'user_disabled', detail: /CN=alice,DC=myq,DC=test is disabled or has expired/ };
  t.match(await ask('alice', { accounts, rules }), { groups: [OPERATORS], refusedByAccount: { domain: disabled, secret: disabled } });
  accounts.people.clear();
  t.match(await ask('alice', { accounts, rules }), { account: { kind: 'absent' }, groups: [], refusedByAccount: { domain: { detail: /no such account any more/ } } });
  accounts.people.set('alice', accountOf('alice', { sid: 'S-1-5-21-1-2-3-7777', groups: [OPERATORS] }));
  t.match(await ask('alice', { accounts, rules }), {
    account: { by: 'principal' }, groups: [], rights: { ofGroups: [] },
    refusedByAccount: { domain: { reason: 'unknown_user', detail: /SID S-1-5-21-1-2-3-7777, and user alice is .*given to somebody else/ } },
  });
});

t.test('without an account of his own an unknown one keeps him from the domain only', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice@MYQ.TEST');
  t.match(await ask('alice', { accounts: memoryDirectory() }), {
    account: { kind: 'absent' }, refusedByAccount: { domain: { reason: 'user_disabled' }, secret: undefined },
  });
  await add('bob', 'bob@OTHER.TEST');
  t.match(await ask('bob', { accounts: memoryDirectory(), realms: ['OTHER.TEST'] }), {
    account: { kind: 'elsewhere' }, refusedByAccount: { domain: undefined, secret: undefined },
  });
});

t.test('a directory that is out is told, and the rest goes on', async (t) => {
  const { add, ask } = place(t);
  await add('alice', 'alice@MYQ.TEST');
  const accounts = memoryDirectory(accountOf('alice', { groups: [OPERATORS] }));
  accounts.isOut = true;
  t.match(await ask('alice', { accounts, rules }), {
    user: { name: 'alice' }, account: { kind: 'out', detail: 'the domain controller does not answer' }, groups: [],
    refusedByAccount: { domain: undefined, secret: undefined }, rights: { ofGroups: [], all: [...everyUsersScopes, 'reports'] },
  });
  t.match(await ask('bob@MYQ.TEST', { accounts, unknownUsers: 'Create' }), {
    reading: { kind: 'principal' }, newName: 'bob', account: { kind: 'out' }, notes: [/no directory could be asked for the name: the domain controller does not answer/],
  });
});

t.test('a store that is out is a fault, and not an answer', async (t) => {
  const { store, ask } = place(t);
  await store.close();
  await t.rejects(explain('alice', {
    directory: store, realms: () => ['MYQ.TEST'], unknownUsers: 'Reject', accounts: noAccounts, rules: [], everybody: [], domains: [],
    entraIds: () => [],
  }), UnavailableError);
  await t.rejects(ask('MYQ\\alice'), UnavailableError);
});
