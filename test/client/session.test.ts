// What comes after the sign-in, against a real gateway: renewal in time, once for all who ask, and every end.

import { chmodSync } from 'node:fs';
import { mock } from 'node:test';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ClientError, type EndOfSession, openTokenFile, signIn, type Session, type SignInOptions } from '../../src/client/index.ts';
import { becomes } from '../realm/exec.ts';
import { send } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { reach } from './place.ts';

const { realm, gateway, ccache } = await openSite(t, { config: '[Kerberos]\nRealms = MYQ.TEST' });
Object.assign(process.env, realm.environment, { KRB5CCNAME: ccache });

/** Signs in with the ticket; the session ends with the test. */
async function open(t: Test, options: Partial<SignInOptions> = {}): Promise<Session> {
  const { session } = await signIn({ ...reach(gateway), mode: 'private', methods: ['windows'], ...options });
  t.teardown(() => session.close());
  return session;
}

const MINUTE = 60_000;

/** Moves the clock of this process: that of the gateway stays as it is. */
function later(t: Test, milliseconds: number): void {
  const now = Date.now();
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: now + milliseconds });
  t.teardown(() => { mock.timers.reset(); });
}

const refreshToken = ({ tokens }: Session): string => String(tokens.refreshToken);

/** Whether the gateway still takes this access token. */
async function isGood(accessToken: string): Promise<boolean> {
  const { status } = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${accessToken}` } });
  return status === 200;
}

const refreshAt = (token: string) => send(gateway, '/api/auth/token', {
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ grant_type: 'refresh_token', client_id: 'myq-desktop-client', refresh_token: token }).toString(),
});

const failsWith = async (t: Test, reason: string, attempt: () => Promise<unknown>): Promise<void> => {
  const error: unknown = await attempt().then(() => 'it succeeded', (problem: unknown) => problem);
  t.type(error, ClientError, String(error));
  t.equal((error as ClientError).reason, reason, String(error));
};

t.test('a token is handed out as it is until shortly before its end, and then renewed once for all who ask', async (t) => {
  const session = await open(t);
  const first = await session.accessToken();
  const spent = refreshToken(session);
  later(t, 28 * MINUTE);
  t.equal(await session.accessToken(), first, 'two minutes before its end');
  later(t, 1.5 * MINUTE);
  const answers = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  t.equal(new Set(answers).size, 1);
  t.not(answers[0], first);
  t.not(refreshToken(session), spent);
  t.ok(await isGood(String(answers[0])));
  t.equal((await refreshAt(refreshToken(session))).status, 200, 'one refresh was made: a second one would have ended the sign-in');
});

t.test('a refresh token that somebody else used ends the sign-in', async (t) => {
  const ends: EndOfSession[] = [];
  const session = await open(t, { onEnd: (why) => ends.push(why) });
  t.equal((await refreshAt(refreshToken(session))).status, 200);
  later(t, 29.5 * MINUTE);
  await failsWith(t, 'sign_in_required', () => session.accessToken());
  await failsWith(t, 'sign_in_required', () => session.accessToken());
  t.strictSame(ends, ['refused']);
});

t.test('a user who was disabled must sign in again', async (t) => {
  const session = await open(t);
  await gateway.cli('users', 'disable', 'alice');
  later(t, 29.5 * MINUTE);
  await failsWith(t, 'sign_in_required', () => session.accessToken());
  await gateway.cli('users', 'enable', 'alice');
});

t.test('signing out revokes all that came of the sign-in', async (t) => {
  const session = await open(t);
  const token = refreshToken(session);
  await session.signOut();
  await failsWith(t, 'signed_out', () => session.accessToken());
  t.match((await refreshAt(token)).json, { error: 'invalid_grant' });
  await session.signOut();
});

t.test('without a refresh token the ticket is used again', async (t) => {
  const session = await open(t, { mode: 'public' });
  const first = await session.accessToken();
  t.equal(session.tokens.refreshToken, undefined);
  later(t, 29.5 * MINUTE);
  const second = await session.accessToken();
  t.not(second, first);
  t.ok(await isGood(second));
  await gateway.cli('users', 'disable', 'alice');
  later(t, 29.5 * MINUTE);
  await failsWith(t, 'sign_in_required', () => session.accessToken());
  await gateway.cli('users', 'enable', 'alice');
});

t.test('the signal of the sign-in ends no session', async (t) => {
  const cancel = new AbortController();
  const session = await open(t, { mode: 'public', signal: cancel.signal });
  cancel.abort();
  later(t, 29.5 * MINUTE);
  t.ok(await isGood(await session.accessToken()));
});

t.test('a gateway that is away ends nothing while the token lasts, and holds nobody up', async (t) => {
  const lines: string[] = [];
  const session = await open(t, { tell: (line) => lines.push(line) });
  const first = await session.accessToken();
  const { child } = gateway;
  child.kill('SIGSTOP');
  t.teardown(() => { child.kill('SIGCONT'); });
  later(t, 29.5 * MINUTE);
  const began = performance.now();
  t.equal(await session.accessToken(), first, 'it is good for half a minute');
  t.ok(performance.now() - began < 10_000);
  child.kill('SIGCONT');
  t.ok(await becomes(async () => await session.accessToken() !== first), 'it is back');
});

t.test('a gateway that is gone is told when the token has ended, and its return is enough', async (t) => {
  const session = await open(t);
  const first = await session.accessToken();
  await gateway.crash();
  later(t, 31 * MINUTE);
  t.not(await session.accessToken(), first, 'the kept connection that broke is no matter');
});

t.test('tokens of somebody else are not taken over', async (t) => {
  await gateway.cli('users', 'add', 'bob');
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  const [shared, own] = [await open(t, { kept }), await open(t, { mode: 'public' })];
  process.env['KRB5CCNAME'] = await realm.kinit('bob');
  t.teardown(() => { process.env['KRB5CCNAME'] = ccache; });
  await kept.forget(gateway.issuer, 'myq-desktop-client');
  await open(t, { kept });
  later(t, 29.5 * MINUTE);
  for (const session of [shared, own]) await failsWith(t, 'sign_in_required', () => session.accessToken());
});

t.test('closing waits for a renewal: what came in place of the spent token is kept', async (t) => {
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  const session = await open(t, { kept });
  later(t, 29.5 * MINUTE);
  const renewing = session.accessToken().catch(() => undefined);
  await session.close();
  await renewing;
  mock.timers.reset();
  const next = await open(t, { kept, methods: [] });
  t.ok(await isGood(await next.accessToken()));
});

t.test('a sign-out that failed here still ends it at the gateway, and can be tried again', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  const session = await open(t, { kept: openTokenFile(file) });
  const token = refreshToken(session);
  chmodSync(file, 0o644);
  await failsWith(t, 'store_unusable', () => session.signOut());
  t.match((await refreshAt(token)).json, { error: 'invalid_grant' });
  chmodSync(file, 0o600);
  await session.signOut();
  t.equal(await openTokenFile(file).get(gateway.issuer, 'myq-desktop-client'), undefined);
});

t.test('nobody who is told of the end can keep it from coming', async (t) => {
  const session = await open(t, { onEnd: () => { throw new Error('a fault of the caller'); } });
  const token = refreshToken(session);
  await session.signOut();
  t.match((await refreshAt(token)).json, { error: 'invalid_grant' });
});

t.test('a closed session is none, and was not signed out', async (t) => {
  const ends: EndOfSession[] = [];
  const session = await open(t, { onEnd: (why) => ends.push(why) });
  const token = refreshToken(session);
  await session.close();
  for (const attempt of [() => session.accessToken(), () => session.claims(), () => session.signOut()]) await failsWith(t, 'signed_out', attempt);
  t.strictSame(ends, []);
  t.equal((await refreshAt(token)).status, 200);
});

t.test('an idle time that is none is refused', async (t) => {
  for (const idleTimeout of [0, -1, Infinity, NaN, 30 * 24 * 60 * MINUTE]) await t.rejects(open(t, { mode: 'public', idleTimeout }), RangeError);
});

t.test('public mode signs out after a print', async (t) => {
  const ends: EndOfSession[] = [];
  const session = await open(t, { mode: 'public', onEnd: (why) => ends.push(why) });
  const token = await session.accessToken();
  t.ok(await isGood(token));
  await session.printed();
  t.strictSame(ends, ['printed']);
  t.notOk(await isGood(token), 'the gateway takes it no more');
  await failsWith(t, 'signed_out', () => session.accessToken());
});

t.test('public mode signs out when nobody uses it, and not before', async (t) => {
  let end: (why: EndOfSession) => void = () => undefined;
  const ended = new Promise<EndOfSession>((resolve) => { end = resolve; });
  const session = await open(t, { mode: 'public', idleTimeout: 1500, onEnd: end });
  const token = await session.accessToken();
  const beginning = Date.now();
  for (let use = 0; use < 6; use++) {
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    await session.accessToken();
  }
  t.equal(await ended, 'idle');
  t.ok(Date.now() - beginning >= 3000, 'each use began the time anew');
  t.ok(await becomes(async () => !await isGood(token)), 'the gateway takes it no more');
});

t.test('private mode goes on after a print', async (t) => {
  const session = await open(t);
  await session.printed();
  t.ok(await isGood(await session.accessToken()));
});

t.test('what private mode keeps signs in at the next start, without any way in', async (t) => {
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  const first = await open(t, { kept });
  const spent = refreshToken(first);
  await first.close();
  const next = await open(t, { kept, methods: [] });
  t.match(await next.claims(), { preferred_username: 'alice' });
  t.equal(next.method, 'windows');
  t.not(refreshToken(next), spent);
  await next.signOut();
  t.equal(await kept.get(gateway.issuer, 'myq-desktop-client'), undefined);
  await failsWith(t, 'sign_in_required', () => open(t, { kept, methods: [] }));
});

t.test('several programs of one user keep one sign-in without spending each other\'s token', async (t) => {
  const file = join(t.testdir(), 'sign-ins.json');
  await open(t, { kept: openTokenFile(file) });
  const others = await Promise.all(Array.from({ length: 5 }, () => open(t, { kept: openTokenFile(file), methods: [] })));
  later(t, 29.5 * MINUTE);
  const tokens = await Promise.all(others.map((session) => session.accessToken()));
  t.equal(new Set(tokens).size, 5);
  t.strictSame(await Promise.all(tokens.map(isGood)), Array.from(tokens, () => true));
});

t.test('a kept sign-in that has ended is forgotten, and the ways in are tried', async (t) => {
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  const first = await open(t, { kept });
  await refreshAt(refreshToken(first));
  await failsWith(t, 'sign_in_required', () => open(t, { kept, methods: [] }));
  t.equal(await kept.get(gateway.issuer, 'myq-desktop-client'), undefined);
  await kept.put({ issuer: gateway.issuer, clientId: 'myq-desktop-client', method: 'windows', refreshToken: 'made up', scope: 'openid', keptAt: 0 });
  const { session: next, keptEnded, isResumed } = await signIn({ ...reach(gateway), mode: 'private', methods: ['windows'], kept });
  t.teardown(() => next.close());
  t.match([keptEnded?.server?.error, isResumed], ['invalid_grant', false]);
  t.ok(await isGood(await next.accessToken()));
});

t.test('public mode asks for no refresh token, whatever scope is asked for', async (t) => {
  for (const scope of ['openid offline.access', 'openid offline_access']) t.equal((await open(t, { mode: 'public', scope })).tokens.refreshToken, undefined);
});

t.test('public mode keeps nothing, and reads nothing that was kept', async (t) => {
  const kept = openTokenFile(join(t.testdir(), 'sign-ins.json'));
  await open(t, { kept, mode: 'public' });
  t.equal(await kept.get(gateway.issuer, 'myq-desktop-client'), undefined);
});
