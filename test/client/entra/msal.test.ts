// MSAL Node itself with a broker that is not WAM: what the broker is asked, and what is made of its answers. WAM was not run.

import { mock } from 'node:test';
import { InteractionRequiredAuthError } from '@azure/msal-node';
import t from 'tap';
import { ClientError } from '../../../src/client/error.ts';
import { signIn, SignInError, type SignInOptions } from '../../../src/client/index.ts';
import { type MsalOptions, msalIdTokens } from '../../../src/client/entra/msal.ts';
import { TENANT } from '../../realm/entra.ts';
import { reach } from '../place.ts';
import { brokerOf, type NotingBroker, resultOf } from './brokers.ts';
import { enter, exchanges, failure, openPlace } from './place.ts';

const place = await openPlace(t);
const { gateway, tenant, app, alice } = place;
const seconds = (): number => Math.floor(Date.now() / 1000);
const options = (broker: NotingBroker, more: Partial<MsalOptions> = {}): MsalOptions =>
  ({ tenantId: TENANT, clientId: app.clientId, broker, ...more });
const token = (changes?: Readonly<Record<string, unknown>>): Promise<string> => tenant.idToken(alice, app, changes);

/** The broker of a computer at which alice is signed in. */
const ofAlice = (): NotingBroker => brokerOf(async (request) => resultOf(await token(), request));

const acquire = (given: MsalOptions, { forceRefresh = false, signal = new AbortController().signal } = {}): Promise<string> =>
  msalIdTokens(given).acquire({ forceRefresh, signal });

/** As the broker's package throws them: it has a copy of MSAL's classes of its own. */
class ForeignError extends Error {
  readonly errorCode: string;
  readonly platformBrokerError: Error | undefined;

  constructor(name: string, errorCode: string, message: string, platformBrokerError?: Error) {
    super(`${errorCode}: ${message}`);
    this.name = name;
    this.errorCode = errorCode;
    this.platformBrokerError = platformBrokerError;
  }
}

t.test('the account of the session signs in, and the broker is asked for no other', async (t) => {
  const broker = ofAlice();
  const { session, passedOver } = await signIn({ ...reach(gateway), methods: ['entra'], entra: options(broker) });
  t.teardown(() => session.close());
  t.match(await session.claims(), { preferred_username: 'alice', tid: TENANT, client_id: 'myq-desktop-client' });
  t.strictSame([session.method, passedOver.length, broker.requests.length], ['entra', 0, 1]);
  const { authority, clientId, scopes, accountId, forceRefresh, claims } = broker.requests[0] ?? {};
  t.strictSame({ authority, clientId, scopes, accountId, forceRefresh, claims }, {
    authority: `https://login.microsoftonline.com/${TENANT}`, clientId: app.clientId, scopes: ['openid', 'profile', 'User.Read'],
    accountId: undefined, forceRefresh: false, claims: undefined,
  });
});

t.test('a session whose ID token comes to its end renews with a fresh one', async (t) => {
  const [kept, fresh] = [await token({ exp: seconds() + 100 }), await token()];
  const broker = brokerOf((request) => Promise.resolve(resultOf(request.forceRefresh === true ? fresh : kept, request)));
  const { session } = await signIn({ ...reach(gateway), methods: ['entra'], entra: options(broker) });
  t.teardown(() => session.close());
  const first = await session.accessToken();
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 85_000 });
  t.teardown(() => { mock.timers.reset(); });
  const second = await session.accessToken();
  t.not(second, first);
  t.equal(await session.accessToken(), second);
  t.strictSame(broker.requests.map(({ forceRefresh }) => forceRefresh), [false, false, true]);
});

t.test('a demand for a fresh token reaches the broker', async (t) => {
  const broker = brokerOf(async (request) => resultOf(await token(request.forceRefresh === true ? {} : { exp: seconds() - 60 }), request));
  const [tokens, exchanged] = await exchanges(gateway, () => enter(gateway, options(broker)));
  t.equal(tokens.scope, 'openid profile jobs print user.session');
  t.strictSame(exchanged, ['granted']);
  t.strictSame(broker.requests.map(({ forceRefresh, claims }) => [forceRefresh, claims]), [
    [false, undefined], [true, '{"id_token":{"auth_time":{"essential":true}}}'],
  ]);
});

t.test('a broker that knows no fresher one ends it after one exchange', async (t) => {
  const ended = await token({ exp: seconds() - 100 });
  const broker = brokerOf((request) => Promise.resolve(resultOf(ended, request)));
  const [error, exchanged] = await exchanges(gateway, () => failure(enter(gateway, options(broker))));
  t.equal(error.server?.reason, 'id_token_expired');
  t.strictSame([exchanged, broker.requests.length], [['id_token_expired'], 2]);
});

t.test('sign-ins at once do not disturb each other', async (t) => {
  const broker = ofAlice();
  const idTokens = msalIdTokens(options(broker));
  const all = await Promise.all(Array.from({ length: 8 }, () => enter(gateway, { idTokens })));
  t.equal(new Set(all.map(({ accessToken }) => accessToken)).size, 8);
  t.equal(broker.requests.length, 8);
});

t.test('where the broker wants to ask the person, the next way in is tried', async (t) => {
  for (const error of [
    new InteractionRequiredAuthError('interaction_required', 'c', 'AADSTS50076: a second factor'),
    new ForeignError('InteractionRequiredAuthError', 'interaction_required', 'AADSTS50076: a second factor'),
  ]) {
    const broker = brokerOf(() => Promise.reject(error));
    const { reason, message, cure } = await failure(acquire(options(broker)));
    t.strictSame([reason, message], [
      'entra_interaction_required', 'Entra ID wants to ask the person something (interaction_required: AADSTS50076: a second factor)',
    ]);
    t.match(cure, /browser/);
    const more: Partial<SignInOptions> = { browser: { open: () => Promise.reject(new ClientError('browser_not_opened', 'no browser here')) } };
    const ended: unknown = await signIn({ ...reach(gateway), methods: ['entra', 'browser'], entra: options(broker), ...more }).catch((problem: unknown) => problem);
    t.type(ended, SignInError);
    t.strictSame((ended as SignInError).passedOver.map(({ method, error: { reason: why } }) => [method, why]), [
      ['entra', 'entra_interaction_required'], ['browser', 'browser_not_opened'],
    ]);
  }
});

t.test('a computer without an account of Entra ID is told apart', async (t) => {
  const { reason, message, cure } = await failure(acquire(options(brokerOf(() => Promise.reject(new ForeignError('ClientAuthError', 'no_account_found', 'See the docs'))))));
  t.strictSame([reason, message], [
    'entra_interaction_required', 'nobody is signed in to this computer with an account of Entra ID (no_account_found: See the docs)',
  ]);
  t.match(cure, /work account/);
});

t.test('what else goes wrong is told with the code of MSAL and the words of the broker, in one line', async (t) => {
  const status = new ForeignError('PlatformBrokerError', 'ApiContractViolation', 'something\r\n\u202ebroke (Error Code: 3399614466, Tag: 4ut2d)');
  for (const [error, words] of [
    [new ForeignError('ClientAuthError', 'platform_broker_error', 'See the docs', status),
      'platform_broker_error: See the docs; ApiContractViolation: something\\u{d}\\u{a}\\u{202e}broke (Error Code: 3399614466, Tag: 4ut2d)'],
    [new ForeignError('ServerError', 'server_unavailable', `${status.message}`, status),
      'server_unavailable: ApiContractViolation: something\\u{d}\\u{a}\\u{202e}broke (Error Code: 3399614466, Tag: 4ut2d)'],
    [new ForeignError('ClientAuthError', 'no_network_connectivity', 'no network'), 'no_network_connectivity: no network'],
    [new Error('Unable to parse idToken claims'), 'Unable to parse idToken claims'],
    ['a text', 'a text'], [null, 'no reason is told'], [{}, 'no reason is told'],
  ] as const) {
    const failed = await failure(acquire(options(brokerOf(() => Promise.reject(error as Error)))));
    t.strictSame([failed.reason, failed.message], ['entra_failed', `Entra ID gives no ID token: ${words}`]);
  }
});

t.test('an account of another tenant is not shown to the gateway', async (t) => {
  const partner = place.entra.tenant('11111111-2222-4333-8444-555555555555');
  const strange = await partner.idToken(partner.person({}), app);
  const broker = brokerOf((request) => Promise.resolve(resultOf(strange, request)));
  const [error, exchanged] = await exchanges(gateway, () => failure(enter(gateway, options(broker))));
  t.strictSame([error.reason, exchanged, broker.requests.length], ['entra_failed', [], 1]);
  t.match(error.message, /of another tenant \(11111111-2222-4333-8444-555555555555\)$/);
  // A domain tells nobody here which tenant it is.
  const [refused] = await exchanges(gateway, () => failure(enter(gateway, options(broker, { tenantId: 'example.com' }))));
  t.equal(refused.server?.reason, 'tenant_not_allowed');
  const upper = ofAlice();
  t.ok(await acquire(options(upper, { tenantId: TENANT.toUpperCase() })), 'a GUID in capitals is the same one');
});

t.test('an answer without an ID token is none', async (t) => {
  for (const answer of [undefined, null, {}, { idToken: '' }, { idToken: 42 }, { accessToken: await token() }]) {
    const { reason, message } = await failure(acquire(options(brokerOf(() => Promise.resolve(answer)))));
    t.strictSame([reason, message], ['entra_failed', 'the Entra ID broker answers without an ID token'], JSON.stringify(answer)?.slice(0, 20));
  }
  const broker = brokerOf(() => Promise.resolve({ idToken: 'garbage' }));
  const [error, exchanged] = await exchanges(gateway, () => failure(enter(gateway, options(broker))));
  t.strictSame([error.reason, exchanged], ['entra_failed', []]);
});

t.test('without a broker MSAL is not asked, and the next way in is tried', async (t) => {
  const broker = brokerOf(() => Promise.reject(new Error('asked')), false);
  const { reason, message, cure } = await failure(acquire(options(broker)));
  t.strictSame([reason, broker.requests.length], ['broker_unavailable', 0]);
  t.match(message, /^this computer has no Entra ID broker: on /);
  t.equal(cure, 'Sign in with the browser.');
});

t.test('a broker that hangs is left, and the next call does not wait for it', async (t) => {
  let isHanging = true;
  const broker = brokerOf(async (request) => (isHanging ? new Promise(() => undefined) : resultOf(await token(), request)));
  const ending = new AbortController();
  setTimeout(() => { ending.abort(); }, 50);
  t.equal((await failure(acquire(options(broker), { signal: ending.signal }))).reason, 'cancelled');
  const late = await failure(acquire(options(broker, { timeout: 50 })));
  t.strictSame([late.reason, late.message], ['timed_out', 'the Entra ID broker does not answer within 0.05 seconds']);
  isHanging = false;
  t.ok(await acquire(options(broker, { timeout: 5000 })));
  t.equal(broker.requests.length, 3);
});

t.test('a broker that fails after it was left disturbs nobody', async (t) => {
  let fail: (error: Error) => void = () => undefined;
  const broker = brokerOf(() => new Promise((_, reject) => { fail = reject; }));
  t.equal((await failure(acquire(options(broker, { timeout: 20 })))).reason, 'timed_out');
  fail(new Error('too late'));
  await new Promise((resolve) => { setImmediate(resolve); });
});

t.test('the authority is that of the tenant, in its cloud', async (t) => {
  const broker = ofAlice();
  await acquire(options(broker, { authority: 'https://login.microsoftonline.us' }));
  await acquire(options(broker, { authority: 'https://login.partner.microsoftonline.cn/', tenantId: TENANT.toUpperCase() }));
  const refused = brokerOf(() => Promise.resolve({}));
  await failure(acquire(options(refused, { tenantId: 'Contoso.OnMicrosoft.com' })));
  t.strictSame([...broker.requests, ...refused.requests].map(({ authority }) => authority), [
    `https://login.microsoftonline.us/${TENANT}`, `https://login.partner.microsoftonline.cn/${TENANT}`, 'https://login.microsoftonline.com/contoso.onmicrosoft.com',
  ]);
});

t.test('what names no application of no tenant asks nobody', async (t) => {
  const broker = ofAlice();
  const wrong: readonly Readonly<Record<string, unknown>>[] = [
    { tenantId: undefined }, { tenantId: '' }, { clientId: undefined }, { clientId: '' }, { tenantId: 'common' }, { tenantId: 'Organizations' },
    { tenantId: 'consumers' }, { tenantId: '9188040d-6c67-4c5b-b112-36a304b66dad' }, { tenantId: 'contoso' }, { tenantId: `${TENANT}/x` },
    { tenantId: 'a..b' }, { tenantId: 'example.com?x=1' }, { tenantId: ' example.com' }, { tenantId: 'example.com\n' }, { tenantId: 42 },
    { tenantId: `${'a'.repeat(70)}.com` }, { tenantId: [TENANT] }, { clientId: 'myq' }, { clientId: `${app.clientId} ` }, { clientId: null },
    { authority: 'login.microsoftonline.com' }, { authority: 'http://login.microsoftonline.com' }, { authority: `https://login.microsoftonline.com/${TENANT}` },
    { authority: 'https://user@login.microsoftonline.com' }, { authority: 'https://login.microsoftonline.com?x' }, { authority: '' }, { authority: 1 },
  ];
  for (const change of wrong) {
    const { reason, cure, message } = await failure(acquire(options(broker, change as Partial<MsalOptions>)));
    t.equal(reason, 'entra_not_configured', JSON.stringify(change));
    t.notMatch(message, /\n/);
    t.match(cure, /section \[Entra\]/);
  }
  t.strictSame(broker.requests, []);
});
