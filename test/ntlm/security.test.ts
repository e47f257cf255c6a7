// What [Security] does to NTLM: ChannelBinding, shown with a relay, too, and LockoutAttempts, which count with those of the login page.

import t from 'tap';
import { asking, fed, PASSWORD } from '../browser/place.ts';
import { Cookies } from '../oauth/provider.ts';
import { visitor } from '../oauth/visitor.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { startBrowser } from '../realm/browser.ts';
import { becomes } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { ntlmSignIn, servedBinding, type AuthenticateOptions, type NtlmSignInOptions } from '../realm/ntlm-client.ts';
import { loggedSince } from '../routes/refusal-answer.ts';
import { alice, bob, claimsOf, OFFERS, refuses, type Expected, type Tried } from './place.ts';
import { curl, fetchNtlm, requestsNtlm } from './programs.ts';
import { startRelay } from './relay.ts';

type Policy = 'Off' | 'Allow' | 'Require';

/** One user in all the spellings that a client could find for him; the domain itself does not take all of them. */
const spellings: readonly Pick<AuthenticateOptions, 'user' | 'domain'>[] = [
  { user: 'ALICE', domain: 'MYQ' }, { user: 'alice@myq.test', domain: '' }, { user: 'MYQ\\alice', domain: '' }, { user: 'alice', domain: '' },
  { user: 'alice', domain: 'NOSUCHDOMAIN' }, { user: 'Alice', domain: 'myq.test' }, { user: ' alice ', domain: 'MYQ' },
  { user: 'alice@NOSUCH.TEST', domain: 'MYQ' }, { user: 'ÁLICE', domain: 'MYQ' }, { user: '\uFF41lice', domain: '' },
];
const attempts = spellings.length;

const { domain, member, start } = await openAdDomain(t);
const withPolicy = (policy: Policy): Promise<GatewayProcess> =>
  start({ ntlm: true, config: `[Security]\nChannelBinding = ${policy}\nLockoutAttempts = ${String(attempts)}` });
// One after the other: each is several processes, and a gateway has only so long to start.
const off = await withPolicy('Off');
const allow = await withPolicy('Allow');
const require = await withPolicy('Require');
const gateways: Readonly<Record<Policy, GatewayProcess>> = { Off: off, Allow: allow, Require: require };

/** Another certificate's binding: what a message carries that was made for a relay. */
const wrongBinding = await servedBinding(off);
const bindings = {
  right: (gateway: GatewayProcess) => servedBinding(gateway),
  wrong: (gateway: GatewayProcess) => (gateway === off ? servedBinding(allow) : Promise.resolve(wrongBinding)),
  none: () => Promise.resolve(undefined),
  // As a client without TLS sends it.
  zeros: () => Promise.resolve('zeros' as const),
};

const mismatch: Expected = {
  status: 401, reason: 'channel_binding_mismatch', detail: /made for another TLS connection: somebody relays it, or a proxy ends TLS/,
  cure: /without a proxy that ends TLS/, user: 'alice@MYQ.TEST',
};
const required: Expected = {
  status: 401, reason: 'channel_binding_required', detail: /carries no channel binding, and \[Security\] ChannelBinding=Require/,
  cure: /a client that sends channel bindings/, user: 'alice@MYQ.TEST',
};
/** What the token says of it, or why there is none. */
const outcomes: Readonly<Record<Policy, Readonly<Record<keyof typeof bindings, 'bound' | 'none' | Expected>>>> = {
  Off: { right: 'none', wrong: 'none', none: 'none', zeros: 'none' },
  Allow: { right: 'bound', wrong: mismatch, none: 'none', zeros: 'none' },
  Require: { right: 'bound', wrong: mismatch, none: required, zeros: required },
};
const ways: readonly Pick<NtlmSignInOptions, 'scheme' | 'wrapped'>[] = [{ scheme: 'NTLM' }, { scheme: 'Negotiate' }, { scheme: 'Negotiate', wrapped: true }];

for (const policy of ['Off', 'Allow', 'Require'] as const) {
  for (const kind of ['right', 'wrong', 'none', 'zeros'] as const) {
    const outcome = outcomes[policy][kind];
    const says = typeof outcome === 'string' ? `signs in, and the token says cbt ${outcome}` : `is refused as ${outcome.reason}`;
    t.test(`ChannelBinding=${policy}: a message with the binding "${kind}" ${says}`, async (t) => {
      const gateway = gateways[policy];
      const authenticate = { ...alice, channelBindings: await bindings[kind](gateway) };
      for (const way of ways) {
        for (const mic of ['good', 'none'] as const) {
          const attempt = (): Promise<Tried> => ntlmSignIn(gateway, { ...way, authenticate: { ...authenticate, mic } });
          if (typeof outcome === 'string') t.match(claimsOf((await attempt()).answer), { preferred_username: 'alice', amr: ['wia'], cbt: outcome });
          else await refuses(t, gateway, attempt, outcome);
        }
      }
    });
  }
}

t.test('a relay gets nothing for the messages of requests-ntlm and Chromium, though the domain accepts them', async (t) => {
  const credentials = { user: 'MYQ\\alice', password: alice.password };
  for (const [gateway, isRefused] of [[off, false], [allow, true], [require, true]] as const) {
    const relay = await startRelay(t, gateway);
    const { page, close } = await startBrowser({ ca: relay.ca });
    t.teardown(close);
    const clients = [
      () => requestsNtlm(member, relay, credentials.user, credentials.password),
      () => fetchNtlm(page, relay, credentials),
    ];
    for (const signIn of clients) {
      const before = gateway.log.length;
      const answer = await signIn();
      if (isRefused) {
        t.match(answer, { status: 401, json: { reason: 'channel_binding_mismatch' }, headers: { 'www-authenticate': OFFERS } });
        t.match(await loggedSince(gateway, before, 'windows sign-in refused'), { reason: 'channel_binding_mismatch', user: 'alice@MYQ.TEST' });
      } else {
        t.match(claimsOf(answer), { preferred_username: 'alice', cbt: 'none' }, 'where nobody looks at the binding, the relay wins');
      }
    }
  }
});

const query = Object.fromEntries(new URL(asking(allow, 'http://127.0.0.1/callback').url).searchParams);
const { signIn } = visitor(allow, allow.issuer);
const ntlm = (authenticate: AuthenticateOptions): Promise<Tried> => ntlmSignIn(allow, { scheme: 'NTLM', authenticate });
const onPage = async (password: string): Promise<number> => (await signIn(query, new Cookies(), 'alice', password)).statusCode;
const wrong: Expected = { status: 401, reason: 'wrong_secret', detail: /NT_STATUS_/, user: 'alice' };
/** The client is not told that it is no longer heard. */
const paused: Expected = {
  ...wrong, logged: 'sign_in_paused', detail: /too many tries have failed for this user/, cure: /ends by itself \(\[Security\] LockoutMinutes\)/,
};

t.test('wrong passwords pause NTLM and the login page for a user, in whatever spelling they come, and nothing else', async (t) => {
  await fed(allow, PASSWORD, 'users', 'password', 'alice', '--password-stdin');
  for (const spelling of spellings) {
    await refuses(t, allow, () => ntlm({ ...alice, ...spelling, password: 'wrong' }), wrong);
  }
  for (const spelling of [alice, ...spellings]) await refuses(t, allow, () => ntlm({ ...alice, ...spelling }), paused);
  t.equal(await onPage(PASSWORD), 403, 'the login page is paused for him, too');
  t.match(claimsOf((await ntlm(bob)).answer), { preferred_username: 'bob' });
  const ticket = await domain.kinit('alice');
  const [byTicket] = await curl(member, allow, ['--negotiate', '--user', ':'], { environment: { KRB5CCNAME: ticket } });
  t.equal(byTicket?.status, 200, 'a ticket cannot be guessed');
});

t.test('an admin ends the pause, and wrong passwords on the login page pause NTLM', async (t) => {
  await allow.cli('users', 'enable', 'alice');
  claimsOf((await ntlm(alice)).answer);
  for (let failed = 0; failed < attempts; failed++) t.equal(await onPage('wrong'), 403);
  await refuses(t, allow, () => ntlm(alice), paused);
  await allow.cli('users', 'enable', 'alice');
});

t.test('a right password forgets the wrong ones, and what is never asked counts for nothing', async (t) => {
  for (let time = 0; time < 3; time++) {
    for (let failed = 1; failed < attempts; failed++) await refuses(t, allow, () => ntlm({ ...alice, password: 'wrong' }), wrong);
    claimsOf((await ntlm(alice)).answer);
  }
  for (let refused = 0; refused <= attempts; refused++) {
    for (const message of [{ response: 'v1' }, { channelBindings: wrongBinding }] as const) t.equal((await ntlm({ ...alice, ...message })).answer.status, 401);
  }
  claimsOf((await ntlm(alice)).answer);
});

t.test('whoever signs in under somebody else\'s name does not clear the failures of that name', async (t) => {
  await domain.addUser('mallory', 'Passw0rd.mallory');
  const setName = ['changetype: modify', 'replace: userPrincipalName', 'userPrincipalName: zoe@myq.test'];
  await domain.modify([`dn: CN=mallory,CN=Users,${domain.baseDn}`, ...setName, ''].join('\n'));
  await allow.cli('users', 'add', 'zoe', '--alias', `zoe@${domain.realm}`);
  const zoe = { user: 'zoe@myq.test', domain: '', password: 'wrong' };
  for (let failed = 1; failed < attempts; failed++) await refuses(t, allow, () => ntlm(zoe), { ...wrong, user: 'zoe' });
  for (let time = 0; time < 3; time++) {
    await refuses(t, allow, () => ntlm({ ...zoe, password: 'Passw0rd.mallory' }), {
      status: 403, reason: 'unknown_user', detail: /mallory@MYQ\.TEST/, cure: /users add mallory/, user: 'mallory@MYQ.TEST',
    });
  }
  await refuses(t, allow, () => ntlm(zoe), { ...wrong, user: 'zoe' });
  await refuses(t, allow, () => ntlm({ ...zoe, password: 'Passw0rd.mallory' }), { ...paused, user: 'zoe' });
});

t.test('of many wrong passwords that come at once no more are looked at than may fail', async (t) => {
  const before = allow.log.length;
  const all = await Promise.all(Array.from({ length: 3 * attempts }, () => ntlm({ ...alice, password: 'wrong' })));
  const outward = all.map(({ answer: { status, json } }) => `${String(status)} ${String(json?.['reason'])}`);
  t.same(outward.filter((one) => !['401 wrong_secret', '503 handshake_limit', '503 backend_unavailable'].includes(one)), []);
  const refusals = (): readonly unknown[] =>
    allow.log.slice(before).filter(({ msg }) => msg === 'windows sign-in refused').map(({ reason }) => reason);
  t.ok(await becomes(() => refusals().length >= all.length), 'each is in the log');
  t.ok(refusals().filter((reason) => reason === 'wrong_secret').length <= attempts, refusals().join());
  for (let more = 0; more < attempts; more++) await ntlm({ ...alice, password: 'wrong' });
  await refuses(t, allow, () => ntlm(alice), paused);
});
