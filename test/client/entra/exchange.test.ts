// The exchange of ID tokens against a real gateway: how often the source and the gateway are asked, and when it is given up.

import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { ClientError } from '../../../src/client/error.ts';
import { rsaKey } from '../../realm/entra-keys.ts';
import { enter, exchanges, failure, handsOut, openPlace } from './place.ts';

const [place, failing] = await Promise.all([openPlace(t, 'Replay = Once\nMaxTokenAge = 10m\n'), openPlace(t, '', { status: 500 })]);
const { gateway, tenant, app, alice } = place;
const seconds = (): number => Math.floor(Date.now() / 1000);

/** An ID token of alice with these changes. */
const token = (changes?: Readonly<Record<string, unknown>>): Promise<string> => tenant.idToken(alice, app, changes);

/** What the source was asked, what the gateway said, and how it ended. */
async function course(...tokens: readonly unknown[]): Promise<Readonly<Record<'asked' | 'exchanged' | 'end', unknown>>> {
  const idTokens = handsOut(...tokens);
  const [end, exchanged] = await exchanges(gateway, () => enter(gateway, { idTokens }).then(() => 'signed in', (error: unknown) => {
    if (!(error instanceof ClientError)) throw error;
    return error.server?.reason ?? error.reason;
  }));
  return { asked: idTokens.asked, exchanged, end };
}

type Course = Awaited<ReturnType<typeof course>>;

/** One after the other: the log is counted. */
async function all(t: Test, cases: Readonly<Record<string, readonly [tokens: readonly unknown[], expected: Course]>>): Promise<void> {
  for (const [name, [tokens, expected]] of Object.entries(cases)) t.strictSame(await course(...tokens), expected, name);
}

t.test('an ID token becomes an access token with what was asked for', async (t) => {
  const lines: string[] = [];
  const tokens = await enter(gateway, { idTokens: handsOut(await token()) }, { scope: 'openid print', tell: (line) => lines.push(line) });
  t.equal(tokens.scope, 'openid print');
  t.equal(tokens.refreshToken, undefined);
  t.ok(tokens.expiresAt > Date.now() + 60_000, String(tokens.expiresAt));
  t.ok(lines.length > 0 && !lines.join('\n').includes('eyJ'), lines.join('\n'));
  const wide = await enter(gateway, { idTokens: handsOut(await token()) });
  t.equal(wide.scope, 'openid profile jobs print user.session');
});

t.test('a kept ID token at its end is replaced by a fresh one before anything is sent', async (t) => {
  const signedIn = { asked: [false, true], exchanged: ['granted'], end: 'signed in' };
  await all(t, {
    'it has ended': [[await token({ exp: seconds() - 10 }), await token()], signedIn],
    'it ended long ago': [[await token({ exp: 1 }), await token()], signedIn],
    'it ends now': [[await token({ exp: seconds() + 1 }), await token()], signedIn],
    'it ends within a minute': [[await token({ exp: seconds() + 60 }), await token()], signedIn],
    'it is good for some minutes': [[await token({ exp: seconds() + 180 }), await token()], { asked: [false], exchanged: ['granted'], end: 'signed in' }],
  });
});

t.test('a fresh one that has ended, too, is the second and last', async (t) => {
  const ended = async () => token({ exp: seconds() - 100 });
  await all(t, {
    'another one': [[await ended(), await ended()], { asked: [false, true], exchanged: ['id_token_expired'], end: 'id_token_expired' }],
    'the same one': [[await ended()], { asked: [false, true], exchanged: ['id_token_expired'], end: 'id_token_expired' }],
  });
});

t.test('a refusal that a fresh ID token mends is followed by one fresh ID token', async (t) => {
  const used = await token();
  await enter(gateway, { idTokens: handsOut(used) });
  const old = { iat: seconds() - 700, nbf: seconds() - 700 };
  const strange = await tenant.sign({ typ: 'JWT', alg: 'RS256', kid: 'unknown' }, tenant.claimsFor(alice, app), rsaKey());
  const mended = (reason: string) => ({ asked: [false, true], exchanged: [reason, 'granted'], end: 'signed in' });
  await all(t, {
    'used before': [[used, await token()], mended('id_token_replay')],
    'issued long ago': [[await token(old), await token()], mended('id_token_too_old')],
    'a key that is not published': [[strange, await token()], mended('id_token_key_unknown')],
  });
});

t.test('an ID token that is good by the clock of this computer and not by the gateway\'s is replaced', async (t) => {
  const [ended, good] = [await token({ exp: seconds() - 300 }), await token()];
  mock.timers.enable({ apis: ['Date'], now: Date.now() - 3_600_000 });
  t.teardown(() => { mock.timers.reset(); });
  t.strictSame(await course(ended, good), { asked: [false, true], exchanged: ['id_token_expired', 'granted'], end: 'signed in' });
});

t.test('it is given up after the second refusal, and where the fresh ID token is the same one', async (t) => {
  const old = async (age: number) => token({ iat: seconds() - age, nbf: seconds() - age });
  const signature = await token();
  const forged = `${signature.slice(0, -8)}AAAAAAAA`;
  await all(t, {
    'twice the same reason': [[await old(700), await old(800), await token()], { asked: [false, true], exchanged: ['id_token_too_old', 'id_token_too_old'], end: 'id_token_too_old' }],
    'another reason': [[await old(700), forged, await token()], { asked: [false, true], exchanged: ['id_token_too_old', 'id_token_signature'], end: 'id_token_signature' }],
    'the same one': [[await old(700)], { asked: [false, true], exchanged: ['id_token_too_old'], end: 'id_token_too_old' }],
    'no JWT': [[await old(700), 'garbage'], { asked: [false, true], exchanged: ['id_token_too_old'], end: 'entra_failed' }],
    'at its end, and refused': [[await token({ exp: 1 }), await old(700), await token()], { asked: [false, true], exchanged: ['id_token_too_old'], end: 'id_token_too_old' }],
  });
});

t.test('a refusal that no ID token mends is not repeated', async (t) => {
  const once = (reason: string) => ({ asked: [false], exchanged: [reason], end: reason });
  const partner = place.entra.tenant('11111111-2222-4333-8444-555555555555');
  const of = (changes: Readonly<Record<string, unknown>>) => tenant.idToken(tenant.person(changes), app);
  const signature = await token();
  await all(t, {
    'nobody here': [[await of({ preferred_username: 'zoe@example.com' })], once('unknown_user')],
    'another tenant': [[await partner.idToken(partner.person({}), app)], once('tenant_not_allowed')],
    'another application': [[await tenant.idToken(alice, tenant.app())], once('id_token_audience')],
    'a personal account': [[await token({ tid: '9188040d-6c67-4c5b-b112-36a304b66dad' })], once('personal_account')],
    'a guest': [[await of({ acct: 1 })], once('guest_account')],
    'an access token': [[await token({ scp: 'User.Read' })], once('not_an_id_token')],
    'version 1.0': [[await token({ ver: '1.0' })], once('id_token_version')],
    'not yet valid': [[await token({ nbf: seconds() + 600 })], once('id_token_not_yet_valid')],
    'a forged signature': [[`${signature.slice(0, -8)}AAAAAAAA`], once('id_token_signature')],
    'no end': [[await token({ exp: undefined })], once('id_token_malformed')],
    'an end that is text': [[await token({ exp: '1' })], once('id_token_malformed')],
  });
  await gateway.cli('users', 'disable', 'alice');
  t.strictSame(await course(await token()), once('user_disabled'));
  await gateway.cli('users', 'enable', 'alice');
});

t.test('a gateway that cannot ask Microsoft is not asked again', async (t) => {
  const idTokens = handsOut(await failing.tenant.idToken(failing.alice, failing.app));
  const error = await failure(enter(failing.gateway, { idTokens }));
  t.strictSame([error.reason, error.server?.status, error.server?.reason, idTokens.asked], ['refused', 503, 'backend_unavailable', [false]]);
});

t.test('what is no ID token is sent nowhere', async (t) => {
  const nothing = { asked: [false], exchanged: [], end: 'entra_failed' };
  const large = await token({ groups: Array.from({ length: 400 }, (_, index) => `11111111-2222-4333-8444-${String(index).padStart(12, '0')}`) });
  t.ok(large.length > 16 * 1024 && large.length < 48 * 1024);
  const payload = (text: string): string => `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(text).toString('base64url')}.AAAA`;
  await all(t, {
    'empty': [[''], nothing],
    'words': [['no token today'], nothing],
    'dots': [['..'], nothing],
    'half of one': [[(await token()).slice(0, 200)], nothing],
    'two parts': [[(await token()).split('.').slice(0, 2).join('.')], nothing],
    'no JSON': [[payload('{')], nothing],
    'no object': [[payload('[1]')], nothing],
    'no base64': [['a.\u0000\u{1f600}.c'], nothing],
    'too large': [[large], nothing],
    'huge': [['x'.repeat(5_000_000)], nothing],
    'nothing': [[undefined], nothing],
    'null': [[null], nothing],
    'a number': [[42], nothing],
    'a list': [[[await token()]], nothing],
    'an object': [[{ idToken: await token() }], nothing],
  });
  const { message, cure } = await failure(enter(gateway, { idTokens: handsOut(large) }));
  t.match(message, /^the ID token is too large: it has \d+ characters, and the gateway takes 16384$/);
  t.match(cure, /optional claims/);
});

t.test('a source that fails is passed over with its own reason', async (t) => {
  const own = new ClientError('broker_unavailable', 'none here');
  t.equal(await failure(enter(gateway, { idTokens: { acquire: () => Promise.reject(own) } })), own);
  const broken = await failure(enter(gateway, { idTokens: { acquire: () => { throw new TypeError('broken\u001b[2J\nhere'); } } }));
  t.strictSame([broken.reason, broken.message], ['entra_failed', 'Entra ID gives no ID token: broken\\u{1b}[2J\\u{a}here']);
  const bare = await failure(enter(gateway, { idTokens: { acquire: () => Promise.reject(undefined as unknown as Error) } }));
  t.strictSame([bare.reason, bare.message], ['entra_failed', 'Entra ID gives no ID token: no reason is told']);
  t.equal((await failure(enter(gateway, undefined))).reason, 'entra_not_configured');
});

/** The milliseconds that it took to fail, and the reason. */
async function timed(attempt: () => Promise<unknown>): Promise<readonly [string, number]> {
  const start = performance.now();
  const { reason } = await failure(attempt());
  return [reason, performance.now() - start];
}

t.test('the signal ends a source that hangs, and one that has ended before asks nobody', async (t) => {
  const never = { acquire: () => new Promise<string>(() => undefined) };
  const ending = new AbortController();
  setTimeout(() => { ending.abort(); }, 50);
  const [reason, took] = await timed(() => enter(gateway, { idTokens: never }, { signal: ending.signal }));
  t.equal(reason, 'cancelled');
  t.ok(took < 5000, String(took));
  t.equal((await timed(() => enter(gateway, { idTokens: never }, { signal: AbortSignal.timeout(50) })))[0], 'timed_out');
  const idTokens = handsOut(await token());
  t.equal((await failure(enter(gateway, { idTokens }, { signal: AbortSignal.abort() }))).reason, 'cancelled');
  t.strictSame(idTokens.asked, []);
});

t.test('the signal ends an exchange that hangs', async (t) => {
  const idTokens = handsOut(await token());
  const ending = new AbortController();
  t.teardown(() => { gateway.child.kill('SIGCONT'); });
  const tell = (line: string): void => {
    if (!line.startsWith('exchanges')) return;
    gateway.child.kill('SIGSTOP');
    setTimeout(() => { ending.abort(); }, 50);
  };
  const [reason, took] = await timed(() => enter(gateway, { idTokens }, { signal: ending.signal, tell }));
  t.equal(reason, 'cancelled');
  t.ok(took < 5000, String(took));
});
