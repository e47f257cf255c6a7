// The words of LDAP: URLs, distinguished names, attributes, filters, and whom a bind names.
import t from 'tap';
import { ldapUrls } from '../../src/config/addresses.ts';
import { attribute, attributes, baseDns, bindName, domainComponents, filter } from '../../src/config/ldap-values.ts';
import { table } from './kinds.ts';

table('LDAP URLs name domain controllers by their names, and get their port', ldapUrls, [
  ['ldaps://dc1.myq.test', ['ldaps://dc1.myq.test:636']], ['LDAP://DC1.MYQ.TEST/', ['ldap://dc1.myq.test:389']],
  ['ldaps://dc1:3269, ldap://dc2:1389\tldaps://dc2 ,', ['ldaps://dc1:3269', 'ldap://dc2:1389', 'ldaps://dc2:636']],
], [
  ['ldaps://127.0.0.1', /"ldaps:\/\/127\.0\.0\.1" has an address where a name belongs/], ['ldap://[::1]:389', /an address/], ['ldaps://::1', /not a bare/],
  ['ldaps://256.1.1.1', /is not a host name/], ['ldaps://bücher.test', /punycode/], ['ldaps://dc1.', /ends with a dot/], ['ldaps://', /not a bare/],
  ['dc1.myq.test', /not a bare ldaps or ldap URL/], ['https://dc1', /not a bare/], ['ldapi://dc1', /not a bare/], ['ldaps://dc1/DC=x', /not a bare/],
  ['ldaps://dc1?x', /not a bare/], ['ldaps://dc1:0', /not a bare/], ['ldaps://dc1:65536', /not a valid URL/], ['ldaps:dc1', /not a bare/],
  ['ldaps://dc1 ldaps://DC1:636', /is named twice/], [',', /names no URL/], ['ldaps://dc1;ldaps://dc2', /not a bare|not a host/],
]);

t.test('an LDAP URL with a user part is refused without repeating it', async (t) => {
  t.strictSame(ldapUrls.read('ldaps://reader:geheim@dc1', '/'), { wrong: 'the URL names a user' });
});

table('base names are distinguished names with DC parts, separated by semicolons', baseDns, [
  ['DC=myq,DC=test', ['DC=myq,DC=test']], ['ou=Staff , dc = myq,dc=test', ['ou=Staff,dc=myq,dc=test']],
  ['OU=A,DC=x;OU=B,DC=x ; ', ['OU=A,DC=x', 'OU=B,DC=x']], ['OU=a\\;b\\, c,DC=x', ['OU=a\\;b\\, c,DC=x']], ['CN=Žluť\\20,DC=x', ['CN=Žluť\\20,DC=x']],
  ['OU=a+CN=b,DC=x', ['OU=a+CN=b,DC=x']], ['2.5.4.11=#0c0141,DC=x', ['2.5.4.11=#0c0141,DC=x']], ['OU=a b,DC=x', ['OU=a b,DC=x']], ['OU=a=b,DC=x', ['OU=a=b,DC=x']],
], [
  ['myq.test', /"myq\.test" is not a distinguished name/], ['OU=Staff', /"OU=Staff" has no DC part/], ['DC=', /not a disting/], ['DC=a,', /not a disting/],
  [',DC=a', /not a/], ['DC=a,,DC=b', /not a/], ['OU="a",DC=x', /not a/], ['OU=a<b,DC=x', /not a/], ['OU=a\\,DC=x', /not a|no DC/], ['OU=a\\zz,DC=x', /not a/],
  ['DC=a\\', /not a/], ['O U=a,DC=x', /not a/], ['OU=#0c0,DC=x', /not a/], ['OU=a+,DC=x', /not a/], ['-a=b,DC=x', /not a/], ['OU=a\u202eb,DC=x', /not a/],
  ['DC=a,DC=b; dc=A,dc=B', /is named twice/], [';', /names nothing/], [`OU=${'x'.repeat(1100)},DC=x`, /not a/], ['DC=a; x', /"x" is not a/],
]);

t.test('the DC parts of a name are its domain', async (t) => {
  t.strictSame(domainComponents('OU=Staff,dc=Sales,DC=myq,DC=test'), ['Sales', 'myq', 'test']);
  t.strictSame(domainComponents('OU=DC\\=x'), []);
});

table('a bind names an account in one of three forms', bindName,
  ['reader@myq.test', 'MYQ\\reader', 'CN=Reader,OU=Service,DC=myq,DC=test', 'žluť@myq.test', 'MYQ\\svc reader', 'CN=a@b,DC=x'].map((text) => [text, text] as const),
  ['reader', '@myq.test', 'reader@', 'a@b@c', '\\reader', 'MYQ\\', 'a\\b\\c', 'CN=', 'rea\u200bder@myq.test', `${'x'.repeat(1100)}@myq.test`]
    .map((text) => [text, /does not name an account$/] as const));

table('an attribute is a name or number, perhaps with options', attribute,
  ['mail', 'extensionAttribute1', 'msDS-cloudExtensionAttribute1', '2.5.4.3', '0.9.2342', 'userCertificate;binary', 'cn;lang-de;x-1'].map((text) => [text, text] as const),
  ['1mail', '-a', 'ma il', 'mail,cn', 'ma_il', '2', '2.05', '2.5.', 'a;', 'a;;b', 'a.b', '(mail)', 'má', 'x'.repeat(256)].map((text) => [text, /is not an attribute's name$/] as const));

table('several attributes are separated by semicolons', attributes,
  [['', []], ['mail', ['mail']], ['userPrincipalName;  proxyAddresses ;', ['userPrincipalName', 'proxyAddresses']]],
  [['a,b', /"a,b" is not/], ['a b', /not an attribute/], ['a; 1x', /"1x" is not/], ['mail;Mail', /"Mail" is named twice/]]);

table('a filter is whole and balanced', filter, [
  '(&(objectCategory=person)(objectClass=user))', '(mail=*)', '(!(cn=a*b))', '(|(a=1)(b>=2)(c<=3)(d~=4))', '(cn=žluť \\28x\\29)', '(cn=)',
  '(memberOf:1.2.840.113556.1.4.1941:=CN=Print Users,OU=Groups,DC=myq,DC=test)', '(userAccountControl:1.2.840.113556.1.4.803:=2)',
  '(cn:dn:=x)', '(cn;lang-de=x)', `${'(!'.repeat(100)}(a=b)${')'.repeat(100)}`,
].map((text) => [text, text] as const), [
  ['objectClass=user', /does not begin with a parenthesis/], ['(objectClass=user', /a parenthesis too few at the end/], ['(a=b))', /a parenthesis too many at the end/],
  ['()', /is not an LDAP filter/], ['(&)', /is not/], ['(!(a=b)(c=d))', /is not/], ['(!a=b)', /is not/], ['(a)', /is not/], ['(=b)', /is not/], ['(:=b)', /is not/],
  ['(a=b)(c=d)', /is not/], ['(a=b) ', /is not/], ['(& (a=b))', /is not/], ['(a=b\\2)', /is not/], ['(a=\\zz)', /is not/], ['((a=b))', /is not/], [')a=b(', /does not begin/],
  ['(a=(b)c)', /is not/], ['(1a=b)', /is not/], ['(a=b\u0000)', /cannot be seen/], ['(a=b\u200b)', /cannot be seen/], [`(a=${'x'.repeat(1100)})`, /longer than 1024/],
]);

t.test('very long lines are refused at once', async (t) => {
  const begun = performance.now();
  for (const kind of [ldapUrls, baseDns, bindName, attribute, attributes, filter]) {
    for (const text of [' x'.repeat(250_000).trim(), '('.repeat(500_000), '\\'.repeat(500_001), `DC=${' '.repeat(500_000)}"`, ';='.repeat(250_000)]) {
      t.match(kind.read(text, '/'), { wrong: /^.{1,200}$/ }, `${kind.expected}: ${text.slice(0, 9)}`);
    }
  }
  t.ok(performance.now() - begun < 10_000);
});
