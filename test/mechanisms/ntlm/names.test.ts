// Whose name a message claims, in every spelling that a domain may take for it (ntlm/names.ts).

import t from 'tap';
import { claimedName, countedName } from '../../../src/mechanisms/ntlm/names.ts';

const one = [{ domain: 'MYQ', realm: 'MYQ.TEST' }];
const two = [...one, { domain: 'OTHER', realm: 'OTHER.TEST' }];
const claimed = (user: string, domain = '', domains = one) => claimedName({ user, domain }, domains);
const aliases = (...claim: Parameters<typeof claimed>): readonly string[] | undefined =>
  claimed(...claim)?.principals.map(({ canonical }) => canonical);

t.test('a name is of the domain that it names itself, else of the one beside it', async (t) => {
  const likeliest = (user: string, domain: string): string | undefined => aliases(user, domain, two)?.[0];
  for (const domain of ['MYQ', 'myq', 'MYQ.TEST', 'myq.test', ' MYQ ']) t.equal(likeliest('Alice', domain), 'alice@MYQ.TEST', domain);
  t.equal(likeliest('alice', 'other'), 'alice@OTHER.TEST');
  t.equal(likeliest('alice@other.test', 'MYQ'), 'alice@OTHER.TEST');
  t.equal(likeliest('OTHER\\alice', 'MYQ'), 'alice@OTHER.TEST');
  t.equal(likeliest('OTHER\\alice@myq.test', 'MYQ'), 'alice@OTHER.TEST');
});

t.test('where the domain is not known, a name may be of any', async (t) => {
  for (const [user, domain] of [['alice', ''], ['alice', 'NOSUCH'], ['alice@NOSUCH.TEST', 'MYQ'], ['NOSUCH\\alice', 'MYQ']] as const) {
    t.equal(claimed(user, domain, two)?.isDomainKnown, false);
    t.same(new Set(aliases(user, domain, two)), new Set(['alice@MYQ.TEST', 'alice@OTHER.TEST']), `${domain}\\${user}`);
  }
  t.equal(claimed('alice', 'MYQ')?.isDomainKnown, true);
});

t.test('a name with a suffix may be a userPrincipalName', async (t) => {
  t.equal(claimed(' bob@corp.example ')?.suffixed, 'bob@corp.example');
  t.equal(claimed('bob@myq.test')?.suffixed, 'bob@myq.test');
  t.equal(claimed('bob', 'MYQ')?.suffixed, undefined);
});

t.test('a name is looked for as it is written before it is as a domain may take it', async (t) => {
  t.same(aliases('José', 'MYQ'), ['josé@MYQ.TEST', 'jose@MYQ.TEST']);
  t.same(aliases('Jose\u0301', 'MYQ'), ['josé@MYQ.TEST', 'jose@MYQ.TEST'], 'decomposed');
  t.same(aliases('\uFF41lice', 'MYQ'), ['alice@MYQ.TEST'], 'in full width it is no name here');
  t.same(new Set(aliases('john  smith', 'MYQ')), new Set(['john smith@MYQ.TEST']));
});

t.test('a name that can be nobody\'s is none', async (t) => {
  const names = ['', ' ', 'a/b', 'al\u00ADice', 'al\u200Bice', 'alice\u2800', 'a@b@myq.test', 'MYQ\\a\\b', '@myq.test', 'MYQ\\', 'alice\uFF20x', 'a'.repeat(257)];
  for (const name of names) t.equal(claimed(name, 'MYQ'), undefined, JSON.stringify(name));
});

t.test('all spellings that a domain may take for one name count as one', async (t) => {
  const spellings: Readonly<Record<string, readonly string[]>> = {
    'alice': ['Alice', ' alice ', 'ÁLICE', 'a\u0301lice', 'ａｌｉｃｅ', 'alıce', 'ALİCE'],
    'john smith': ['john  smith', 'JOHN     SMITH', 'john\u00A0smith', 'john\u3000smith'],
    'jiri novak': ['Jiří Novák'],
    'strasse': ['straße', 'STRAẞE'],
    'soren aeroe': ['Søren Ærœ', 'søren æroe'],
    'はなこ': ['ハナコ', 'ﾊﾅｺ'],
    'αλεξης': ['ΑΛΈΞΗΣ', 'αλέξησ'],
    'kim': ['\u212Aim'],
  };
  for (const [name, others] of Object.entries(spellings)) {
    for (const other of [name, ...others]) t.equal(countedName(other), name, JSON.stringify(other));
  }
});

t.test('other names count as others', async (t) => {
  const names = ['alice', 'alic', 'al ice', 'al-ice', 'alice1', 'alise', 'аlice', 'alice$', 'alice.'];
  t.equal(new Set(names.map(countedName)).size, names.length);
  t.notOk(names.map(countedName).includes(undefined));
});
