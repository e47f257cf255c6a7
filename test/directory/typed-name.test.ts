// Names of people and groups as they are typed.

import t from 'tap';
import { parseGroupName, parseTypedName } from '../../src/directory/typed-name.ts';

t.test('a name is read in each form, folded; what can be nobody\'s is none', async (t) => {
  t.strictSame(parseTypedName('Alice'), { kind: 'bare', user: 'alice' });
  t.strictSame(parseTypedName('Alice Smith'), { kind: 'bare', user: 'alice smith' });
  t.strictSame(parseTypedName('Alice@Corp.Example'), { kind: 'suffix', user: 'alice', suffix: 'corp.example' });
  t.strictSame(parseTypedName('MYQ\\Alice'), { kind: 'domain', user: 'alice', domain: 'myq' });
  const odd = [
    '', ' alice', 'alice ', '@', 'alice@', '@myq', '\\alice', 'MYQ\\', 'MYQ\\\\alice', 'MYQ\\alice@myq', 'a@b@c', 'WS1$', 'MYQ\\WS1$', 'ws1$@myq',
    'a/b', 'a\nb', 'a\0', 'alice\u200b', '\uff41lice', 'alice@my q', 'x'.repeat(257), `a@${'x'.repeat(257)}`,
  ];
  for (const name of odd) t.equal(parseTypedName(name), undefined, JSON.stringify(name));
});

t.test('a group is read with its domain or without', async (t) => {
  t.strictSame(parseGroupName('Print Users'), { name: 'print users', domain: undefined });
  t.strictSame(parseGroupName('MYQ\\Print Users'), { name: 'print users', domain: 'myq' });
  for (const name of ['', '\\', '\\a', 'MYQ\\', 'M Q\\a', 'a\0', ' a']) t.equal(parseGroupName(name), undefined, JSON.stringify(name));
});
