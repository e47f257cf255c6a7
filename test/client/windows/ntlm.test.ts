// NTLM of the client against a gateway in a real Active Directory: only where server, user and policy all want it.

import t from 'tap';
import { signIn, SignInError, type SignInOptions } from '../../../src/client/index.ts';
import { openAdDomain } from '../../realm/ad-site.ts';
import { alice } from '../../ntlm/place.ts';
import { reach, type Reached } from '../place.ts';

const place = await openAdDomain(t);
const { domain: { netbios, realm } } = place;
const [offering, demanding, kerberosOnly] = await Promise.all([
  place.start({ ntlm: true }),
  place.start({ ntlm: true, config: '[Security]\nChannelBinding = Require' }),
  place.start({ ntlm: true, config: '[Security]\nKerberosOnly = True' }),
]);
// No ticket, and no domain, here.
Object.assign(process.env, place.domain.environment, { KRB5CCNAME: 'FILE:/nonexistent' });

const as = (user: string, password: string = alice.password): SignInOptions['windows'] => ({ ntlm: 'fallback', credentials: { user, password } });
const attempt = (gateway: Reached, windows: SignInOptions['windows']): Promise<unknown> =>
  signIn({ ...reach(gateway), methods: ['windows'], windows }).catch((error: unknown) => error);

async function claimsOf(answer: unknown): Promise<unknown> {
  if (answer instanceof Error) throw answer;
  const { session } = answer as Awaited<ReturnType<typeof signIn>>;
  const claims = await session.claims();
  await session.close();
  return claims;
}

for (const name of [`${netbios}\\alice`, `alice@${realm.toLowerCase()}`, 'alice']) {
  t.test(`${name} signs in, bound to the connection`, async (t) => {
    for (const gateway of [offering, demanding]) {
      t.match(await claimsOf(await attempt(gateway, as(name))), { preferred_username: 'alice', cbt: 'bound' });
    }
  });
}

t.test('a wrong password is refused, and said so', async (t) => {
  const error = await attempt(offering, as(`${netbios}\\alice`, 'not the password'));
  t.type(error, SignInError);
  t.match(error, { reason: 'refused', server: { status: 401, reason: 'wrong_secret' }, message: /no ticket.*NTLM/ });
});

t.test('is never sent without credentials, without the policy, or to a server that does not offer it', async (t) => {
  const cases: readonly [string, Reached, SignInOptions['windows']][] = [
    ['ntlm_not_allowed', offering, { credentials: { user: 'alice', password: alice.password } }],
    ['ntlm_no_credentials', offering, { ntlm: 'fallback' }],
    ['ntlm_not_offered', kerberosOnly, as('alice')],
    ['no_ticket', offering, {}],
  ];
  const counted = () => [offering, kerberosOnly].map(({ log }) => log.filter(({ mechanism }) => mechanism === 'ntlm').length);
  const before = counted();
  for (const [reason, gateway, options] of cases) t.match(await attempt(gateway, options), { name: 'SignInError', reason }, reason);
  t.strictSame(counted(), before, 'no gateway saw any');
});

t.test('a ticket that was refused is no reason for NTLM', async (t) => {
  const bob = await place.domain.kinit('bob');
  process.env['KRB5CCNAME'] = bob;
  t.teardown(() => { process.env['KRB5CCNAME'] = 'FILE:/nonexistent'; });
  await offering.cli('users', 'disable', 'bob');
  t.match(await attempt(offering, as('alice')), { reason: 'refused', server: { reason: 'user_disabled' } });
});

t.test('an address instead of a name leads to NTLM, too', async (t) => {
  const byAddress = { ...offering, hostname: '127.0.0.1' };
  const answer = await signIn({
    ...reach(byAddress), methods: ['windows'], windows: as('alice'),
    trust: { mode: 'normal', caFile: offering.caFile, ask: () => Promise.resolve(true) },
  });
  t.match(await claimsOf(answer), { preferred_username: 'alice' });
});
