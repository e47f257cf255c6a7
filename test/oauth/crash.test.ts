// kill -9 between any two steps of the code flow: no token that a client has received is lost, and no code or refresh token works twice.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Described } from '../../src/cli/clients-print.ts';
import { fed } from '../cli/fed.ts';
import { startGateway } from '../realm/gateway.ts';
import { keptConnections } from '../realm/http.ts';
import type { Reply } from '../routes/app.ts';
import { answerOf, Cookies, type Fields, PASSWORD, pkce } from './provider.ts';
import { type ReceivedTokens, visitor } from './visitor.ts';

const redirectUri = 'https://app.example/cb';
/** So many calls are under way at once when the gateway is killed, so many times. */
const CALLS = 8;
const ROUNDS = 5;

const gateway = await startGateway({
  config: '[Kerberos]\nEnabled = False\n[Security]\nLockoutAttempts = 3', users: [['alice'], ['bob']],
});
t.teardown(() => gateway.stop());
const configured = ['--config', join(gateway.directory, 'config.ini')];
for (const name of ['alice', 'bob']) await fed(PASSWORD, 'users', 'password', name, '--password-stdin', ...configured);
const { client_id: id, client_secret: secret = '' } = JSON.parse(await gateway.cli(
  'clients', 'add', 'App', '--json', '--redirect-uri', redirectUri, '--scope', 'openid', '--scope', 'jobs', '--scope', 'offline.access',
)) as Described;
/** Open connections, so that a call is not a handshake first. */
let connections = keptConnections(CALLS);
t.teardown(() => { connections.destroy(); });
const { verified, token, ...visit } = visitor(gateway, gateway.issuer, () => connections);

const { verifier, challenge } = pkce();
const query: Fields = { response_type: 'code', client_id: id, redirect_uri: redirectUri, scope: 'openid jobs offline.access', ...challenge };
const authenticated = { client_id: id, client_secret: secret };
const codeCall = (code: string): Fields =>
  ({ ...authenticated, grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
const refreshCall = (refreshToken: string): Fields => ({ ...authenticated, grant_type: 'refresh_token', refresh_token: refreshToken });

/** One browser for all of the tests: its session has to outlive every crash. */
const browser = new Cookies();
/** Access tokens received early, which have to be good at the end. */
const early: string[] = [];
let crashes = 0;

async function crash(): Promise<void> {
  const { pid } = gateway.child;
  await gateway.crash();
  if (gateway.child.pid === pid) throw new Error('it was not killed');
  connections.destroy();
  connections = keptConnections(CALLS);
  crashes++;
}

const isActive = async (shown: string): Promise<boolean> =>
  (await visit.ask('/api/auth/introspect', { fields: { ...authenticated, token: shown } })).json()['active'] === true;

/** The tokens of an answer that must have some. */
function received(t: Test, reply: Reply): ReceivedTokens {
  t.equal(reply.statusCode, 200, reply.statusCode === 200 ? 'tokens' : reply.body);
  return reply.json<ReceivedTokens>();
}

/** Checks that all of it works: the access token for everybody, the refresh token for the gateway. */
async function work(t: Test, tokens: ReceivedTokens): Promise<void> {
  t.match(await verified(tokens.access_token), { client_id: id, preferred_username: 'alice' });
  t.strictSame([await isActive(tokens.access_token), await isActive(tokens.refresh_token)], [true, true], 'both are active');
}

async function isSpent(t: Test, fields: Fields): Promise<void> {
  const reply = await token(fields);
  t.match([reply.statusCode, reply.json()['error']], [400, 'invalid_grant'], 'never again');
}

t.test('after the page: its form still signs in', async (t) => {
  const page = await visit.authorize(query, browser);
  t.equal(page.statusCode, 200);
  await crash();
  const reply = await visit.submit(query, page, browser, { sign_in: 'password', user: 'alice', password: PASSWORD });
  t.equal(reply.statusCode, 303);
  const tokens = received(t, await token(codeCall(answerOf(reply)['code'] ?? '')));
  await work(t, tokens);
  early.push(tokens.access_token);
});

t.test('after the sign-in: the code works, once, and the session is known', async (t) => {
  const code = answerOf(await visit.signIn(query, new Cookies(), 'alice'))['code'] ?? '';
  await crash();
  const tokens = received(t, await token(codeCall(code)));
  await work(t, tokens);
  await isSpent(t, codeCall(code));
  t.equal(await isActive(tokens.access_token), false, 'who brings it twice ends what came of it');
  t.equal(await isActive(tokens.refresh_token), false);
  t.ok(await visit.silentCode(query, browser));
});

t.test('after the token call and after a refresh: what was received works, what was used does not', async (t) => {
  const code = await visit.silentCode(query, browser);
  const first = received(t, await token(codeCall(code)));
  await crash();
  await work(t, first);
  const second = received(t, await token(refreshCall(first.refresh_token)));
  await crash();
  await work(t, second);
  t.equal(await isActive(first.access_token), true, 'the access token before is good until it expires');
  const third = received(t, await token(refreshCall(second.refresh_token)));
  await isSpent(t, refreshCall(first.refresh_token));
  await crash();
  await isSpent(t, refreshCall(third.refresh_token));
  t.equal(await isActive(third.access_token), false, 'the end of the family is not forgotten');
  await isSpent(t, codeCall(code));
});

/** One call that was under way when the gateway was killed: what it used up, and the answer, if there was one. */
interface UnderWay<Used> {
  readonly used: Used;
  readonly reply: Reply | undefined;
}

/** Sends so many calls at once, each of what `prepare` gives, and does something meanwhile. */
async function underWay<Used>(
  prepare: () => Promise<Used>, call: (used: Used) => Fields, meanwhile: () => Promise<void>,
): Promise<readonly UnderWay<Used>[]> {
  const all = await Promise.all(Array.from({ length: CALLS }, prepare));
  const calls = all.map(async (used): Promise<UnderWay<Used>> => {
    try {
      return { used, reply: await token(call(used)) };
    } catch (error) {
      if (!['ECONNRESET', 'ECONNREFUSED', 'EPIPE'].includes(String((error as NodeJS.ErrnoException).code))) throw error;
      return { used, reply: undefined };
    }
  });
  await meanwhile();
  return Promise.all(calls);
}

/** Kills the gateway again and again, at moments spread over the time that so many calls take, and yields what became of each. */
async function* killed<Used>(prepare: () => Promise<Used>, call: (used: Used) => Fields): AsyncGenerator<UnderWay<Used>> {
  const all = await Promise.all(Array.from({ length: CALLS }, prepare));
  const start = performance.now();
  await Promise.all(all.map((used) => token(call(used))));
  const spread = Math.max(20, performance.now() - start);
  for (let round = 0; round < ROUNDS; round++) {
    yield* await underWay(prepare, call, async () => {
      await sleep((round + Math.random()) * spread / ROUNDS);
      await crash();
    });
  }
}

t.test('during the token call: an answered code never works again, a lost one once at the most', async (t) => {
  const count = { calls: 0, answered: 0, unused: 0 };
  for await (const { used: code, reply } of killed(() => visit.silentCode(query, browser), codeCall)) {
    count.calls++;
    const answer = reply ?? await token(codeCall(code));
    if (reply !== undefined) count.answered++;
    if (reply !== undefined || answer.statusCode === 200) {
      if (reply === undefined) count.unused++;
      const tokens = received(t, answer);
      await work(t, tokens);
      await work(t, received(t, await token(refreshCall(tokens.refresh_token))));
      if (count.answered % 2 === 0) await isSpent(t, refreshCall(tokens.refresh_token));
    } else {
      t.match([answer.statusCode, answer.json()['error']], [400, 'invalid_grant'], 'used up, and its answer is lost');
    }
    await isSpent(t, codeCall(code));
  }
  assertCounts(t, count);
  const kept = received(t, await token(codeCall(await visit.silentCode(query, browser))));
  early.push(kept.access_token);
});

t.test('during a refresh: an answered refresh token never works again, a lost one once at the most', async (t) => {
  const count = { calls: 0, answered: 0, unused: 0 };
  const prepare = async (): Promise<ReceivedTokens> => received(t, await token(codeCall(await visit.silentCode(query, browser))));
  for await (const { used, reply } of killed(prepare, (tokens) => refreshCall(tokens.refresh_token))) {
    count.calls++;
    t.match(await verified(used.access_token), { client_id: id });
    t.equal(await isActive(used.access_token), true, 'what was received before');
    const answer = reply ?? await token(refreshCall(used.refresh_token));
    if (reply !== undefined) count.answered++;
    if (reply !== undefined || answer.statusCode === 200) {
      if (reply === undefined) count.unused++;
      const tokens = received(t, answer);
      await work(t, tokens);
      await work(t, received(t, await token(refreshCall(tokens.refresh_token))));
    } else {
      t.match([answer.statusCode, answer.json()['error']], [400, 'invalid_grant'], 'used up, and its answer is lost');
    }
    await isSpent(t, refreshCall(used.refresh_token));
    t.equal(await isActive(used.access_token), false, 'a used refresh token ends the family');
  }
  assertCounts(t, count);
});

/** Nothing is shown by calls that were all answered, or all lost. `unused` were lost before they had used anything up. */
function assertCounts(t: Test, { calls, answered, unused }: Readonly<Record<'calls' | 'answered' | 'unused', number>>): void {
  t.comment(`${String(calls)} calls, ${String(answered)} answered, ${String(unused)} lost before anything was used up`);
  t.equal(calls, ROUNDS * CALLS);
  t.ok(answered > 0 && answered < calls, `${String(answered)} of ${String(calls)} were answered`);
}

t.test('failures are counted across crashes, and so is the pause', async (t) => {
  const tried = async (user: string, password: string): Promise<number> =>
    (await visit.signIn(query, new Cookies(), user, password)).statusCode;
  for (const user of ['alice', 'bob']) t.strictSame([await tried(user, 'wrong'), await tried(user, 'wrong')], [403, 403]);
  await crash();
  t.equal(await tried('alice', PASSWORD), 303, 'two failures are not enough');
  t.strictSame([await tried('bob', 'wrong'), await tried('bob', PASSWORD)], [403, 403], 'the third is too much');
  await crash();
  t.equal(await tried('bob', PASSWORD), 403, 'he has to wait');
});

t.test('after all of this the first session and the first tokens are still good', async (t) => {
  t.ok(crashes >= 2 * ROUNDS + 7, `${String(crashes)} crashes`);
  t.equal(early.length, 2);
  for (const one of early) {
    t.match(await verified(one), { client_id: id });
    t.equal(await isActive(one), true);
  }
  await work(t, received(t, await token(codeCall(await visit.silentCode(query, browser)))));
});
