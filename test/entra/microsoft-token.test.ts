// Redeeming the code (RFC 6749 §4.1.3): what the token endpoint may answer, and what is no ID token for this browser's sign-in.

import { randomUUID } from 'node:crypto';
import t, { type Test } from 'tap';
import { cookiesOf, isLoginPage } from '../oauth/answers.ts';
import { later } from '../oauth/clock.ts';
import type { Fault } from '../realm/entra-faults.ts';
import { rsaKey } from '../realm/entra-keys.ts';
import { type App, startEntra, TENANT } from '../realm/entra.ts';
import { elementsOf } from '../routes/pages/markup.ts';
import type { Reply } from '../routes/app.ts';
import { askedOf, BUTTON, microsoftBrowser, nextAnswer, ORIGIN, refusalIn, seconds, SESSION, tokenEndpoint, web, withIdToken } from './microsoft-browser.ts';
import { openEntraSite, REDIRECT, sectionOf } from './site.ts';

const SLOW = '11111111-2222-4333-8444-555555555555';
const DEAD = '22222222-3333-4444-8555-666666666666';
const CODE = /^https:\/\/app\.example\/cb\?code=/;

const entra = await startEntra(t);
const slow = entra.tenant(SLOW);
const dead = entra.tenant(DEAD);
/** Its documents cannot be had until a test mends it. */
const documents = new RegExp(`^/${DEAD}/(?:v2|discovery)`);
entra.fault(documents, { status: 503 });
const section = (name: string, app: App, tenant = TENANT): string => `${sectionOf(entra, app, BUTTON, `Entra:${name}`, tenant)}\n`;
const withSecret = (clientSecret: string): App => ({ ...entra.tenant().app({ redirectUris: [REDIRECT] }), clientSecret });
const site = await openEntraSite(t, {
  entra, keys: BUTTON,
  config: `${section('slow', slow.app({ redirectUris: [REDIRECT] }), SLOW)}${section('dead', dead.app({ redirectUris: [REDIRECT] }), DEAD)}`
    + `${section('wrong', withSecret('wrong'))}${section('expired', withSecret('expired'))}${section('gone', { clientId: randomUUID(), clientSecret: 'x', redirectUris: [] })}[Users]\nUnknownUsers = Create\n`,
});
const { tenant, app, provider } = site;
const alice = tenant.person({});
// The way there needs the tenant's metadata only; the keys are fetched here, before any of the answers goes wrong.
t.match((await microsoftBrowser(site).signIn(alice)).headers.location, CODE);

const noticeOf = ({ body }: Reply): string => elementsOf(body).find(({ attributes }) => attributes.get('role') === 'alert')?.text.trim() ?? '';

interface Redeemed {
  readonly reply: Reply;
  readonly session: string | undefined;
}

/** Leaves and comes back with a code; `prepare` decides on the answer of the token endpoint. */
async function redeemed(prepare: (nonce: string) => Promise<void> | void, path?: string): Promise<Redeemed> {
  const browser = microsoftBrowser(site);
  const { state = '', nonce = '' } = askedOf(await browser.leave(web, path));
  await prepare(nonce);
  const reply = await browser.open(`/auth?code=some-code&state=${state}`);
  return { reply, session: browser.cookies.get(SESSION) };
}

interface Expected {
  readonly status: 403 | 503;
  readonly reason: string;
  readonly words: RegExp;
  readonly detail?: RegExp;
  readonly cure?: RegExp;
}

function isRefused(t: Test, { reply, session }: Redeemed, { status, reason, words, detail = /.{5}/, cure }: Expected): void {
  isLoginPage(t, reply, status, ORIGIN);
  t.match(noticeOf(reply), words);
  t.equal(session, undefined);
  const line = refusalIn(site);
  t.strictSame([line.level, line.reason], [status === 503 ? 50 : 30, reason]);
  t.match(line.detail, detail);
  if (cure !== undefined) t.match(line.cure, cure);
  t.notMatch(`${JSON.stringify(line)}${reply.body}`, /eyJ|some-code/);
}

const refusedWords = /^Microsoft did not sign you in\. Please try again/;
const outWords = /^Microsoft cannot be reached at the moment/;
const setUpWords = /^Sign-in with Microsoft is not set up rightly here/;

/** It never answers; what has come of it is looked at in the end. */
entra.fault(new RegExp(`^/${SLOW}/oauth2/v2\\.0/token$`), 'hang');
const hanging = redeemed(() => { slow.person({}); }, '/en/auth/microsoft/slow');

const secrets: readonly (readonly [section: string, code: string, cure: RegExp])[] = [
  ['expired', 'AADSTS7000222', /^ClientSecret has expired: make a new secret/], ['wrong', 'AADSTS7000215', /the Secret ID was copied/],
  ['gone', 'AADSTS700016', /^ClientId is not that of an app registration/],
];
for (const [name, code, cure] of secrets) {
  t.test(`${code}: the gateway's own side is set up wrongly, and the log says what to do`, async (t) => {
    const outcome = await redeemed(() => undefined, `/en/auth/microsoft/${name}`);
    isRefused(t, outcome, { status: 503, reason: 'microsoft_misconfigured', words: setUpWords, detail: new RegExp(code), cure });
    t.match(outcome.reply.body, /name="password"/, 'the other ways are still there');
  });
}

const outages: Readonly<Record<string, { readonly how: Fault; readonly detail: RegExp }>> = {
  'a connection that breaks': { how: 'reset', detail: /127\.0\.0\.1:\d+ cannot be reached/ },
  'a redirect': { how: { status: 307, headers: { location: 'https://evil.example/token' } }, detail: /redirect, which is not followed/ },
  'a megabyte and more': { how: { status: 200, body: 'x'.repeat(1_100_000) }, detail: /more than 1048576 bytes/ },
};
for (const [what, { how, detail }] of Object.entries(outages)) {
  t.test(`${what}: Microsoft cannot be reached; nobody comes in`, async (t) => {
    const outcome = await redeemed(() => { tokenEndpoint(site, how); });
    tokenEndpoint(site, undefined);
    isRefused(t, outcome, { status: 503, reason: 'backend_unavailable', words: outWords, detail });
  });
}

const errors: readonly (readonly [what: string, status: number, body: object, expected: Expected])[] = [
  ['the code was used', 400, { error: 'invalid_grant', error_description: 'AADSTS54005: OAuth2 code was already redeemed.' },
    { status: 403, reason: 'microsoft_refused', words: refusedWords, detail: /AADSTS54005/ }],
  ['a second factor', 400, { error: 'invalid_grant', error_description: 'AADSTS50076: multi-factor', suberror: 'basic_action' },
    { status: 403, reason: 'microsoft_conditions', words: /^Your organisation does not allow this sign-in/ }],
  ['no platform Web', 401, { error: 'invalid_client', error_description: 'AADSTS9002327: Tokens issued for the Single-Page Application client-type' },
    { status: 503, reason: 'microsoft_misconfigured', words: setUpWords, cure: /platform Web/ }],
  ['out for the moment', 503, { error: 'temporarily_unavailable', error_description: 'AADSTS90033' },
    { status: 503, reason: 'backend_unavailable', words: outWords, detail: /status 503/ }],
  ['markup', 400, { error: '<script>alert(1)</script>', error_description: '"><script>alert(1)</script>\r\n\u001b[2J' },
    { status: 403, reason: 'microsoft_refused', words: refusedWords }],
];
for (const [what, status, body, expected] of errors) {
  t.test(`an error of the token endpoint, ${what}: ${expected.reason}`, async (t) => {
    isRefused(t, await redeemed(() => { nextAnswer(site, body, status); }), expected);
    t.notMatch(refusalIn(site).detail, /\p{Cc}/u);
  });
}

const isOut: Expected = { status: 503, reason: 'backend_unavailable', words: outWords };
const isNone: Expected = { status: 403, reason: 'microsoft_refused', words: refusedWords };

const broken: readonly (readonly [what: string, status: number, body: object | string, expected: Expected])[] = [
  ['a page of 500', 500, '<!doctype html><h1>Our services aren\'t available right now</h1>', isOut],
  ['a page of 429', 429, 'Too many requests', isOut],
  ['an error of 429', 429, { error: 'invalid_request', error_description: 'AADSTS90055: too many requests' }, isOut],
  ['a page of 404', 404, '<!doctype html>', isNone], ['a page as if all were well', 200, '<!doctype html>', isNone], ['nothing', 200, '', isNone],
  ['half an answer', 200, '{"access_token":"x","id_tok', isNone], ['a list', 200, [], isNone], ['null', 200, 'null', isNone],
  ['an error that is none', 400, { error: 1 }, isNone], ['tokens with the status 201', 201, withIdToken('a.b.c'), isNone],
  ['no ID token', 200, { token_type: 'Bearer', access_token: 'x', expires_in: 1 }, isNone], ['an ID token that is a number', 200, withIdToken(1), isNone],
  ['an ID token that is a word', 200, withIdToken('x'), isNone], ['an ID token that is empty', 200, withIdToken(''), isNone],
];
for (const [what, status, body, expected] of broken) {
  t.test(`${what} is no answer of a token endpoint: nobody comes in`, async (t) => {
    isRefused(t, await redeemed(() => { nextAnswer(site, body, status); }), expected);
  });
}

t.test('a challenge beside the error of the token endpoint (RFC 6749 §5.2) hides nothing of it', async (t) => {
  const headers = { 'www-authenticate': 'Basic realm="x"', 'content-type': 'application/json' };
  const outcome = await redeemed(() => { tokenEndpoint(site, { status: 401, headers, body: '{"error":"invalid_client","error_description":"AADSTS7000222: x"}' }); });
  tokenEndpoint(site, undefined);
  isRefused(t, outcome, { status: 503, reason: 'microsoft_misconfigured', words: setUpWords, detail: /AADSTS7000222/, cure: /has expired/ });
});

type Forgery = (nonce: string) => Promise<string>;
const token = (changes: Readonly<Record<string, unknown>>): Forgery => (nonce) => tenant.idToken(alice, app, { nonce, ...changes });
const base = { typ: 'JWT', alg: 'RS256' };

const forgeries: Readonly<Record<string, Forgery>> = {
  'another nonce': token({ nonce: 'another' }),
  'no nonce': token({ nonce: undefined }),
  'the nonce in a list': (nonce) => tenant.idToken(alice, app, { nonce: [nonce] }),
  'another application': token({ aud: randomUUID() }),
  'a list of applications': token({ aud: [app.clientId, randomUUID()] }),
  'another tenant\'s issuer': token({ iss: slow.issuer }),
  'another tenant by tid': token({ tid: SLOW }),
  'a token that the other tenant has signed for its people': (nonce) => slow.idToken(alice, app, { nonce }),
  'a token that has expired': token({ exp: seconds() - 120 }),
  'a token of tomorrow': token({ nbf: seconds() + 86_400, iat: seconds() + 86_400, exp: seconds() + 90_000 }),
  'no object id': token({ oid: undefined }),
  'an access token': token({ scp: 'User.Read' }),
  'a stranger\'s key': (nonce) => tenant.sign({ ...base, kid: tenant.current.kid }, tenant.claimsFor(alice, app, { nonce }), rsaKey()),
  'a key that is not published': (nonce) => tenant.sign({ ...base, kid: 'stranger' }, tenant.claimsFor(alice, app, { nonce }), rsaKey()),
  'no signature': async (nonce) => `${(await tenant.idToken(alice, app, { nonce })).split('.').slice(0, 2).join('.')}.`,
  'alg none': async (nonce) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await tenant.idToken(alice, app, { nonce })).split('.')[1] ?? ''}.`,
};
for (const [what, make] of Object.entries(forgeries)) {
  t.test(`${what}: that is no ID token for this sign-in, though the token endpoint has given it`, async (t) => {
    const outcome = await redeemed(async (nonce) => { nextAnswer(site, withIdToken(await make(nonce))); });
    isLoginPage(t, outcome.reply, 403, ORIGIN);
    t.match(noticeOf(outcome.reply), /^(?:Microsoft did not sign you in|This account cannot be used here)/);
    t.equal(outcome.session, undefined);
    t.match(refusalIn(site), { level: 30, reason: /^(?:id_token_|microsoft_refused|tenant_not_allowed|not_an_id_token)/, detail: /.{5}/ });
  });
}

t.test('the very same answer with the right ID token lets her in; for another browser it counts nothing', async (t) => {
  let kept = '';
  const first = await redeemed(async (nonce) => { nextAnswer(site, withIdToken(kept = await token({})(nonce))); });
  t.match(first.reply.headers.location, CODE);
  const second = await redeemed(() => { nextAnswer(site, withIdToken(kept)); });
  isLoginPage(t, second.reply, 403, ORIGIN);
  t.equal(second.session, undefined);
});

t.test('while the tenant\'s documents cannot be had nobody leaves, and nobody comes in; the other ways are there', async (t) => {
  const browser = microsoftBrowser(site);
  const person = dead.person({ preferred_username: 'dora@example.net' });
  const isOutNow = (reply: Reply, detail: RegExp): void => {
    isRefused(t, { reply, session: browser.cookies.get(SESSION) }, { ...isOut, detail });
  };
  const stays = await browser.leave(web, '/en/auth/microsoft/dead');
  isOutNow(stays, /^the OpenID metadata of tenant .* status 503$/);
  t.strictSame([...cookiesOf(stays).keys()], ['__Host-myq-form']);
  t.match(stays.body, /href="\/en\/auth\/microsoft\/dead\?/, 'he can try again');

  entra.fault(documents, undefined);
  entra.fault(new RegExp(`^/${DEAD}/discovery`), { status: 503 }, 1);
  later(t, 31);
  isOutNow(await browser.signIn(person, web, '/en/auth/microsoft/dead'), /^the keys of tenant .* status 503$/);
  later(t, 70);
  t.match((await browser.signIn(person, web, '/en/auth/microsoft/dead')).headers.location, CODE, 'and when they can be had again it works');
});

t.test('a token endpoint that hangs is given up after some seconds: the page says so', async (t) => {
  const outcome = await hanging;
  isLoginPage(t, outcome.reply, 503, ORIGIN);
  t.match(noticeOf(outcome.reply), outWords);
  t.equal(outcome.session, undefined);
  t.strictSame([...cookiesOf(outcome.reply).keys()].filter((name) => name === SESSION), []);
  t.match(provider.log.join(''), /"reason":"backend_unavailable","detail":"127\.0\.0\.1:\d+ does not answer in time"/);
});
