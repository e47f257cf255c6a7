// Who signs in: user names as people write them, and what is none (ntlm/credentials.ts).

import t from 'tap';
import { ClientError } from '../../../../src/client/error.ts';
import { checkCredentials, credentialsOf, sentDomain } from '../../../../src/client/windows/ntlm/credentials.ts';

t.test('a name is read in each of its three forms', async (t) => {
  const password = ' Pass\u0007word\ud800 ';
  t.strictSame(credentialsOf('MYQ\\alice', password), { user: 'alice', domain: 'MYQ', password });
  t.strictSame(credentialsOf('alice@myq.test', password), { user: 'alice@myq.test', domain: '', password });
  t.strictSame(credentialsOf('alice', password), { user: 'alice', domain: '', password });
  t.strictSame(credentialsOf('FILIÁLKA\\jiří novák', password), { user: 'jiří novák', domain: 'FILIÁLKA', password });
  t.strictSame(credentialsOf('MYQ\\alice@other.test', password), { user: 'alice@other.test', domain: 'MYQ', password });
});

t.test('the longest name and password are taken', async (t) => {
  const [user, password] = ['u'.repeat(256), 'p'.repeat(256)];
  t.strictSame(credentialsOf(user, password), { user, domain: '', password });
});

const wrong: readonly (readonly [why: string, name: string, password?: string])[] = [
  ['there is no user name', ''], ['there is no user name', '   '], ['there is no user name', 'MYQ\\'], ['there is no user name', 'MYQ\\ '],
  ['there is no domain before the backslash', '\\alice'], ['there is no domain before the backslash', ' \\alice'],
  ['the user name has a backslash too many', 'MYQ\\alice\\x'], ['the user name has a backslash too many', 'MYQ\\\\alice'],
  ['one side of the @ is missing', '@myq.test'], ['one side of the @ is missing', 'alice@'], ['one side of the @ is missing', 'MYQ\\@myq.test'],
  ['`.` is this computer, whose own accounts a server does not know', '.\\alice'],
  ['the user name has control characters in it', 'ali\u0000ce'], ['the user name has control characters in it', 'alice\n'],
  ['the user name has control characters in it', 'ali\u2028ce'], ['the domain has control characters in it', 'M\u0007YQ\\alice'],
  ['the user name has half a character in it', 'ali\ud83dce'], ['the domain has half a character in it', 'M\ude42\\alice'],
  ['the user name is longer than 256 characters', 'u'.repeat(257)], ['the domain is longer than 256 characters', `${'D'.repeat(257)}\\alice`],
  ['there is no password', 'MYQ\\alice', ''], ['the password is longer than 256 characters', 'MYQ\\alice', 'p'.repeat(257)],
];

t.test('what is no name or no password is refused with its reason, a cure, and nothing of itself', async (t) => {
  for (const [why, name, password = 'Passw0rd.alice'] of wrong) {
    const error = await Promise.resolve().then(() => credentialsOf(name, password)).then(() => undefined, (thrown: unknown) => thrown);
    if (!(error instanceof ClientError)) return t.fail(`${JSON.stringify(name)}: ${String(error)}`);
    t.equal(error.reason, 'ntlm_no_credentials');
    t.equal(error.message, `the credentials for NTLM cannot be used: ${why}`);
    t.equal(error.cure, 'Give the user name as DOMAIN\\user or as user@domain, and its password.');
  }
});

t.test('a workstation that is no name is refused, too', async (t) => {
  const alice = { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice' };
  t.doesNotThrow(() => { checkCredentials({ ...alice, workstation: 'PC-ŽIŽKOV' }); });
  for (const workstation of ['W\r', 'W'.repeat(257), '\ud800']) {
    t.throws(() => { checkCredentials({ ...alice, workstation }); }, { reason: 'ntlm_no_credentials', message: /the workstation / });
  }
});

t.test('a bare user is of the domain of the server, a user principal name of none that is sent', async (t) => {
  t.equal(sentDomain({ user: 'alice', domain: 'MYQ' }, 'OTHER'), 'MYQ');
  t.equal(sentDomain({ user: 'alice', domain: '' }, 'OTHER'), 'OTHER');
  t.equal(sentDomain({ user: 'alice', domain: '' }, ''), '');
  t.equal(sentDomain({ user: 'alice@myq.test', domain: '' }, 'OTHER'), '');
  t.equal(sentDomain({ user: 'alice@myq.test', domain: 'MYQ' }, 'OTHER'), 'MYQ');
});
