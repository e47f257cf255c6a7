// Who signs in with NTLM: curl, requests-ntlm, Chromium, and every wrapping that Windows uses; all of them are who their tickets say.

import t from 'tap';
import { NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { parseNegTokenResp } from '../../src/mechanisms/token/spnego.ts';
import { asking, arrival, exchange, startProgram } from '../browser/place.ts';
import { flags, usualFlags } from '../mechanisms/ntlm/encoder.ts';
import { openAdSite } from '../realm/ad-site.ts';
import { startBrowser } from '../realm/browser.ts';
import { keptConnections, send } from '../realm/http.ts';
import { challengeIn, ntlmSignIn, type NtlmSignInOptions } from '../realm/ntlm-client.ts';
import { loggedSince } from '../routes/refusal-answer.ts';
import { alice, bob, claimsOf, hidesSecrets, OFFERS, refuses } from './place.ts';
import { becomes } from '../realm/exec.ts';
import { curl, fetchNtlm, requestsNtlm } from './programs.ts';

const passwords = { alice: alice.password, bob: bob.password, carol: 'Passw0rd.carol' };
const site = await openAdSite(t, { ntlm: true, domain: { users: passwords }, config: '[Security]\nWindowsSignInNetworks = 127.0.0.0/8' });
const { gateway, member, ccache } = site;

const [subject, bobs] = await Promise.all(['alice', 'bob'].map(async (name) =>
  (JSON.parse(await gateway.cli('users', 'show', name, '--json')) as { id: string }).id));

/** Signs in with curl, and gives what the token says. */
const curlNtlm = async (user: string, ...how: readonly string[]) => {
  const [answer] = await curl(member, gateway, ['--ntlm', '--user', `${user}:${alice.password}`, ...how]);
  if (answer === undefined) throw new Error('curl shows nothing');
  return claimsOf(answer);
};

t.test('the offers are Negotiate, then NTLM', async (t) => {
  const answer = await send(gateway, '/api/auth/negotiate', { method: 'POST' });
  t.match(answer, { status: 401, json: { error: 'login_required' }, headers: { 'www-authenticate': OFFERS } });
});

t.test('curl signs in under every spelling of the name, and with a body of each kind', async (t) => {
  for (const user of ['MYQ\\alice', 'myq\\ALICE', 'alice@myq.test', 'alice@MYQ.TEST', 'ALICE', 'alice', 'MYQ.TEST\\alice']) {
    t.match(await curlNtlm(user), { sub: subject, preferred_username: 'alice', amr: ['wia'], cbt: 'none' }, user);
  }
  const json = await curlNtlm('MYQ\\alice', '--header', 'content-type: application/json', '--data', '{"scope":"jobs"}');
  t.match(json, { sub: subject, scope: 'jobs' });
  const form = await curlNtlm('MYQ\\alice', '--data', 'scope=profile jobs');
  t.match(form, { sub: subject, scope: 'profile jobs' });
});

t.test('curl signs in twice on one connection, each time anew', async (t) => {
  const before = gateway.log.length;
  const answers = await curl(member, gateway, ['--ntlm', '--user', `MYQ\\alice:${alice.password}`], { times: 2 });
  t.same(answers.map(({ status, connects }) => [status, connects]), [[200, 1], [200, 0]]);
  const tokens = answers.map(({ json }) => json?.['access_token']);
  t.not(tokens[0], tokens[1]);
  const granted = (): number => gateway.log.slice(before).filter(({ outcome }) => outcome === 'granted').length;
  // The line of the log may come a moment after the answer.
  await becomes(() => granted() >= 2);
  t.equal(granted(), 2);
});

t.test('a ticket and NTLM make the same person of the same user', async (t) => {
  const [answer] = await curl(member, gateway, ['--negotiate', '--user', ':'], { environment: { KRB5CCNAME: ccache } });
  if (answer === undefined) return t.fail('curl shows nothing');
  const byTicket = claimsOf(answer);
  const byNtlm = await curlNtlm('MYQ\\alice');
  for (const claim of ['sub', 'preferred_username', 'amr', 'cbt', 'aud', 'iss', 'scope'] as const) t.same(byNtlm[claim], byTicket[claim], claim);
});

t.test('requests-ntlm binds its message to the connection, unless it is told not to', async (t) => {
  for (const [bound, cbt] of [['bound', 'bound'], ['unbound', 'none']] as const) {
    const claims = claimsOf(await requestsNtlm(member, gateway, 'MYQ\\bob', bob.password, bound));
    t.match(claims, { sub: bobs, preferred_username: 'bob', amr: ['wia'], cbt, scope: 'jobs' });
  }
});

/** SPNEGO signs and looks at signatures only where NTLM may sign. */
const signed = { scheme: 'Negotiate', wrapped: true, listMic: 'good', negotiate: { flags: usualFlags | flags.sign } } as const;
const wrappings: readonly (readonly [title: string, how: Omit<NtlmSignInOptions, 'authenticate'>, legs: number])[] = [
  ['under the scheme NTLM', { scheme: 'NTLM' }, 2],
  ['bare under Negotiate', { scheme: 'Negotiate' }, 2],
  ['inside SPNEGO', { scheme: 'Negotiate', wrapped: true }, 2],
  ['inside SPNEGO, with a signed list', { ...signed, mechanisms: [NTLM] }, 2],
  ['inside SPNEGO behind NegoEx', { ...signed, mechanisms: [NEGOEX, NTLM] }, 3],
];
for (const [title, how, count] of wrappings) {
  t.test(`NTLM ${title} signs in, and each challenge comes under the scheme that was used`, async (t) => {
    for (const bind of [true, false]) {
      const before = gateway.log.length;
      const { legs, answer } = await ntlmSignIn(gateway, { ...how, bind, authenticate: alice });
      t.equal(legs.length, count);
      for (const { answer: { status, headers, json } } of legs.slice(0, -1)) {
        t.equal(status, 401);
        t.match(headers['www-authenticate'], new RegExp(`^${how.scheme} [A-Za-z0-9+/]+=*$`), 'nothing else is offered meanwhile');
        t.match(json, { error: 'login_required' });
      }
      t.match(claimsOf(answer), { sub: subject, amr: ['wia'], cbt: bind ? 'bound' : 'none' });
      const line = await loggedSince(gateway, before, 'windows sign-in');
      t.match(line, { outcome: 'granted', mechanism: 'ntlm', user: 'alice@MYQ.TEST', sub: subject, channelBinding: bind ? 'bound' : 'none', client: '127.0.0.1' });
      hidesSecrets(t, gateway.log.slice(before), legs.map(({ token }) => token));
    }
  });
}

t.test('SPNEGO ends with the gateway\'s own word, signed if the client signed; a bare message has none', async (t) => {
  const last = async (how: Omit<NtlmSignInOptions, 'authenticate'>) =>
    challengeIn((await ntlmSignIn(gateway, { ...how, authenticate: alice })).answer, how.scheme);
  t.equal(await last({ scheme: 'NTLM' }), undefined);
  t.equal(await last({ scheme: 'Negotiate' }), undefined);
  const ways = [[{ scheme: 'Negotiate', wrapped: true }, undefined], [signed, 16], [{ ...signed, mechanisms: [NEGOEX, NTLM] }, 16]] as const;
  for (const [how, length] of ways) {
    const { negState, mechListMic } = parseNegTokenResp(await last(how) ?? Buffer.alloc(0));
    t.same([negState, mechListMic?.length], ['accept-completed', length]);
  }
});

t.test('on one connection one person signs in after the other, and each is himself', async (t) => {
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  for (const [authenticate, sub] of [[alice, subject], [bob, bobs], [alice, subject]] as const) {
    t.match(claimsOf((await ntlmSignIn(gateway, { scheme: 'NTLM', authenticate, agent })).answer), { sub });
  }
});

t.test('Chromium signs in with NTLM to the API, bound to its connection', async (t) => {
  const { page, close } = await startBrowser({ ca: gateway.ca });
  t.teardown(close);
  const answer = await fetchNtlm(page, gateway, { user: 'MYQ\\alice', password: alice.password });
  t.match(claimsOf(answer), { sub: subject, amr: ['wia'], cbt: 'bound' });
});

t.test('the login page offers no NTLM to Chromium, which signs in silently with its ticket', async (t) => {
  const program = await startProgram(t);
  const { page, close } = await startBrowser({ ca: gateway.ca, ticket: { realm: site.domain, ccache } });
  t.teardown(close);
  const { url, verifier } = asking(gateway, program.redirectUri);
  const { fields } = await arrival(page, program, () => page.goto(url));
  const { claims } = await exchange(gateway, { redirectUri: program.redirectUri, verifier, code: fields['code'] });
  t.match(claims, { sub: subject, preferred_username: 'alice', amr: ['wia'] });
  t.match(gateway.log.findLast(({ msg }) => msg === 'signed in'), { outcome: 'granted', mechanism: 'kerberos', user: 'alice@MYQ.TEST' });
});

t.test('the browser\'s page takes NTLM inside Negotiate, which it offers, and not under its own scheme', async (t) => {
  const { search } = new URL(asking(gateway, 'http://127.0.0.1/callback').url);
  const page = { path: `/en/auth/windows${search}`, method: 'GET' } as const;
  t.match(await send(gateway, page.path), { status: 401, headers: { 'www-authenticate': 'Negotiate' } });
  for (const how of [{ scheme: 'Negotiate' }, { scheme: 'Negotiate', wrapped: true }] as const) {
    const { answer } = await ntlmSignIn(gateway, { ...how, ...page, bind: true, authenticate: alice });
    t.match(answer, { status: 302, headers: { location: /^http:\/\/127\.0\.0\.1\/callback\?code=/ } });
  }
  const before = gateway.log.length;
  const { legs, answer } = await ntlmSignIn(gateway, { scheme: 'NTLM', ...page, authenticate: alice });
  t.same([legs.length, answer.status, answer.headers['www-authenticate']], [1, 403, undefined]);
  t.match(await loggedSince(gateway, before, 'windows sign-in refused'), { reason: 'mechanism_not_allowed', detail: /sent NTLM, which is not offered here/ });
});

t.test('whoever is nobody here, or is disabled, is told so, and is not challenged again', async (t) => {
  const carol = { user: 'carol', domain: 'MYQ', password: passwords.carol };
  await refuses(t, gateway, () => ntlmSignIn(gateway, { scheme: 'NTLM', authenticate: carol }), {
    status: 403, reason: 'unknown_user', detail: /carol@MYQ\.TEST/, cure: /carol@MYQ\.TEST/, user: 'carol@MYQ.TEST',
  });
  await gateway.cli('users', 'disable', 'bob');
  for (const how of [{ scheme: 'NTLM' }, { scheme: 'Negotiate', wrapped: true }] as const) {
    await refuses(t, gateway, () => ntlmSignIn(gateway, { ...how, authenticate: bob }), {
      status: 403, reason: 'user_disabled', detail: /bob/, cure: /users enable bob/, user: 'bob@MYQ.TEST',
    });
  }
  await gateway.cli('users', 'enable', 'bob');
  t.match(claimsOf((await ntlmSignIn(gateway, { scheme: 'NTLM', authenticate: bob })).answer), { sub: bobs });
});
