// Names of people of Entra ID that are odd, or those of somebody else in another guise, and people who come at the same time.

import t from 'tap';
import { foldName } from '../../src/identity/principal.ts';
import { printable } from '../../src/mechanisms/token/printable.ts';
import { idOf, lastRefusal, outcome } from './outcome.ts';
import { openEntraSite } from './site.ts';

const CREATE = '[Users]\nUnknownUsers = Create\n';

/** Names that are nobody's here, and of which some look like `alice`. */
const odd = [
  ' ', '   ', ' alice', 'alice ', '\u00a0', '\u3000', 'ali\u0000ce', 'alice\u0000', 'alice\n', '\talice', '\u202ealice', 'ali\u2066ce', 'alice\u200b', '\ufeffalice', 'alice\u00ad',
  '\u2800', '\ud800', 'alice\udfff', '\u{e000}', 'ａlice', 'al\u0131ce', 'a\u0142ice', '\u0430lice', 'alice\u0301', 'al\u0456ce', '\u{1d41a}lice', 'ALI\u212aCE', 'x'.repeat(300), 'alice'.repeat(60),
  '/', 'alice/admin', '\\', 'MYQ\\alice', '"alice"', '@', 'alice@', 'alice$', 'WS1$', 'alice;alice', '<alice>', '-alice', '--entra-id', '../alice', "' OR 1=1 --", '__proto__', 'null',
];

/** Who is who he is called: no trick of letters stands in the user's name. */
const isPlain = (name: string): boolean => printable(name, 400) === name && foldName(name.replace('@', '')) !== undefined;

for (const [rule, claimsFor] of [
  ['upnPrefix', (name: string) => ({ preferred_username: `${name}@example.com`, name: undefined })],
  ['userPrincipalName', (name: string) => ({ preferred_username: name, name: undefined })],
  ['displayName', (name: string) => ({ preferred_username: undefined, name })],
] as const) {
  t.test(`UserName = ${rule}: an odd name is nobody else's, and does not become the name of a user`, async (t) => {
    const site = await openEntraSite(t, { keys: `UserName = ${rule}\n`, config: CREATE });
    const { store } = site.provider.gateway;
    await store.addUser({ name: 'alike', aliases: ['alike', 'alike@EXAMPLE.COM'], scopes: [] });
    await store.addUser({ name: 'alice@example.com', aliases: [], scopes: [] });
    const own = new Set((await store.users()).map(({ id }) => id));
    for (const name of [...odd, 'ali\u212ae']) {
      const person = site.tenant.person(claimsFor(name));
      const sub = outcome(await site.signIn(person));
      const user = await store.userById(sub);
      t.ok(user !== undefined && !own.has(sub) && isPlain(user.name), `${printable(name, 40)} → ${printable(user?.name ?? sub, 60)}`);
      own.add(sub);
      t.equal(outcome(await site.signIn(person)), sub);
    }
  });
}

t.test('the log shows an odd name so that it does no harm, and in no command', async (t) => {
  const site = await openEntraSite(t);
  const { store } = site.provider.gateway;
  const before = await store.users();
  const word = String.raw`(?:<NAME>|[\p{L}\p{N}_][\p{L}\p{N}_.@-]*)`;
  for (const name of odd) {
    const person = site.tenant.person({ preferred_username: name });
    t.equal(outcome(await site.signIn(person)), '400 unknown_user', printable(name, 40));
    const { detail = '', cure = '', user = '' } = lastRefusal(site);
    for (const text of [detail, cure, user]) t.equal(printable(text, 2000).replaceAll('\\\\', '\\'), text);
    t.match(cure, new RegExp(`users set <NAME> --entra-id [\\da-f-]+/[\\da-f-]+; if not: myq-gateway users add ${word}, or`, 'u'));
  }
  t.strictSame(await store.users(), before);
});

t.test('letter case is no difference, and a token whose name is empty or no text is none', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n', config: CREATE });
  const alice = site.tenant.person({ preferred_username: 'ALICE@EXAMPLE.COM' });
  t.equal(outcome(await site.signIn(alice)), site.provider.alice.id);
  for (const preferred of ['', 1, null, ['alice@example.com'], { name: 'alice' }, true]) {
    const person = site.tenant.person({ preferred_username: preferred });
    t.equal(outcome(await site.signIn(person)), '400 id_token_malformed', JSON.stringify(preferred));
  }
  const nameless = site.tenant.person({ preferred_username: '@example.com', name: '' });
  const sub = outcome(await site.signIn(nameless));
  t.match(await site.provider.gateway.store.userById(sub), { name: '@example.com' });
});

t.test('one person who comes many times at once for the first time is one user, and people of one name are never one', async (t) => {
  // All of them wait for one answer of Microsoft Graph, and go on together.
  const site = await openEntraSite(t, { keys: 'UserName = onPremisesSamAccountName\n', config: CREATE });
  const { store } = site.provider.gateway;
  for (const [what, name] of [['a new one', 'frank'], ['the one who is there', 'bob']] as const) {
    const before = (await store.users()).length;
    const person = site.tenant.person({ preferred_username: `${name}@example.com` }, { onPremisesSamAccountName: name });
    const subs = new Set((await Promise.all(Array.from({ length: 12 }, () => site.signIn(person)))).map(outcome));
    t.equal(subs.size, 1, what);
    t.strictSame(subs, new Set([(await store.userByEntraId(idOf(site, person)))?.id]));
    t.equal((await store.users()).length, name === 'bob' ? before : before + 1);
  }
  for (const name of ['kim', 'lee']) await store.addUser({ name, aliases: [`${name}@EXAMPLE.COM`], scopes: [] });
  const renamed = site.tenant.person({});
  const both = await Promise.all(Array.from({ length: 12 }, (_, index) =>
    site.signIn(renamed, { preferred_username: `${index % 2 === 0 ? 'kim' : 'lee'}@example.com` })));
  t.strictSame(new Set(both.map(outcome)), new Set([(await store.userByEntraId(idOf(site, renamed)))?.id]), 'with an old and a new name at once');
  for (const name of ['grace', 'alice']) {
    const people = Array.from({ length: 8 }, () => site.tenant.person({ preferred_username: `${name}@example.com` }, { onPremisesSamAccountName: name }));
    const once = (await Promise.all(people.map((person) => site.signIn(person)))).map(outcome);
    const again = (await Promise.all(people.map((person) => site.signIn(person)))).map(outcome);
    t.strictSame(again, once, 'and it stays so');
    const subs = once.filter((one) => one !== '400 unknown_user');
    t.ok(subs.length >= 1 && new Set(subs).size === subs.length, `${name}: ${String(subs.length)} came in, each as himself`);
    if (name === 'alice') t.strictSame(subs, [site.provider.alice.id], 'one of them became the user who was there');
  }
});
