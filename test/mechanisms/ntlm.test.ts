// The NTLM mechanism, alone and behind negotiate, with a real domain, in this process.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { noAccounts } from '../../src/identity/account.ts';
import { attemptLimiter } from '../../src/mechanisms/attempts.ts';
import type { StepContext } from '../../src/mechanisms/mechanism.ts';
import { negotiate, type NegotiateCredential, type WindowsScheme } from '../../src/mechanisms/negotiate.ts';
import { ntlm, type NtlmOptions } from '../../src/mechanisms/ntlm.ts';
import { bindingsHash } from '../../src/mechanisms/ntlm/channel-binding.ts';
import { openNtlmHelpers, type NtlmHelpers } from '../../src/mechanisms/ntlm/helpers.ts';
import type { NtlmToken, NtlmWrapping } from '../../src/mechanisms/ntlm/token.ts';
import type { NtlmSurroundings } from '../../src/mechanisms/ntlm/use.ts';
import { classify } from '../../src/mechanisms/token/classify.ts';
import { NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import {
  authenticateMessage, innerMessage, negotiateMessage, spnegoInit, spnegoResponse, type AuthenticateOptions,
} from '../realm/ntlm-client.ts';
import type { Attempt, MechanismCases } from './contract/cases.ts';
import { mechanismContract } from './contract.ts';

const { member } = await openAdDomain(t);
const directory = mkdtempSync(join(tmpdir(), 'myq-ntlm-'));
t.teardown(async () => { rmSync(directory, { recursive: true }); });
// Samba's programs find the member's winbindd only from within its namespace.
for (const name of ['ntlm_auth', 'wbinfo']) {
  writeFileSync(join(directory, name), `#!/bin/sh\nexec nsenter --mount --target ${String(member.namespace)} -- ${name} "$@"\n`, { mode: 0o755 });
}
const warnings: string[] = [];
const open = (path: string): NtlmHelpers => {
  const helpers = openNtlmHelpers({ path, sambaConfig: member.smbConf, limit: 4, warn: (message) => { warnings.push(message); } });
  t.teardown(() => helpers.close());
  return helpers;
};
const helpers = open(join(directory, 'ntlm_auth'));
const seconds = (): number => Math.floor(Date.now() / 1000);
const store = openSqlite(':memory:', { now: seconds });
t.teardown(() => store.close());
const surroundings: NtlmSurroundings = { hostname: 'print.myq.test', spnState: () => ({ kind: 'unknown' }) };

const make = (options: Partial<NtlmOptions> = {}) => ntlm({
  helpers, surroundings, users: store, uses: store, limiter: attemptLimiter({ store, attempts: 1000, minutes: 1 }), now: seconds,
  domains: [{ domain: 'MYQ', realm: 'MYQ.TEST' }], realms: () => ['MYQ.TEST'], accounts: noAccounts, channelBinding: 'Allow', ...options,
});
const mechanism = make();
const broken = make({ helpers: open(join(directory, 'nothing')) });
const doorOf = (by: typeof mechanism) => negotiate({
  kerberos: undefined, ntlm: () => by, kerberosOnly: false, surroundings, countRefused: () => Promise.resolve(),
});

const context: StepContext = {
  address: '127.0.0.1', calledAs: 'print.myq.test', channelBindings: Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef'),
};
const { channelBindings } = context;
const alice = { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice' } as const;
const otherBindings = Buffer.from('tls-server-end-point:another');

/** The legs of one wrapping. */
interface Wrapped {
  readonly wrapping: NtlmWrapping;
  readonly scheme: WindowsScheme;
  first(): Uint8Array;
  last(reply: Uint8Array, options?: Partial<AuthenticateOptions>): Uint8Array;
}

const bare = {
  first: () => negotiateMessage(),
  last: (reply: Uint8Array, options: Partial<AuthenticateOptions> = {}) =>
    authenticateMessage(reply, { ...alice, channelBindings, ...options }),
};
const spnego: Wrapped = {
  wrapping: 'spnego', scheme: 'Negotiate', first: () => spnegoInit([NTLM], bare.first()),
  last: (reply, options) => spnegoResponse(bare.last(innerMessage(reply), options)),
};
const wrappings: readonly Wrapped[] = [{ wrapping: 'ntlm', scheme: 'NTLM', ...bare }, { wrapping: 'raw', scheme: 'Negotiate', ...bare }, spnego];

const signIn = ({ first, last }: Wrapped, options: Partial<AuthenticateOptions> = {}): Attempt => async (step) => {
  const outcome = await step(first());
  return outcome.kind === 'continue' ? step(last(outcome.reply, options), outcome.leg) : outcome;
};

/** As negotiate.ts hands it over; what it would keep back is a message all the same, here. */
function tokenOf(bytes: Uint8Array, wrapping: NtlmWrapping): NtlmToken {
  const kind = classify(bytes);
  const inner = kind.kind === 'spnego-init' || kind.kind === 'spnego-response' ? kind.inner : kind;
  return { bytes, wrapping, message: inner?.kind === 'ntlm' ? inner.message : bytes };
}

const casesOf = (wrapped: Wrapped) => ({
  proves: 'ntlm', user: 'alice@MYQ.TEST', reuse: 'refused', context, signIn: signIn(wrapped),
  firstLeg: wrapped.first,
  secondLeg: (challenge: Uint8Array) => wrapped.last(challenge),
  wrong: {
    'a wrong password': signIn(wrapped, { password: 'wrong' }),
    'a user whom nobody knows': signIn(wrapped, { user: 'nobody' }),
    'a user of an unknown domain': signIn(wrapped, { domain: 'NOSUCHDOMAIN' }),
    'another connection\'s channel binding': signIn(wrapped, { channelBindings: otherBindings }),
    'a flipped MIC': signIn(wrapped, { mic: 'flipped' }),
    'a zeroed MIC': signIn(wrapped, { mic: 'zeroed' }),
    'NTLMv1': signIn(wrapped, { response: 'v1' }),
    'NTLM2 session': signIn(wrapped, { response: 'ntlm2-session' }),
    'LM': signIn(wrapped, { response: 'lm-only' }),
    'LMv2': signIn(wrapped, { response: 'lmv2-only' }),
    'an anonymous message': signIn(wrapped, { response: 'anonymous' }),
    'the guest': signIn(wrapped, { user: 'Guest', password: '' }),
  },
} as const satisfies Omit<MechanismCases<never>, 'credential' | 'broken'>);

for (const wrapped of wrappings) {
  await t.test(`ntlm, with messages of the wrapping ${wrapped.wrapping}`, async (t) => {
    const credential = (bytes: Uint8Array): NtlmToken => tokenOf(bytes, wrapped.wrapping);
    mechanismContract(t, mechanism, { ...casesOf(wrapped), credential, broken });
  });
  await t.test(`negotiate, over ntlm, with messages of the wrapping ${wrapped.wrapping}`, async (t) => {
    const credential = (bytes: Uint8Array): NegotiateCredential => ({ scheme: wrapped.scheme, bytes });
    mechanismContract(t, doorOf(mechanism), { ...casesOf(wrapped), credential, broken: doorOf(broken) });
  });
}

/** Signs in with these options; gives the binding that the proof names, or why there is none. */
async function binding(options: Partial<AuthenticateOptions>, by = mechanism, at: StepContext = context): Promise<string | undefined> {
  const outcome = await signIn(spnego, options)(async (bytes, pending) => by.step(tokenOf(bytes, 'spnego'), pending, at));
  return outcome.kind === 'proved' ? outcome.proof.authentication.channelBinding : outcome.kind === 'refused' ? outcome.reason : outcome.kind;
}

await t.test('a proof says whether the message was bound to the connection', async (t) => {
  t.equal(await binding({}), 'bound');
  t.equal(await binding({ channelBindings: 'zeros' }), 'none');
  t.equal(await binding({ channelBindings: undefined }), 'none');
  t.equal(await binding({}, mechanism, { ...context, channelBindings: undefined }), 'none', 'a connection that has no binding');
  const required = make({ channelBinding: 'Require' });
  t.equal(await binding({}, required), 'bound');
  t.equal(await binding({ channelBindings: 'zeros' }, required), 'channel_binding_required');
  t.equal(await binding({ channelBindings: otherBindings }, required), 'channel_binding_mismatch');
  t.equal(await binding({ channelBindings: otherBindings }, make({ channelBinding: 'Off' })), 'none');
});

await t.test('right bindings that a relay writes into a response are refused, with a valid LMv2 response beside it, too', async (t) => {
  const [own, wanted] = [Buffer.from(bindingsHash(otherBindings)), Buffer.from(bindingsHash(channelBindings ?? Buffer.alloc(0)))];
  const rewrite = (message: Buffer): void => { wanted.copy(message, message.indexOf(own)); };
  for (const lm of ['zeros', 'lmv2'] as const) {
    t.equal(await binding({ channelBindings: otherBindings, mic: 'none', lm, tamper: rewrite }), 'wrong_secret', lm);
    t.equal(await binding({ mic: 'none', lm }), 'bound', `${lm}, and nothing rewritten`);
  }
});

await t.test('the report hears who came, from where, to which name, and why, and whether the workstation is the client\'s word', async (t) => {
  const since = seconds();
  const uses = openSqlite(':memory:', { now: seconds });
  t.teardown(() => uses.close());
  const counting = make({ uses });
  await binding({ workstation: 'WS1', targetName: 'HTTP/print.myq.test' }, counting);
  await binding({ workstation: 'WS2', mic: 'none' }, counting, { ...context, address: '192.0.2.1', calledAs: '192.0.2.9' });
  await binding({ workstation: 'WS3', password: 'wrong' }, counting);
  await binding({ workstation: 'WS4', response: 'v1' }, counting);
  const told = (await uses.ntlmUses(since)).uses.map((use) =>
    [use.workstation, use.outcome, use.user, use.address, use.isWorkstationVerified, use.target, use.reason, use.count]);
  t.match(told.sort(), [
    ['WS1', 'granted', 'alice@MYQ.TEST', '127.0.0.1', true, 'print.myq.test', 'no_ticket', 1],
    ['WS2', 'granted', 'alice@MYQ.TEST', '192.0.2.1', false, '192.0.2.9', 'address_used', 1],
    ['WS3', 'refused', /alice$/, '127.0.0.1', false, 'print.myq.test', 'wrong_secret no_ticket', 1],
    ['WS4', 'refused', /alice$/, '127.0.0.1', false, 'print.myq.test', 'ntlmv1_refused no_ticket', 1],
  ]);
});

await t.test('none of all this was an outage, and no helper was lost', async (t) => {
  t.same(warnings.filter((warning) => !warning.includes('/nothing')), []);
  t.ok(helpers.running > 0 && helpers.running <= 4);
  t.equal(await helpers.health(), 'ok');
});

t.end();
