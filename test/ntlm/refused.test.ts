// Every wrong NTLM message and every wrong order of them, against a real domain: refused with the right reason, and told in the log.

import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import t, { type Test } from 'tap';
import { NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { flags, places, usualFlags } from '../mechanisms/ntlm/encoder.ts';
import { frame } from '../mechanisms/token/encoder.ts';
import { openAdSite } from '../realm/ad-site.ts';
import { becomes } from '../realm/exec.ts';
import { keptConnections, send as sendRequest, type Answer } from '../realm/http.ts';
import {
  authenticateMessage, challengeIn, innerMessage, negotiateMessage, ntlmSignIn, sendToken, servedBinding, spnegoInit, spnegoResponse,
  type AuthenticateOptions, type NtlmSignInOptions,
} from '../realm/ntlm-client.ts';
import { makeToken } from '../realm/tokens.ts';
import { alice, claimsOf, OFFERS, refuses, type Expected, type Tried } from './place.ts';

/** Of src/config/schema.ts. */
const HELPERS = 4;
// So many failures are no lockout here.
const security = '[Security]\nLockoutAttempts = 1000';
const users = { alice: alice.password, eve: 'Passw0rd.eve' };
const { domain, member, gateway, start, ccache } = await openAdSite(t, { ntlm: true, domain: { users }, config: security });
await domain.disable('eve');
await domain.addUser('ws1$', 'Passw0rd.ws1');

type Tampering = NonNullable<AuthenticateOptions['tamper']>;
const setAnonymous: Tampering = (message) => {
  message.writeUInt32LE((message.readUInt32LE(places.flags) | flags.anonymous) >>> 0, places.flags);
};
/** Changes the content of a field, after everything was computed. */
const change = (place: number): Tampering => (message) => {
  const at = message.readUInt32LE(place + 4);
  message.writeUInt8(message.readUInt8(at) ^ 1, at);
};

const claimed = { user: /^MYQ\\+alice$/ } as const;
const old: Omit<Expected, 'detail'> = { status: 401, reason: 'ntlmv1_refused', cure: /LmCompatibilityLevel to 3/, ...claimed };
const nobody: Omit<Expected, 'detail'> = { status: 403, reason: 'not_a_person', cure: /with his own account/ };
const altered: Expected = { status: 401, reason: 'ntlm_altered', detail: /does not answer the challenge, or its MIC is wrong/, user: 'alice' };
const wrong: Expected = { status: 401, reason: 'wrong_secret', detail: /the password is wrong, or .* \(NT_STATUS_LOGON_FAILURE\)/, user: 'alice' };
const bindings = await servedBinding(gateway);
const otherBindings = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef');

const messages: readonly (readonly [title: string, message: Partial<AuthenticateOptions>, expected: Expected])[] = [
  ['NTLMv1', { response: 'v1' }, { ...old, detail: /the client sent ntlmv1/ }],
  ['NTLM2 session', { response: 'ntlm2-session' }, { ...old, detail: /the client sent ntlm2-session/ }],
  ['LM alone', { response: 'lm-only' }, { ...old, detail: /the client sent lm/ }],
  ['LMv2 alone', { response: 'lmv2-only' }, { ...old, detail: /the client sent lm/ }],
  ['an anonymous message', { response: 'anonymous' }, { ...nobody, detail: /is anonymous/ }],
  ['a message without a user', { user: '', domain: '', password: '' }, { ...nobody, detail: /is anonymous/ }],
  ['a right message that says it is anonymous', { mic: 'none', tamper: setAnonymous }, { ...nobody, detail: /is anonymous/ }],
  ['the guest', { user: 'Guest', password: '' }, { ...nobody, detail: /wants to be a guest/, user: /Guest$/ }],
  ['the guest under another spelling', { user: 'guest@myq.test', domain: '', password: '' }, { ...nobody, detail: /wants to be a guest/, user: /^guest@/ }],
  ['a flipped MIC', { mic: 'flipped' }, altered],
  ['a zeroed MIC', { mic: 'zeroed' }, altered],
  ['a workstation that was changed under a MIC', { tamper: change(places.workstation) }, altered],
  ['another first message than the MIC covers', { negotiate: negotiateMessage({ size: 32 }) }, altered],
  ['a changed response', { mic: 'none', tamper: change(places.nt) }, wrong],
  ['a changed response with right bindings beside a valid LMv2 response', { mic: 'none', lm: 'lmv2', channelBindings: bindings, tamper: change(places.nt) }, wrong],
  ['a wrong password', { password: 'wrong' }, wrong],
  ['a user whom the domain does not have', { user: 'nobody' }, { ...wrong, user: 'nobody@MYQ.TEST' }],
  ['a user whom the domain has disabled', { user: 'eve', password: users.eve }, {
    status: 401, reason: 'wrong_secret', detail: /the account is disabled \(NT_STATUS_ACCOUNT_DISABLED\)/, cure: /enable it in the domain/, user: 'eve@MYQ.TEST',
  }],
  ['a name that nobody can have', { user: 'al\u00ADice' }, { ...nobody, detail: /characters that no name has here/, user: /^MYQ\\+al\\u\{ad\}ice$/ }],
  ['a machine account', { user: 'ws1$', password: 'Passw0rd.ws1' }, { ...nobody, detail: /a machine .* account/, user: /ws1\$$/ }],
  ['the binding of another connection', { channelBindings: otherBindings }, {
    status: 401, reason: 'channel_binding_mismatch', detail: /made for another TLS connection/, cure: /without a proxy that ends TLS/, user: 'alice@MYQ.TEST',
  }],
];
for (const [title, message, expected] of messages) {
  t.test(`${title} is refused, in each wrapping`, async (t) => {
    for (const how of [{ scheme: 'NTLM' }, { scheme: 'Negotiate' }, { scheme: 'Negotiate', wrapped: true }] as const) {
      await refuses(t, gateway, () => lyingSignIn({ ...how, authenticate: { ...alice, ...message } }), expected);
    }
  });
}

/** ntlmSignIn sends the first message that its MIC covers: whoever gives another one here means that it was changed on its way. */
async function lyingSignIn(options: NtlmSignInOptions & { readonly authenticate: AuthenticateOptions }): Promise<Tried> {
  const { authenticate: { negotiate, ...authenticate }, scheme, wrapped } = options;
  if (negotiate === undefined) return ntlmSignIn(gateway, options);
  const agent = keptConnections();
  try {
    const say = speaker(agent);
    const challenge = await begin(say, { scheme, wrapped: wrapped === true });
    const message = authenticateMessage(challenge, { ...authenticate, negotiate });
    return await say(wrapped ? spnegoResponse(message) : message, scheme);
  } finally {
    agent.destroy();
  }
}

type Scheme = NtlmSignInOptions['scheme'];
type Say = (token: Uint8Array, scheme?: Scheme) => Promise<Tried>;
interface Wrapping {
  readonly scheme: Scheme;
  readonly wrapped: boolean;
}

const speaker = (agent: ReturnType<typeof keptConnections>): Say => async (token, scheme = 'NTLM') =>
  ({ legs: [{ token }], answer: await sendToken(gateway, token, { scheme }, agent) });

/** A connection of its own, kept until the test ends. */
function connection(t: Test): Say {
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  return speaker(agent);
}

/** Sends the first message, and gives the challenge. */
async function begin(say: Say, { scheme, wrapped }: Wrapping = { scheme: 'NTLM', wrapped: false }): Promise<Uint8Array> {
  const { answer } = await say(wrapped ? spnegoInit([NTLM], negotiateMessage()) : negotiateMessage(), scheme);
  const challenge = challengeIn(answer, scheme);
  if (challenge === undefined) throw new Error(`no challenge: ${answer.text}`);
  return wrapped ? innerMessage(challenge) : challenge;
}

const answerTo = (challenge: Uint8Array): Uint8Array => authenticateMessage(challenge, alice);
const unknown = (detail: RegExp): Expected => ({ status: 401, reason: 'handshake_unknown', detail, cure: /let it keep the connection/ });
const noChallenge = unknown(/no challenge is open on this connection/);
const malformed = (detail: RegExp): Expected => ({ status: 400, reason: 'malformed_token', detail });

t.test('a last message that comes again is refused: at once, to a new challenge, and on another connection', async (t) => {
  const [say, other] = [connection(t), connection(t)];
  const used = answerTo(await begin(say));
  claimsOf((await say(used)).answer);
  await refuses(t, gateway, () => say(used), noChallenge);
  for (const again of [say, other]) {
    await begin(again);
    await refuses(t, gateway, () => again(used), altered);
    await refuses(t, gateway, () => again(used), noChallenge);
  }
});

t.test('a last message without a first one is refused', async (t) => {
  const message = answerTo(await begin(connection(t)));
  await refuses(t, gateway, () => connection(t)(message, 'NTLM'), noChallenge);
  await refuses(t, gateway, () => connection(t)(message, 'Negotiate'), noChallenge);
  await refuses(t, gateway, () => connection(t)(spnegoResponse(message), 'Negotiate'), unknown(/no handshake is open on this connection/));
});

t.test('a last message on another connection than the first one is refused, and the first connection is not disturbed', async (t) => {
  const [first, second] = [connection(t), connection(t)];
  const message = answerTo(await begin(first));
  await refuses(t, gateway, () => second(message), noChallenge);
  claimsOf((await first(message)).answer);
});

t.test('a last message in another wrapping than the first one is refused, and ends the handshake', async (t) => {
  const wrappings: readonly Wrapping[] = [{ scheme: 'NTLM', wrapped: false }, { scheme: 'Negotiate', wrapped: false }, { scheme: 'Negotiate', wrapped: true }];
  for (const from of wrappings) {
    for (const to of wrappings.filter((one) => one !== from)) {
      const say = connection(t);
      const message = answerTo(await begin(say, from));
      await refuses(t, gateway, () => say(to.wrapped ? spnegoResponse(message) : message, to.scheme), malformed(/begun in another wrapping/));
      const late = from.wrapped ? unknown(/no handshake is open/) : noChallenge;
      await refuses(t, gateway, () => say(from.wrapped ? spnegoResponse(message) : message, from.scheme), late);
    }
  }
});

t.test('a second first message makes the first challenge worthless', async (t) => {
  const say = connection(t);
  const first = answerTo(await begin(say));
  await begin(say);
  await refuses(t, gateway, () => say(first), altered);
  await begin(say);
  claimsOf((await say(answerTo(await begin(say)))).answer);
});

t.test('what no client sends as an NTLM message is malformed', async (t) => {
  const type2 = await begin(connection(t));
  const say = connection(t);
  await refuses(t, gateway, () => say(type2), malformed(/of another type than 1/));
  await refuses(t, gateway, () => say(negotiateMessage().subarray(0, 20)), malformed(/cut short/));
  await refuses(t, gateway, () => say(Buffer.concat([negotiateMessage(), Buffer.alloc(47 * 1024)])), malformed(/larger than 16 KiB/));
  await refuses(t, gateway, () => say(Buffer.from('NTLMSSP')), malformed(/is no NTLM message/));
  await refuses(t, gateway, () => say(spnegoInit([NTLM], negotiateMessage()), 'NTLM'), malformed(/is no NTLM message/));
  const ticket = Buffer.from(await makeToken(domain, ccache), 'base64');
  await refuses(t, gateway, () => say(ticket, 'NTLM'), malformed(/is no NTLM message/));
  claimsOf((await say(ticket, 'Negotiate')).answer);
  await refuses(t, gateway, () => say(frame(NTLM, negotiateMessage()), 'Negotiate'), {
    status: 401, reason: 'mechanism_not_allowed', detail: /NTLM in a GSS-API frame/, cure: /a Kerberos ticket/,
  });
  claimsOf((await say(answerTo(await begin(say)))).answer);
});

t.test('a changed list of mechanisms is found out by its signature, and however often it comes, NTLM goes on', async (t) => {
  const signing = { scheme: 'Negotiate', wrapped: true, negotiate: { flags: usualFlags | flags.sign }, authenticate: alice } as const;
  for (const mechanisms of [[NTLM], [NEGOEX, NTLM], [NTLM], [NEGOEX, NTLM]]) {
    await refuses(t, gateway, () => ntlmSignIn(gateway, { ...signing, mechanisms, listMic: 'flipped' }), {
      status: 401, reason: 'ntlm_altered', detail: /the list was changed on its way/, user: 'alice',
    });
  }
  await refuses(t, gateway, () => ntlmSignIn(gateway, { ...signing, listMic: 'none' }), malformed(/the list of mechanisms is not signed/));
  claimsOf((await ntlmSignIn(gateway, { ...signing, listMic: 'good' })).answer);
});

t.test('a message whose flags choose another character set than the first message is malformed', async (t) => {
  const chooses = (set: number): Tampering => (message) => {
    const others = message.readUInt32LE(places.flags) & ~(flags.unicode | flags.oem);
    message.writeUInt32LE((others | set) >>> 0, places.flags);
  };
  const offering = (charset: 'oem' | 'unicode', set: number) => () => ntlmSignIn(gateway, {
    scheme: 'NTLM', negotiate: { charset }, authenticate: { ...alice, charset, mic: 'none', tamper: chooses(set) },
  });
  const other = malformed(/in another character set than negotiated/);
  for (const set of [flags.unicode, flags.unicode | flags.oem]) await refuses(t, gateway, offering('oem', set), other);
  for (const set of [flags.oem, 0]) await refuses(t, gateway, offering('unicode', set), other);
  claimsOf((await offering('oem', flags.oem)()).answer);
  claimsOf((await offering('unicode', flags.unicode | flags.oem)()).answer);
});

const withHeader = async (authorization: string | readonly string[]): Promise<Tried> => ({
  legs: [], answer: await sendRequest(gateway, '/api/auth/negotiate', { method: 'POST', headers: { authorization: authorization as string } }),
});

t.test('an Authorization header that holds no message is refused as such, and an empty one asks for the offer', async (t) => {
  const token = negotiateMessage().toString('base64');
  for (const text of ['!', token.replace(/..$/, ''), `${token}=`, `${token.slice(0, 8)} ${token.slice(8)}`, `${token}, NTLM ${token}`]) {
    await refuses(t, gateway, () => withHeader(`NTLM ${text}`), malformed(/not base64/));
  }
  await refuses(t, gateway, () => withHeader([`NTLM ${token}`, `NTLM ${token}`]), malformed(/more than one Authorization header/));
  await refuses(t, gateway, () => withHeader([`Negotiate ${token}`, `NTLM ${token}`]), malformed(/more than one Authorization header/));
  for (const empty of ['NTLM', 'NTLM ', 'Negotiate']) {
    t.match((await withHeader(empty)).answer, { status: 401, json: { error: 'login_required' }, headers: { 'www-authenticate': OFFERS } }, empty);
  }
  t.match(challengeIn((await withHeader(`nTlM   ${token}`)).answer, 'NTLM'), Buffer, 'but in any case and with more blanks it is taken');
});

t.test('a token of 49 KiB is too large', async (t) => {
  const { answer } = await connection(t)(Buffer.concat([negotiateMessage(), Buffer.alloc(49 * 1024)]));
  t.match(answer, { status: 431, json: { error: 'invalid_request', reason: 'token_too_large' } });
  t.equal(answer.headers['www-authenticate'], undefined);
});

t.test('over HTTP/1.0 nothing is begun', async (t) => {
  const text = await new Promise<string>((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: gateway.port, servername: gateway.hostname, ca: gateway.ca });
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject).once('end', () => { resolve(Buffer.concat(chunks).toString()); });
    socket.write(`POST /api/auth/negotiate HTTP/1.0\r\nHost: ${gateway.hostname}\r\nAuthorization: NTLM ${negotiateMessage().toString('base64')}\r\n\r\n`);
  });
  t.match(text, /^HTTP\/1\.1 505 /);
  t.notMatch(text, /www-authenticate/i);
});

t.test('of a client that closes before the challenge is there the log says so', async (t) => {
  // With all helpers taken the next one waits, for longer than it stays.
  const leaves = async (): Promise<void> => {
    await Promise.all(Array.from({ length: HELPERS }, () => begin(connection(t))));
    const socket = connect({ host: '127.0.0.1', port: gateway.port, servername: gateway.hostname, ca: gateway.ca });
    await once(socket, 'secureConnect');
    socket.write(`POST /api/auth/negotiate HTTP/1.1\r\nHost: ${gateway.hostname}\r\nContent-Length: 0\r\n`
      + `Authorization: NTLM ${negotiateMessage().toString('base64')}\r\n\r\n`);
    await sleep(50);
    socket.destroy();
  };
  const before = gateway.log.length;
  const line = () => gateway.log.slice(before).find(({ reason }) => reason === 'handshake_unknown');
  for (let time = 0; time < 5 && line() === undefined; time++) {
    await leaves();
    const enough = performance.now() + 1000;
    await becomes(() => line() !== undefined, () => performance.now() > enough);
  }
  t.match(line(), { level: 30, detail: /the client closed the connection before the challenge was there/ });
});

t.test('a challenge is good for ten seconds', async (t) => {
  const say = connection(t);
  const message = answerTo(await begin(say));
  // The gateway's ten seconds began before its answer was here.
  await sleep(10_300);
  await refuses(t, gateway, () => say(message), noChallenge);
});

t.test('a user of a domain that is not among [NTLM] Domains is refused, however right his password is', async (t) => {
  const elsewhere = await start({ config: `[NTLM]\nEnabled = True\nSambaConfig = ${member.smbConf}\nDomains = OTHER=OTHER.TEST` });
  await refuses(t, elsewhere, () => ntlmSignIn(elsewhere, { scheme: 'NTLM', authenticate: alice }), {
    status: 403, reason: 'realm_not_allowed', detail: /the domain MYQ is not among OTHER/, cure: /add DOMAIN=REALM to \[NTLM\] Domains/, user: /^MYQ\\+alice$/,
  });
});

t.test('after all this NTLM still works, and nothing was a failure of the gateway', async (t) => {
  claimsOf((await ntlmSignIn(gateway, { scheme: 'NTLM', authenticate: alice })).answer as Answer);
  t.same(gateway.log.filter(({ level }) => Number(level) >= 40), []);
});
