// KerberosOnly=True with [NTLM] Enabled=True, and neither of them: no NTLM is offered, read or processed, and the log says why it came.

import t from 'tap';
import { KERBEROS, NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { asking } from '../browser/place.ts';
import { encodeAuthenticate } from '../mechanisms/ntlm/encoder.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { startBrowser } from '../realm/browser.ts';
import { becomes } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { keptConnections, send } from '../realm/http.ts';
import { challengeIn, negotiateMessage, sendToken, spnegoInit, spnegoResponse } from '../realm/ntlm-client.ts';
import { loggedSince } from '../routes/refusal-answer.ts';
import { alice, helpersBeside, helpersOf, hidesSecrets, OFFERS, refuses, type Expected, type Tried } from './place.ts';
import { curl, fetchNtlm } from './programs.ts';

const { domain, member, start } = await openAdDomain(t);
const networks = '[Security]\nWindowsSignInNetworks = 127.0.0.0/8';
const directory = [
  '[Directory]', `Url = ldaps://${domain.host}`, `CaFile = ${domain.caFile}`, `BaseDn = ${domain.baseDn}`,
  `BindName = alice@${domain.realm.toLowerCase()}`, `BindPassword = ${alice.password}`,
].join('\n');
const ruledOut = { ntlm: true, config: `${networks}\nKerberosOnly = True` };
// One after the other: each is several processes, and a gateway has only so long to start.
const only = await start(ruledOut);
const none = await start({ config: networks });
const copier = await start({ ...ruledOut, hostname: 'copier.myq.test', config: `${ruledOut.config}\n${directory}` });
const ccache = await domain.kinit('alice');

const first = negotiateMessage();
const last = encodeAuthenticate();
const tokens: readonly (readonly [title: string, scheme: 'Negotiate' | 'NTLM', token: Uint8Array, how: RegExp])[] = [
  ['a first message under the scheme NTLM', 'NTLM', first, /under the scheme NTLM, which was not offered/],
  ['a last message under the scheme NTLM', 'NTLM', last, /under the scheme NTLM/],
  ['SPNEGO under the scheme NTLM', 'NTLM', spnegoInit([NTLM], first), /under the scheme NTLM/],
  ['nothing under the scheme NTLM', 'NTLM', Buffer.alloc(0), /under the scheme NTLM/],
  ['a bare first message', 'Negotiate', first, /raw NTLMSSP/],
  ['a bare last message', 'Negotiate', last, /raw NTLMSSP/],
  ['SPNEGO with a first message', 'Negotiate', spnegoInit([NTLM], first), /inside SPNEGO, which offers nothing else/],
  ['SPNEGO that offers only NTLM', 'Negotiate', spnegoInit([NTLM]), /inside SPNEGO, which offers nothing else/],
  ['SPNEGO that offers NegoEx and NTLM', 'Negotiate', spnegoInit([NEGOEX, NTLM]), /inside SPNEGO, which offers nothing else/],
  ['SPNEGO with a last message', 'Negotiate', spnegoResponse(last), /inside SPNEGO/],
];

/** What a log must say of a client that called the gateway by its name. */
const noTicket = /setspn -Q HTTP\/print\.myq\.test\); if not, register the SPN: setspn -S HTTP\/print\.myq\.test <ACCOUNT>/;
const useNegotiate = /let the client use Negotiate \(curl --negotiate instead of --ntlm\)/;

function expected(gateway: GatewayProcess, scheme: 'Negotiate' | 'NTLM', how: RegExp): Expected {
  const why = gateway === none ? '\\[NTLM\\] Enabled is off' : '\\[Security\\] KerberosOnly is on';
  const cause = scheme === 'NTLM' ? 'the client is set to NTLM' : 'the client used the right name and got no ticket';
  return {
    status: 401, reason: 'ntlm_disabled', offers: 'Negotiate', cure: scheme === 'NTLM' ? useNegotiate : noTicket,
    detail: new RegExp(`the client sent NTLM \\(.*${how.source}.*\\), and ${why}; ${cause}.* \\(called print\\.myq\\.test\\)`),
  };
}

/** A connection of its own, kept until the test ends. */
function connection(t: { teardown(action: () => void): void }, gateway: GatewayProcess, path: object = {}) {
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  return async (token: Uint8Array, scheme: 'Negotiate' | 'NTLM' = 'Negotiate'): Promise<Tried> =>
    ({ legs: [{ token }], answer: await sendToken(gateway, token, { scheme, ...path }, agent) });
}

const windowsPage = (gateway: GatewayProcess) =>
  ({ method: 'GET', path: `/en/auth/windows${new URL(asking(gateway, 'http://127.0.0.1/callback').url).search}` });

for (const [gateway, setting] of [[only, 'KerberosOnly=True'], [none, 'Enabled=False']] as const) {
  t.test(`${setting}: nothing offers NTLM`, async (t) => {
    t.match(await send(gateway, '/api/auth/negotiate', { method: 'POST' }), { status: 401, headers: { 'www-authenticate': 'Negotiate' } });
    t.match(await send(gateway, windowsPage(gateway).path), { status: 401, headers: { 'www-authenticate': 'Negotiate' } });
    for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/api/openapi.json', '/health/ready']) {
      const { status, text } = await send(gateway, path);
      t.equal(status, 200, path);
      t.notMatch(text, /ntlm/i, path);
    }
  });

  for (const [title, scheme, token, how] of tokens) {
    t.test(`${setting}: ${title} is refused, on the API and on the browser's page`, async (t) => {
      await refuses(t, gateway, () => connection(t, gateway)(token, scheme), expected(gateway, scheme, how));
      const before = gateway.log.length;
      const { answer } = await connection(t, gateway, windowsPage(gateway))(token, scheme);
      t.same([answer.status, answer.headers['www-authenticate'], answer.headers.location], [403, undefined, undefined]);
      t.match(answer.headers['content-type'], /^text\/html/, 'it is the login page');
      const { detail, cure } = expected(gateway, scheme, how);
      t.match(await loggedSince(gateway, before, 'windows sign-in refused'), { reason: 'ntlm_disabled', detail, cure, client: '127.0.0.1' });
      hidesSecrets(t, gateway.log.slice(before), [token]);
    });
  }

  t.test(`${setting}: a handshake of Kerberos that turns to NTLM is refused and ended`, async (t) => {
    const turns = [[spnegoResponse(last), /inside SPNEGO/, 'Negotiate'], [last, /raw NTLMSSP/, 'Negotiate'], [last, /the scheme NTLM/, 'NTLM']] as const;
    for (const [token, how, scheme] of turns) {
      const say = connection(t, gateway);
      const { answer } = await say(spnegoInit([NTLM, KERBEROS], first));
      t.ok(challengeIn(answer, 'Negotiate'), 'it is told to use Kerberos');
      await refuses(t, gateway, () => say(token, scheme), expected(gateway, scheme, how));
      await refuses(t, gateway, () => say(spnegoResponse(first)), expected(gateway, 'Negotiate', /inside SPNEGO/));
    }
    const page = connection(t, gateway, windowsPage(gateway));
    t.equal((await page(spnegoInit([NTLM, KERBEROS], first))).answer.status, 401);
    t.match((await page(spnegoResponse(last))).answer, { status: 403, headers: { 'www-authenticate': undefined } });
  });

  t.test(`${setting}: curl --ntlm and Chromium with a password get no further, while a ticket signs in`, async (t) => {
    const [byNtlm] = await curl(member, gateway, ['--ntlm', '--user', `MYQ\\alice:${alice.password}`]);
    t.match(byNtlm, { status: 401, json: { reason: 'ntlm_disabled', message: /Use the fully qualified host name, so that Kerberos can be used/ } });
    t.equal(byNtlm?.headers['www-authenticate'], 'Negotiate');
    const { page, close } = await startBrowser({ ca: gateway.ca });
    t.teardown(close);
    const byBrowser = await fetchNtlm(page, gateway, { user: 'MYQ\\alice', password: alice.password });
    t.match(byBrowser, { status: 401, headers: { 'www-authenticate': 'Negotiate' } });
    const [byTicket] = await curl(member, gateway, ['--negotiate', '--user', ':'], { environment: { KRB5CCNAME: ccache } });
    t.equal(byTicket?.status, 200);
  });
}

t.test('the log says from where a client came, what it called the gateway, and what mends that', async (t) => {
  const called: readonly (readonly [host: string, detail: RegExp, cure: RegExp])[] = [
    ['127.0.0.1', /the client used an IP address, for which there are no tickets \(called 127\.0\.0\.1\)/, /let the client use https:\/\/print\.myq\.test$/],
    ['[::1]', /the client used an IP address, .* \(called \[::1\]\)/, /let the client use https:\/\/print\.myq\.test$/],
    ['print', /the client used another name than \[Server\] Hostname \(called print\)/, /setspn -S HTTP\/<NAME> <ACCOUNT>/],
    ['intranet.myq.test', /another name .* \(called intranet\.myq\.test\)/, /setspn -S HTTP\/<NAME> <ACCOUNT>/],
    ['PRINT.myq.test', /got no ticket: its machine is not in the domain, .* \(called print\.myq\.test\)/, noTicket],
  ];
  for (const [host, detail, cure] of called) {
    const headers = { host: `${host}:${String(only.port)}`, authorization: `Negotiate ${first.toString('base64')}` };
    const answer = () => send(only, '/api/auth/negotiate', { method: 'POST', headers, localAddress: '127.0.0.77' });
    await refuses(t, only, async () => ({ legs: [{ token: first }], answer: await answer() }), {
      status: 401, reason: 'ntlm_disabled', detail, cure, offers: 'Negotiate', client: '127.0.0.77',
    });
  }
  const before = only.log.length;
  const [byAddress] = await curl(member, only, ['--ntlm', '--user', `MYQ\\alice:${alice.password}`, '--header', `Host: 127.0.0.1:${String(only.port)}`]);
  t.equal(byAddress?.status, 401);
  t.match(await loggedSince(only, before, 'windows sign-in refused'), { detail: /under the scheme NTLM.* used an IP address/, client: '127.0.0.1' });
});

t.test('where the directory shows that the SPN is missing, the log says so, with the line that registers it', async (t) => {
  const tries = (): Promise<Tried> => connection(t, copier)(first);
  // The directory is asked behind the scenes.
  t.ok(await becomes(async () => {
    await tries();
    return copier.log.some(({ detail }) => /the domain has no such SPN/.test(String(detail)));
  }));
  await refuses(t, copier, tries, {
    status: 401, reason: 'ntlm_disabled', offers: 'Negotiate', detail: /KerberosOnly is on; the domain has no such SPN \(called copier\.myq\.test\)/,
    cure: /^register the SPN: setspn -S HTTP\/copier\.myq\.test <ACCOUNT>, where/,
  });
});

interface Report {
  readonly safe: boolean | null;
  readonly uses: readonly { readonly reason: string; readonly count: number; readonly address: string; readonly target: string }[];
}

for (const [gateway, setting] of [[only, 'KerberosOnly=True'], [none, 'Enabled=False']] as const) {
  t.test(`${setting}: the report counts every one of them, by address, name and cause`, async (t) => {
    const report = JSON.parse(await gateway.cli('report', 'ntlm', '--json')) as Report;
    const refusals = gateway.log.filter(({ reason }) => reason === 'ntlm_disabled');
    t.ok(refusals.length > 20);
    t.equal(report.uses.reduce((sum, { count }) => sum + count, 0), refusals.length);
    t.equal(report.safe, false);
    const called = gateway === only ? ['address_used', 'no_ticket', 'ntlm_chosen', 'other_name'] : ['no_ticket', 'ntlm_chosen'];
    t.same([...new Set(report.uses.map(({ reason }) => reason))].sort(), called.map((cause) => `ntlm_disabled ${cause}`));
    const elsewhere = report.uses.filter(({ address }) => address === '127.0.0.77').map(({ target, count }) => [target, count]);
    const names = gateway === only ? ['127.0.0.1', '[::1]', 'intranet.myq.test', 'print', 'print.myq.test'] : [];
    t.same(elsewhere.sort(), names.map((name) => [name, 1]));
  });
}

t.test('not one helper was started; where NTLM is on they are seen', async (t) => {
  for (const gateway of [only, none, copier]) t.same(helpersOf(gateway), []);
  t.same(helpersBeside(member.namespace), []);
  const on = await start({ ntlm: true });
  t.match(await send(on, '/api/auth/negotiate', { method: 'POST' }), { headers: { 'www-authenticate': OFFERS } });
  const [answer] = await curl(member, on, ['--ntlm', '--user', `MYQ\\alice:${alice.password}`]);
  t.equal(answer?.status, 200);
  t.equal(helpersOf(on).length, 1);
  t.same(helpersBeside(member.namespace), helpersOf(on));
});
