// A sign-in through Entra ID that goes on: renewed by another exchange, which asks nobody, or by the refresh token; and every end of it.

import { mock } from 'node:test';
import t, { type Test } from 'tap';
import { ClientError, type ClientReason } from '../../../src/client/error.ts';
import { type EndOfSession, type Session, signIn, SignInError, type SignInOptions } from '../../../src/client/index.ts';
import { KEYS } from '../../entra/fetches.ts';
import { send } from '../../realm/http.ts';
import { reach } from '../place.ts';
import { type CountedTokens, failure, handsOut, openPlace } from './place.ts';

const { gateway, entra, tenant, app, alice } = await openPlace(t, 'AllowRefresh = True\n');
const MINUTE = 60_000;
const seconds = (): number => Math.floor(Date.now() / 1000);

/** An ID token of alice with these changes. To be made before the clock is moved: that of the gateway stays as it is. */
const token = (changes?: Readonly<Record<string, unknown>>): Promise<string> => tenant.idToken(alice, app, changes);

/** Moves the clock of this process. */
function later(t: Test, milliseconds: number): void {
  const now = Date.now();
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: now + milliseconds });
  t.teardown(() => { mock.timers.reset(); });
}

interface Opened {
  readonly session: Session;
  /** Why it ended, if it did. */
  readonly ends: readonly EndOfSession[];
}

/** Signs in with these; in public mode, so that there is no refresh token. */
async function open(t: Test, idTokens: CountedTokens, options: Partial<SignInOptions> = {}): Promise<Opened> {
  const ends: EndOfSession[] = [];
  const onEnd = (why: EndOfSession): unknown => ends.push(why);
  const { session } = await signIn({ ...reach(gateway), methods: ['entra'], entra: { idTokens }, onEnd, ...options });
  t.teardown(() => session.close());
  return { session, ends };
}

/** Hands out what `give` gives, or fails as it does. */
function from(give: (call: number) => string | ClientError): CountedTokens {
  const asked: boolean[] = [];
  return {
    asked,
    acquire: async ({ forceRefresh }) => {
      asked.push(forceRefresh);
      const given = give(asked.length);
      if (given instanceof ClientError) throw given;
      return given;
    },
  };
}

/** Whether the gateway still takes this access token. */
async function isGood(accessToken: string): Promise<boolean> {
  return (await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${accessToken}` } })).status === 200;
}

async function whileDisabled(work: () => Promise<void>): Promise<void> {
  await gateway.cli('users', 'disable', 'alice');
  await work().finally(() => gateway.cli('users', 'enable', 'alice'));
}

t.test('the token says who came, of which tenant, and how Entra ID knows it', async (t) => {
  const authTime = seconds() - 90;
  const { session } = await open(t, handsOut(await token({ amr: ['pwd', 'mfa'], auth_time: authTime })));
  const { preferred_username: name, tid, amr, auth_time: at } = await session.claims();
  t.strictSame({ name, tid, amr, at }, { name: 'alice', tid: tenant.id, amr: ['pwd', 'mfa'], at: authTime });
  t.strictSame([session.method, session.mode, session.tokens.refreshToken], ['entra', 'public', undefined]);
});

t.test('shortly before its end the ID token is exchanged again, once for all who ask', async (t) => {
  const idTokens = handsOut(await token());
  const { session } = await open(t, idTokens);
  const first = await session.accessToken();
  later(t, 28 * MINUTE);
  t.equal(await session.accessToken(), first, 'two minutes before its end');
  t.strictSame(idTokens.asked, [false]);
  later(t, 1.5 * MINUTE);
  const answers = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
  t.equal(new Set(answers).size, 1);
  t.not(answers[0], first);
  t.ok(await isGood(String(answers[0])));
  t.strictSame(idTokens.asked, [false, false], 'the kept one is good enough');
});

t.test('an access token that ends with its ID token is renewed by a fresh one', async (t) => {
  const [short, long] = [await token({ exp: seconds() + 600 }), await token()];
  const idTokens = handsOut(short, short, long);
  const { session } = await open(t, idTokens);
  const life = session.tokens.expiresAt - Date.now();
  t.ok(life > 8 * MINUTE && life <= 10 * MINUTE, String(life));
  later(t, life - MINUTE / 2);
  await session.accessToken();
  t.strictSame(idTokens.asked, [false, false, true]);
  t.ok(session.tokens.expiresAt - Date.now() > 20 * MINUTE);
});

t.test('where the gateway or Entra ID says no at the renewal, the person must sign in again', async (t) => {
  const good = await token();
  const wanting = new ClientError('entra_interaction_required', 'a second factor');
  const asking = await open(t, from((call) => (call === 1 ? good : wanting)));
  const refused = await open(t, handsOut(good));
  later(t, 29.5 * MINUTE);
  await whileDisabled(async () => {
    const { message } = await failure(refused.session.accessToken());
    t.match(message, /user_disabled/);
  });
  t.match((await failure(asking.session.accessToken())).message, /^the sign-in has ended: a second factor$/);
  for (const { session, ends } of [asking, refused]) {
    t.equal((await failure(session.accessToken())).reason, 'sign_in_required', 'also later');
    t.strictSame(ends, ['refused']);
  }
});

t.test('a broker that is away for a moment ends nothing while the token lasts, and no sign-in after it', async (t) => {
  const good = await token();
  let isAway = false;
  const idTokens = from(() => (isAway ? new ClientError('timed_out', 'the broker does not answer') : good));
  const { session, ends } = await open(t, idTokens);
  const first = await session.accessToken();
  isAway = true;
  later(t, 29.5 * MINUTE);
  t.equal(await session.accessToken(), first, 'still good for half a minute');
  later(t, MINUTE);
  t.equal((await failure(session.accessToken())).reason, 'timed_out');
  t.strictSame([ends, idTokens.asked.length], [[], 3]);
  isAway = false;
  t.not(await session.accessToken(), first);
});

t.test('in public mode a print ends it at the gateway, and Entra ID is not asked again', async (t) => {
  const idTokens = handsOut(await token());
  const { session, ends } = await open(t, idTokens);
  const accessToken = await session.accessToken();
  await session.printed();
  t.notOk(await isGood(accessToken));
  t.equal((await failure(session.accessToken())).reason, 'signed_out');
  t.strictSame([ends, idTokens.asked], [['printed'], [false]]);
});

t.test('a refresh token is used where there is one, and the exchange where the gateway gave none', async (t) => {
  const [first, second] = [await token(), await token()];
  const refreshed = handsOut(first);
  const { session } = await open(t, refreshed, { mode: 'private' });
  t.type(session.tokens.refreshToken, 'string');
  const exchanged = handsOut(second);
  await open(t, handsOut(second), { mode: 'private' });
  const { session: without } = await open(t, exchanged, { mode: 'private' });
  t.equal(without.tokens.refreshToken, undefined, 'of each ID token the first exchange brings one');
  later(t, 29.5 * MINUTE);
  const before = [session, without].map(({ tokens }) => tokens.accessToken);
  const after = await Promise.all([session.accessToken(), without.accessToken()]);
  t.equal(new Set([...before, ...after]).size, 4);
  t.strictSame([refreshed.asked, exchanged.asked], [[false], [false, false]]);
});

/** The ways that were tried in vain, with the reasons. */
async function passed(options: Partial<SignInOptions>): Promise<readonly (readonly [string, ClientReason])[]> {
  const error = await failure(signIn({ ...reach(gateway), ...options }));
  if (!(error instanceof SignInError)) throw error;
  return error.passedOver.map(({ method, error: { reason } }) => [method, reason]);
}

t.test('whatever the reason, the next way in is tried', async (t) => {
  const browser = { open: () => Promise.reject(new ClientError('browser_not_opened', 'no browser here')) };
  const stranger = await tenant.idToken(tenant.person({ preferred_username: 'zoe@example.com' }), app);
  for (const [entra, reason] of [
    [undefined, 'entra_not_configured'],
    [{ idTokens: handsOut(stranger) }, 'refused'],
    [{ idTokens: handsOut('') }, 'entra_failed'],
    [{ idTokens: from(() => new ClientError('broker_unavailable', 'none here')) }, 'broker_unavailable'],
    [{ idTokens: from(() => new ClientError('timed_out', 'it does not answer')) }, 'timed_out'],
  ] as const) {
    t.strictSame(await passed({ methods: ['entra', 'browser'], entra, browser }), [['entra', reason], ['browser', 'browser_not_opened']]);
  }
});

t.test('who ended it is not led to the next way in', async (t) => {
  const ending = new AbortController();
  const idTokens = { acquire: () => new Promise<string>(() => { ending.abort(); }) };
  const browser = { open: () => Promise.reject(new Error('the browser was opened')) };
  const { signal } = ending;
  t.strictSame(await passed({ methods: ['entra', 'browser'], entra: { idTokens }, browser, signal }), [['entra', 'cancelled']]);
});

t.test('a signal that ends after the sign-in ends no session', async (t) => {
  const ending = new AbortController();
  const { session } = await open(t, handsOut(await token()), { signal: ending.signal });
  const first = await session.accessToken();
  ending.abort();
  later(t, 29.5 * MINUTE);
  t.not(await session.accessToken(), first);
});

// The last one: the gateway does not ask Microsoft again so soon.
t.test('a gateway that cannot ask Microsoft at the renewal ends no sign-in', async (t) => {
  const known = await token();
  tenant.rotate();
  const idTokens = handsOut(known, await token());
  entra.fault(KEYS, { status: 500 });
  const { session, ends } = await open(t, idTokens);
  const first = await session.accessToken();
  later(t, 29.5 * MINUTE);
  t.equal(await session.accessToken(), first, 'still good for half a minute');
  later(t, MINUTE);
  const { reason, server, cure } = await failure(session.accessToken());
  t.strictSame([reason, server?.status, server?.reason], ['refused', 503, 'backend_unavailable']);
  t.match(cure, /Try again/);
  t.strictSame([ends, idTokens.asked], [[], [false, false, false]]);
});
