// The OpenID metadata of a tenant: believed only where it is this tenant's and leads nowhere else.

import t, { type Test } from 'tap';
import { openWeb } from '../../src/entra/web.ts';
import { later } from '../oauth/clock.ts';
import type { Fault } from '../realm/entra-faults.ts';
import { startEntra, TENANT } from '../realm/entra.ts';
import { checkOf, fetches, KEYS, METADATA } from './fetches.ts';
import { lastRefusal, outcome } from './outcome.ts';
import { type EntraSite, openEntraSite } from './site.ts';

const DAY = 24 * 3600;
const OTHER = '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11';
const CURE = 'see TenantId and Authority in [Entra]';

type Document = Readonly<Record<string, unknown>>;

/** What the stand-in publishes when nothing is wrong. */
async function documentOf({ entra: { authority, ca } }: EntraSite): Promise<Document> {
  const web = openWeb({ section: 'Entra', ca: [ca], proxy: { https: undefined, none: undefined } });
  try {
    return JSON.parse((await web.ask(`${authority}/${TENANT}/v2.0/.well-known/openid-configuration`)).text) as Document;
  } finally {
    await web.close();
  }
}

const json = (body: unknown): Fault => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** A gateway, somebody, and a way to see what comes of a document once all that was known is forgotten. */
async function openForgetful(t: Test) {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const alice = site.tenant.person({});
  t.equal((await site.signIn(alice)).statusCode, 200);
  let days = 0;
  /** The outcome, and what the log says of it. */
  const tryWith = async (fault: Fault | undefined) => {
    days += 8;
    later(t, days * DAY);
    site.entra.fault(METADATA, fault);
    const reply = await site.signIn(alice);
    return { came: outcome(reply), said: lastRefusal(site) };
  };
  return { site, alice, tryWith };
}

t.test('a document of another tenant, or one that leads elsewhere, is not believed, and nothing that it names is asked', async (t) => {
  const { site, tryWith } = await openForgetful(t);
  const other = await startEntra(t);
  const { authority } = site.entra;
  const document = await documentOf(site);
  const keys = String(document['jwks_uri']);
  const elsewhere = (uri: unknown): string => String(uri).replace(authority, other.authority);
  const issuers = [
    undefined, null, 7, '', [document['issuer']], `${authority}/${OTHER}/v2.0`, elsewhere(document['issuer']), `${String(document['issuer'])}/`,
    `${authority}/${TENANT}`, `https://sts.windows.net/${TENANT}/`, `${authority}/common/v2.0`, `${authority}/${TENANT.toUpperCase()}/v2.0`,
  ];
  const uris = [
    undefined, null, '', [keys], '/discovery/v2.0/keys', elsewhere(keys), keys.replace('https:', 'http:'), keys.replace('https:', 'file:'),
    keys.replace('127.0.0.1', 'localhost'), keys.replace('https://', `https://${new URL(authority).host}@`).replace(/@[^/]+/, `@${new URL(other.authority).host}`),
    keys.replace(/:\d+/, ''), `data:application/json,${JSON.stringify({ keys: [] })}`, 'https://[', `//${new URL(authority).host}/keys`,
  ];
  const before = fetches(site);
  const cases = [
    ...issuers.map((value) => ['issuer', value, `the issuer is not ${site.tenant.issuer}`] as const),
    ...['jwks_uri', 'token_endpoint', 'authorization_endpoint'].flatMap((name) =>
      (name === 'jwks_uri' ? uris : [undefined, elsewhere(document[name]), String(document[name]).replace('https:', 'http:')])
        .map((value) => [name, value, `${name} is no address of ${authority}`] as const)),
    ...[7, '', null, 'graph.microsoft.com/evil', 'user@graph.microsoft.com', 'graph microsoft com', 'https://graph.microsoft.com', 'graph:99999',
      'graph.microsoft.com?', 'graph.microsoft.com#', '\\evil', ['graph.microsoft.com'], 'x'.repeat(300)]
      .map((value) => ['msgraph_host', value, 'msgraph_host is no host'] as const),
  ];
  for (const [name, value, words] of cases) {
    const { came, said: { detail, cure } } = await tryWith(json({ ...document, [name]: value }));
    t.strictSame([came, detail, cure], ['503 backend_unavailable', `the OpenID metadata of tenant ${TENANT}: ${words}`, CURE], `${name}: ${JSON.stringify(value)}`);
  }
  t.match(await checkOf(site), 'msgraph_host is no host; see TenantId and Authority in [Entra]');
  t.equal(fetches(site), before);
  t.strictSame(other.requests, []);
  t.notMatch((await tryWith(undefined)).came, /^\d{3} /, 'it mends itself');
  t.equal(await checkOf(site), 'ok');
});

t.test('the document of all tenants has a place for the id of one, and a cloud may have no Graph of its own', async (t) => {
  const { site, tryWith } = await openForgetful(t);
  const document = await documentOf(site);
  const { authority } = site.entra;
  for (const change of [{ issuer: `${authority}/{tenantid}/v2.0` }, { msgraph_host: undefined }, { msgraph_host: 'Graph.Microsoft.US' }, { odd: [{}] }]) {
    t.notMatch((await tryWith(json({ ...document, ...change }))).came, /^\d{3} /, JSON.stringify(change));
  }
});

t.test('what is no document at all: Microsoft is out', async (t) => {
  const { site, tryWith } = await openForgetful(t);
  const other = await startEntra(t);
  const redirect = (location: string, status = 302): Fault => ({ status, headers: { location } });
  for (const [name, fault, words] of [
    ['breaks off', 'reset', /cannot be reached/],
    ['500', { status: 500 }, /the OpenID metadata of tenant \S+: the answer has the status 500/],
    ['an unknown tenant', { status: 400, body: '{"error":"invalid_tenant","error_description":"AADSTS90002: not found"}' }, /there is none \(AADSTS90002\)/],
    ['no such path', { status: 404, body: '<html>' }, /there is none \(without a code\)/],
    ['HTML', { status: 200, body: '<html>' }, /the answer is no JSON object/],
    ['a list', json([]), /the answer is no JSON object/],
    ['nothing in it', json({}), /the issuer is not/],
    ['more than 1 MiB', json({ padding: 'x'.repeat(1024 * 1024) }), /the answer has more than 1048576 bytes/],
    ['a redirect to the same host', redirect('/moved'), /answers with a redirect, which is not followed/],
    ['a redirect for ever to the same host', redirect('/moved', 308), /answers with a redirect, which is not followed/],
    ['a redirect to another host', redirect(`${other.authority}/${TENANT}/v2.0/.well-known/openid-configuration`), /answers with a redirect, which is not followed/],
    ['a redirect to http', redirect(`${other.authority.replace('https', 'http')}/moved`, 307), /answers with a redirect, which is not followed/],
  ] as const) {
    const { came, said: { detail } } = await tryWith(fault);
    t.match([came, detail], ['503 backend_unavailable', words], name);
    t.match(await checkOf(site), words, name);
  }
  for (const location of [`${other.authority}/${TENANT}/discovery/v2.0/keys`, '/moved']) {
    site.entra.fault(KEYS, redirect(location));
    t.equal((await tryWith(undefined)).came, '503 backend_unavailable', 'keys that lead elsewhere are not followed either');
  }
  site.entra.fault(KEYS, undefined);
  t.notOk(site.entra.requests.some(({ path }) => path === '/moved'));
  t.strictSame(other.requests, []);
  t.notMatch((await tryWith(undefined)).came, /^\d{3} /, 'it mends itself');
});

t.test('while there is no document, the one that is known goes on for a week, and the keys stay as new as ever', async (t) => {
  const { site, alice } = await openForgetful(t);
  site.entra.fault(METADATA, { status: 503 });
  for (const days of [1, 3, 6.9]) {
    later(t, days * DAY);
    site.tenant.rotate({ keep: false });
    t.equal((await site.signIn(alice)).statusCode, 200, `after ${String(days)} days`);
  }
  later(t, 8 * DAY);
  t.equal(outcome(await site.signIn(alice)), '503 backend_unavailable');
});
