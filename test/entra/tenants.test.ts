// Several tenants: nobody of one comes to what is another's, by a name or by a SID that his own administrators can write.

import t, { type Test } from 'tap';
import { type Person, startEntra } from '../realm/entra.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { hybridDomain, sidOf } from './domain.ts';
import { outcome, scopesOf } from './outcome.ts';
import { claimsOf, openEntraSite, sectionOf } from './site.ts';

const PARTNER = '11111111-2222-4333-8444-555555555555';
const CREATE = '[Users]\nUnknownUsers = Create\n';

/** A site with our tenant and a partner's; the lines are of their sections. */
async function withPartner(t: Test, { ours = '', theirs = '', config = '' } = {}) {
  const entra = await startEntra(t);
  const partner = entra.tenant(PARTNER);
  const app = partner.app();
  const site = await openEntraSite(t, { entra, keys: ours, config: `${sectionOf(entra, app, theirs, 'Entra:partner', PARTNER)}\n${config}` });
  const theirSignIn = async (person: Person, claims = {}) => site.exchange(await partner.idToken(person, app, claims), { scope: 'openid queues' });
  return { site, partner, theirSignIn };
}

t.test('one name in two tenants is two people, whoever comes first', async (t) => {
  const { site, partner, theirSignIn } = await withPartner(t, { config: CREATE });
  const name = { preferred_username: 'x@example.com' };
  const ours = outcome(await site.signIn(site.tenant.person(name)));
  const theirs = outcome(await theirSignIn(partner.person(name)));
  t.match(ours, /^[\da-f-]{36}$/);
  t.match(theirs, /^[\da-f-]{36}$/);
  t.not(ours, theirs);
  t.equal((await site.provider.gateway.store.users()).filter(({ entraIds }) => entraIds.length > 0).length, 2);
});

t.test('with several tenants SIDs count only where config.ini says so', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const mirrored = sampleMirrored({ account: { directory: '', sid: sidOf(1001) }, name: 'carol', aliases: ['carol@MYQ.TEST'] });
  const rights = `[Rights]\n${sidOf(1500)} = queues\n`;
  for (const [ours, theirs, ourWord, theirWord] of [
    ['', '', false, false],
    ['TrustOnPremisesSids = True\n', '', true, false],
    ['TrustOnPremisesSids = True\n', 'TrustOnPremisesSids = True\n', true, true],
    ['TrustOnPremisesSids = False\n', 'TrustOnPremisesSids = True\n', false, true],
  ] as const) {
    const { site, partner, theirSignIn } = await withPartner(t, { ours, theirs, config: `${domain.config}${CREATE}${rights}` });
    const { store } = site.provider.gateway;
    await store.mirrorUser(mirrored, false);
    await store.replaceClient(...await desktop(site.provider.gateway.store));
    const carol = (await store.userByName('carol'))?.id;
    const claims = { preferred_username: 'c@contoso.example', onprem_sid: sidOf(1001), groups: [sidOf(1500)] };
    const what = `${ours.trim() || 'unsaid'}, ${theirs.trim() || 'unsaid'}`;
    const [our, their] = [
      await site.signIn(site.tenant.person(claims), {}, { scope: 'openid queues' }), await theirSignIn(partner.person(claims)),
    ];
    t.equal(outcome(our) === carol, ourWord, `${what}: the person of ours`);
    t.equal(outcome(their) === carol, theirWord, `${what}: the person of theirs`);
    t.equal(scopesOf(our).includes('queues'), ourWord, `${what}: groups of ours`);
    t.equal(scopesOf(their).includes('queues'), theirWord, `${what}: groups of theirs`);
  }
});

t.test('nor does the SID that Microsoft Graph tells', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const { site, partner, theirSignIn } = await withPartner(t, { config: `${domain.config}${CREATE}` });
  await site.provider.gateway.store.mirrorUser(sampleMirrored({ account: { directory: '', sid: sidOf(1001) }, name: 'carol' }), false);
  const person = partner.person({ preferred_username: 'c@contoso.example' }, { onPremisesSecurityIdentifier: sidOf(1001) });
  t.not(outcome(await theirSignIn(person)), (await site.provider.gateway.store.userByName('carol'))?.id);
  t.strictSame(site.entra.requests.filter(({ path }) => path.startsWith('/v1.0/')), [], 'it is not even asked');
});

t.test('a guest is nobody\'s account of the domain', async (t) => {
  const domain = await hybridDomain(t);
  domain.accounts.set('carol', { rid: 1001 });
  const site = await openEntraSite(t, { keys: 'AllowGuests = True\n', config: `${domain.config}${CREATE}` });
  await site.provider.gateway.store.mirrorUser(sampleMirrored({ account: { directory: '', sid: sidOf(1001) }, name: 'carol' }), false);
  const reply = await site.signIn(site.tenant.person({ acct: 1, onprem_sid: sidOf(1001) }));
  t.equal(reply.statusCode, 200, reply.body);
  t.not(claimsOf(reply)['sub'], (await site.provider.gateway.store.userByName('carol'))?.id);
});

/** The Desktop Client before, and with the scope that groups give here. */
async function desktop(store: Awaited<ReturnType<typeof openEntraSite>>['provider']['gateway']['store']) {
  const before = await store.clientById('myq-desktop-client');
  if (before === undefined) throw new Error('there is no such client');
  return [before, { ...before, scopes: [...before.scopes, 'queues'] }] as const;
}

t.test('two applications of one tenant are two sections: each takes its own tokens by its own rules, and a person is one person', async (t) => {
  const entra = await startEntra(t);
  const tenant = entra.tenant();
  const second = tenant.app();
  const site = await openEntraSite(t, { entra, keys: 'Replay = Once\n', config: `${sectionOf(entra, second, 'MaxTokenAge = 5m\n', 'Entra:mobile')}\n${CREATE}` });
  const person = tenant.person({ preferred_username: 'x@example.com' });
  const old = { iat: Math.floor(Date.now() / 1000) - 1000, nbf: Math.floor(Date.now() / 1000) - 1000 };
  const sub = outcome(await site.signIn(person, old));
  t.match(sub, /^[\da-f-]{36}$/);
  t.equal(outcome(await site.exchange(await tenant.idToken(person, second))), sub);
  t.equal(outcome(await site.exchange(await tenant.idToken(person, second, old))), '400 id_token_too_old');
  const [ofFirst, ofSecond] = [await tenant.idToken(person, site.app), await tenant.idToken(person, second)];
  t.strictSame([outcome(await site.exchange(ofFirst)), outcome(await site.exchange(ofFirst))], [sub, '400 id_token_replay']);
  t.strictSame([outcome(await site.exchange(ofSecond)), outcome(await site.exchange(ofSecond))], [sub, sub]);
  t.equal(outcome(await site.exchange(await tenant.idToken(person, tenant.app()))), '400 id_token_audience');
});
