// The words of a refused bind.

import t from 'tap';
import { bindDetail } from '../../src/directory/bind-detail.ts';

t.test('a refused bind is told in words, with the number that the controller gave', async (t) => {
  const said = (data: string): string => bindDetail({ code: 49, diagnostic: `80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data ${data}, v3839` });
  t.strictSame(['525', '52e', '530', '531', '532', '533', '701', '773', '775'].map(said), [
    'there is no such account (data 525)', 'the password is wrong (data 52e)', 'the account may not sign in at this time (data 530)',
    'the account may not sign in from this machine (data 531)', 'the password has expired (data 532)', 'the account is disabled (data 533)',
    'the account has expired (data 701)', 'the password must be changed first (data 773)', 'the account is locked out (data 775)',
  ]);
  t.equal(said('52E'), 'the password is wrong (data 52e)');
  t.equal(said('57'), 'the directory refused the bind (data 57)');
  t.equal(bindDetail({ code: 48, diagnostic: 'no words' }), 'the directory refused the bind (result 48)');
});
