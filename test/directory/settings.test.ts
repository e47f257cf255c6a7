// The URLs of domain controllers, and the domain of a distinguished name.

import t from 'tap';
import { domainOf, parseUrl } from '../../src/directory/settings.ts';

t.test('a URL has its scheme, host and port; a domain is the DC parts at the end of a name', async (t) => {
  t.strictSame(parseUrl('ldaps://dc1.example.com:636'), { scheme: 'ldaps', host: 'dc1.example.com', port: 636 });
  t.strictSame(parseUrl('ldap://dc1.example.com:3890'), { scheme: 'ldap', host: 'dc1.example.com', port: 3890 });
  t.strictSame([parseUrl('ldap://dc1').port, parseUrl('ldaps://dc1').port], [389, 636]);
  t.equal(domainOf('OU=DC=x,OU=Staff,DC=example,dc=com'), 'DC=example,dc=com');
  t.equal(domainOf('DC=com'), 'DC=com');
});
