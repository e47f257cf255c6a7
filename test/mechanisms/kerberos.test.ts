// The Kerberos mechanism, alone and behind negotiate, with a real realm, in this process.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { KerberosOptions } from '../../src/mechanisms/kerberos.ts';
import { keytabFile } from '../../src/mechanisms/keytab-file.ts';
import { classify } from '../../src/mechanisms/token/classify.ts';
import { KERBEROS, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { openDomain, service } from '../realm/site.ts';
import { makeFirstSteps, makeToken, startClient, type ClientStep, type TokenOptions } from '../realm/tokens.ts';
import { oneLeg, type Attempt, type MechanismCases } from './contract/cases.ts';
import { mechanismContract } from './contract.ts';
import { kerberosDoor } from './door.ts';
import { kerberosToken, negTokenInit, negTokenResp, ntlmMessage, oid, sequence } from './token/encoder.ts';
import { mitKerberos, mitSpnego } from './token/samples.ts';

const { realm, keytab: file } = await openDomain(t, { services: [service, 'HTTP/other.myq.test', 'host/print.myq.test'] });
const store = openSqlite(join(realm.directory, 'gateway.db'));
t.after(() => store.close());
const ccache = await realm.kinit('alice');
// libkrb5 reads it at its first call, which the import makes possible.
Object.assign(process.env, realm.environment);
const { kerberos } = await import('../../src/mechanisms/kerberos.ts');

const brokenCache = join(realm.directory, 'broken.rcache');
mkdirSync(brokenCache);
const warnings: string[] = [];
const make = (options: Partial<KerberosOptions> = {}) => kerberos({
  keytab: keytabFile(file), service, replayCache: `file2:${join(realm.directory, 'rcache')}`, channelBinding: 'Allow', allowRc4: false,
  now: () => Math.floor(Date.now() / 1000), warn: (message) => { warnings.push(message); },
  markOnce: (mark, expiresAt) => store.markOnce(mark, expiresAt), ...options,
});
const token = async (options: TokenOptions = {}): Promise<Uint8Array> => Buffer.from(await makeToken(realm, ccache, options), 'base64');
const mechanism = make();
const broken = make({ replayCache: `file2:${brokenCache}` });
const context = { address: '127.0.0.1', calledAs: undefined, channelBindings: Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef') };
const kerberosCredential: MechanismCases<Parameters<typeof mechanism.step>[0]>['credential'] = (bytes) => {
  const kind = classify(bytes);
  const inner = kind.kind === 'spnego-init' || kind.kind === 'spnego-response' ? kind.inner : kind;
  return { bytes, apReq: inner?.kind === 'kerberos' ? inner.apReq : undefined };
};

/** Fresh tokens, each with its MIC, made by the dozen since each batch is a process. */
function supply(options: TokenOptions): () => Promise<{ readonly token: Uint8Array; readonly mic: Uint8Array }> {
  const made: ClientStep[] = [];
  return async () => {
    if (made.length === 0) made.push(...await makeFirstSteps(realm, ccache, 24, options));
    const { token = '', mic = '' } = made.pop() ?? {};
    return { token: Buffer.from(token, 'base64'), mic: Buffer.from(mic, 'base64') };
  };
}

const wrong: MechanismCases<unknown>['wrong'] = {
  'a ticket for another service': oneLeg(() => token({ service: 'HTTP@other.myq.test' })),
  'a ticket for another service class': oneLeg(() => token({ service: 'host@print.myq.test' })),
  'a ticket of another realm\'s key': oneLeg(() => mitKerberos),
  'the same in SPNEGO': oneLeg(() => mitSpnego),
  'a ticket of nothing': oneLeg(() => kerberosToken()),
  'a ticket with another connection\'s channel binding': oneLeg(() => token({ channelBindings: Buffer.from('tls-server-end-point:another') })),
};

/** A client that prefers NTLM lists it first, is told to use Kerberos, then sends its ticket and the MIC of its list (RFC 4178 §5). */
const list = [NTLM, KERBEROS];
const firstLeg = (): Uint8Array => negTokenInit(list, { mechToken: ntlmMessage(1) });
const signed = supply({ mechanism: 'krb5', mutual: false, sign: sequence(...list.map(oid)) });
async function secondLeg(): Promise<Uint8Array> {
  const { token: responseToken, mic: mechListMic } = await signed();
  return negTokenResp({ responseToken, mechListMic });
}
const twoLegs: Attempt = async (step) => {
  const outcome = await step(firstLeg());
  return outcome.kind === 'continue' ? step(await secondLeg(), outcome.leg) : outcome;
};

const shared = { proves: 'kerberos', user: 'alice@MYQ.TEST', reuse: 'refused', context, wrong, firstLeg, secondLeg } as const;
const [inSpnego, bare] = [supply({}), supply({ mechanism: 'krb5' })].map((next) => oneLeg(async () => (await next()).token)) as [Attempt, Attempt];

for (const [what, signIn] of [['tickets in SPNEGO', inSpnego], ['bare tickets', bare], ['tickets in a second leg', twoLegs]] as const) {
  await t.test(`kerberos, with ${what}`, async (t) => {
    mechanismContract(t, mechanism, { ...shared, signIn, credential: kerberosCredential, broken });
  });
}

for (const [what, signIn] of [['one leg', inSpnego], ['two legs', twoLegs]] as const) {
  await t.test(`negotiate, over kerberos, in ${what}`, async (t) => {
    mechanismContract(t, kerberosDoor(mechanism), {
      ...shared, signIn, credential: (bytes) => ({ scheme: 'Negotiate', bytes }),
      broken: kerberosDoor(broken),
      wrong: { ...wrong, 'an empty token': oneLeg(() => new Uint8Array()), 'raw NTLM': oneLeg(() => ntlmMessage(1)) },
    });
  });
}

await t.test('a proof says whether the ticket was bound to the connection', async (t) => {
  const bound = async (options: TokenOptions, channelBindings: Uint8Array | undefined, by = mechanism): Promise<string | undefined> => {
    const outcome = await by.step(kerberosCredential(await token(options)), undefined, { ...context, channelBindings });
    return outcome.kind === 'proved' ? outcome.proof.authentication.channelBinding : outcome.kind === 'refused' ? outcome.reason : outcome.kind;
  };
  const { channelBindings } = context;
  t.equal(await bound({ channelBindings }, channelBindings), 'bound');
  t.equal(await bound({}, channelBindings), 'none');
  t.equal(await bound({ channelBindings }, undefined), 'none');
  const required = make({ channelBinding: 'Require' });
  t.equal(await bound({ channelBindings }, channelBindings, required), 'bound');
  t.equal(await bound({}, channelBindings, required), 'channel_binding_required');
  const off = make({ channelBinding: 'Off' });
  t.equal(await bound({ channelBindings: Buffer.from('another') }, channelBindings, off), 'none');
});

await t.test('a ticket that another gateway of the same store took is a replay', async (t) => {
  const other = make({ replayCache: `file2:${join(realm.directory, 'other.rcache')}` });
  const bytes = await token();
  t.equal((await mechanism.step(kerberosCredential(bytes), undefined, context)).kind, 'proved');
  t.match(await other.step(kerberosCredential(bytes), undefined, context), { kind: 'refused', reason: 'replay' });
});

await t.test('a ticket without a PAC gives a proof without groups, and the reply proves the gateway to the client', async (t) => {
  await using client = await startClient(realm, ccache);
  const outcome = await mechanism.step(kerberosCredential(Buffer.from(client.token, 'base64')), undefined, context);
  if (outcome.kind !== 'proved') return t.fail(JSON.stringify(outcome));
  t.strictSame(outcome.proof.sids, []);
  t.strictSame(warnings, []);
  t.match(await client.step(Buffer.from(outcome.reply).toString('base64')), { done: true });
});

await t.test('a handshake of more than four legs is ended', async (t) => {
  let outcome = await mechanism.step({ bytes: firstLeg(), apReq: undefined }, undefined, context);
  let legs = 1;
  while (outcome.kind === 'continue' && legs < 20) {
    outcome = await mechanism.step({ bytes: negTokenResp({ negState: 1 }), apReq: undefined }, outcome.leg, context);
    legs++;
  }
  t.equal(outcome.kind, 'refused');
  t.ok(legs <= 5, `after ${String(legs)} legs`);
});

await t.test('a keytab that comes, goes, or is replaced counts from the next ticket on', async (t) => {
  const path = join(realm.directory, 'later.keytab');
  const later = make({ keytab: keytabFile(path) });
  const reason = async (): Promise<string> => {
    const outcome = await later.step(kerberosCredential(await token()), undefined, context);
    return outcome.kind === 'refused' ? outcome.reason : outcome.kind;
  };
  t.equal(await reason(), 'keytab_unusable', 'missing');
  writeFileSync(path, 'no keytab');
  t.equal(await reason(), 'keytab_unusable', 'garbage');
  rmSync(path);
  await realm.keytab('HTTP/print.myq.test', path);
  t.equal(await reason(), 'proved', 'there');
  rmSync(path);
  t.equal(await reason(), 'keytab_unusable', 'gone');
  await realm.keytab('HTTP/other.myq.test', path);
  t.equal(await reason(), 'spn_not_in_keytab', 'of another service');
});

t.end();
