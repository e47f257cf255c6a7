// The Kerberos mechanism, alone and behind negotiate, with a real realm, in this process.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { KerberosOptions } from '../../src/mechanisms/kerberos.ts';
import { keytabFile } from '../../src/mechanisms/keytab-file.ts';
import { classify } from '../../src/mechanisms/token/classify.ts';
import { KERBEROS, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { startRealm } from '../realm/kdc.ts';
import { makeToken, startClient, type TokenOptions } from '../realm/tokens.ts';
import { mechanismContract, type MechanismCases } from './contract.ts';
import { kerberosToken, negTokenInit, negTokenResp, ntlmMessage } from './token/encoder.ts';
import { mitKerberos, mitSpnego } from './token/samples.ts';

const realm = await startRealm({ services: ['HTTP/print.myq.test', 'HTTP/other.myq.test', 'host/print.myq.test'] });
t.after(() => realm.stop());
const file = join(realm.directory, 'http.keytab');
await realm.keytab('HTTP/print.myq.test', file);
const ccache = await realm.kinit('alice');
// libkrb5 reads it at its first call, which the import makes possible.
Object.assign(process.env, realm.environment);
const { kerberos } = await import('../../src/mechanisms/kerberos.ts');
const { negotiate } = await import('../../src/mechanisms/negotiate.ts');

const brokenCache = join(realm.directory, 'broken.rcache');
mkdirSync(brokenCache);
const warnings: string[] = [];
const make = (options: Partial<KerberosOptions> = {}) => kerberos({
  keytab: keytabFile(file), replayCache: `file2:${join(realm.directory, 'rcache')}`, channelBinding: 'Allow', allowRc4: false,
  now: () => Math.floor(Date.now() / 1000), warn: (message) => { warnings.push(message); }, ...options,
});
const token = async (options: TokenOptions = {}): Promise<Uint8Array> => Buffer.from(await makeToken(realm, ccache, options), 'base64');
const mechanism = make();
const broken = make({ replayCache: `file2:${brokenCache}` });
const context = { channelBindings: Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef') };
const kerberosCredential: MechanismCases<Parameters<typeof mechanism.step>[0]>['credential'] = (bytes) => {
  const kind = classify(bytes);
  const inner = kind.kind === 'spnego-init' || kind.kind === 'spnego-response' ? kind.inner : kind;
  return { bytes, apReq: inner?.kind === 'kerberos' ? inner.apReq : undefined };
};
const wrong: MechanismCases<unknown>['wrong'] = {
  'a ticket for another service': () => token({ service: 'HTTP@other.myq.test' }),
  'a ticket for another service class': () => token({ service: 'host@print.myq.test' }),
  'a ticket of another realm\'s key': () => mitKerberos,
  'the same in SPNEGO': () => mitSpnego,
  'a ticket of nothing': () => kerberosToken(),
  'a ticket with another connection\'s channel binding': () => token({ channelBindings: Buffer.from('tls-server-end-point:another') }),
};
const shared = {
  proves: 'kerberos', user: 'alice@MYQ.TEST', context, wrong, firstLeg: () => negTokenInit([NTLM, KERBEROS], { mechToken: ntlmMessage(1) }),
} as const;

await t.test('kerberos, with tickets in SPNEGO', async (t) => {
  mechanismContract(t, mechanism, { ...shared, good: () => token(), credential: kerberosCredential, broken });
});

await t.test('kerberos, with bare tickets', async (t) => {
  mechanismContract(t, mechanism, { ...shared, good: () => token({ mechanism: 'krb5' }), credential: kerberosCredential, broken });
});

await t.test('negotiate, over kerberos', async (t) => {
  mechanismContract(t, negotiate({ kerberos: mechanism, kerberosOnly: true }), {
    ...shared, good: () => token(), credential: (bytes) => ({ scheme: 'negotiate', bytes }),
    broken: negotiate({ kerberos: broken, kerberosOnly: true }),
    wrong: { ...wrong, 'an empty token': () => new Uint8Array(), 'raw NTLM': () => ntlmMessage(1) },
  });
});

await t.test('a proof says whether the ticket was bound to the connection', async (t) => {
  const bound = async (options: TokenOptions, channelBindings: Uint8Array | undefined, by = mechanism): Promise<string> => {
    const outcome = await by.step(kerberosCredential(await token(options)), undefined, { channelBindings });
    return outcome.kind === 'proved' ? outcome.proof.channelBinding : outcome.kind === 'refused' ? outcome.reason : outcome.kind;
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

await t.test('a ticket without a PAC gives a proof without groups, and the reply proves the gateway to the client', async (t) => {
  await using client = await startClient(realm, ccache);
  const outcome = await mechanism.step(kerberosCredential(Buffer.from(client.token, 'base64')), undefined, context);
  if (outcome.kind !== 'proved') return t.fail(JSON.stringify(outcome));
  t.strictSame(outcome.proof.sids, []);
  t.strictSame(warnings, []);
  t.match(await client.step(Buffer.from(outcome.reply).toString('base64')), { done: true });
});

await t.test('a handshake of more than four legs is ended', async (t) => {
  let outcome = await mechanism.step({ bytes: shared.firstLeg(), apReq: undefined }, undefined, context);
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
