// Tickets out of their time, by wrong clocks and old tickets, and tokens that come twice.

import t from 'tap';
import { KERBEROS, KERBEROS_MICROSOFT } from '../../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit } from '../../mechanisms/token/encoder.ts';
import { keptConnections, signIn } from '../../realm/http.ts';
import { openDomain, openSite } from '../../realm/site.ts';
import { makeToken, makeTokens } from '../../realm/tokens.ts';
import { refuses, type ExpectedRefusal } from '../refusal-answer.ts';

const { realm, start } = await openDomain(t);

const ntp = /set the clocks of client, gateway and domain controller by the same NTP server/;
const ticket = /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1, aes256/;
const clocks: readonly (readonly [clock: string, title: string, expected: ExpectedRefusal])[] = [
  ['+10m', 'ten minutes ahead blames the clocks', { status: 401, reason: 'clock_skew', detail: ticket, cure: ntp }],
  ['-10m', 'ten minutes behind finds the ticket not valid yet', { status: 401, reason: 'ticket_not_yet_valid', detail: ticket, cure: ntp }],
  ['+25h', 'a day ahead finds the ticket expired', { status: 401, reason: 'ticket_expired', detail: ticket }],
];
const ccache = await realm.kinit('alice');
for (const [clock, title, expected] of clocks) {
  await t.test(`a gateway whose clock is ${title}`, async (t) => {
    const gateway = await start({ clock });
    const [spnego, raw] = [await makeToken(realm, ccache), await makeToken(realm, ccache, { mechanism: 'krb5' })];
    await refuses(t, gateway, () => signIn(gateway, spnego), expected);
    await refuses(t, gateway, () => signIn(gateway, raw), expected);
  });
}

await t.test('a gateway whose clock is four minutes ahead still signs in, as Kerberos allows five', async (t) => {
  const gateway = await start({ clock: '+4m' });
  t.equal((await signIn(gateway, await makeToken(realm, ccache))).status, 200);
});

await t.test('a client that was given its ticket eleven hours ago, by a domain controller of the past, holds an expired ticket', async (t) => {
  const past = await openSite(t, { domain: { clock: '-11h' } });
  const token = await makeToken(past.realm, past.ccache);
  await refuses(t, past.gateway, () => signIn(past.gateway, token), { status: 401, reason: 'ticket_expired', detail: ticket });
});

await t.test('a token signs in once, in whatever spelling and on whatever connection it comes again', async (t) => {
  const gateway = await start();
  const replayed: ExpectedRefusal = { status: 401, reason: 'replay', detail: ticket };
  const wrapped = (raw: string, mechanisms: readonly string[]): string =>
    Buffer.from(negTokenInit(mechanisms, { mechToken: Buffer.from(raw, 'base64') })).toString('base64');
  const [spnego = '', raw = '', rewrapped = ''] = [...await makeTokens(realm, ccache, 1), ...await makeTokens(realm, ccache, 2, { mechanism: 'krb5' })];

  t.equal((await signIn(gateway, spnego)).status, 200);
  await refuses(t, gateway, () => signIn(gateway, spnego), replayed);
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  t.equal((await signIn(gateway, raw, { agent })).status, 200);
  for (const spelling of [raw, wrapped(raw, [KERBEROS]), wrapped(raw, [KERBEROS_MICROSOFT, KERBEROS]), wrapped(raw, [KERBEROS])]) {
    await refuses(t, gateway, () => signIn(gateway, spelling, { agent }), replayed);
  }
  t.equal((await signIn(gateway, wrapped(rewrapped, [KERBEROS]))).status, 200, 'the other way round');
  await refuses(t, gateway, () => signIn(gateway, rewrapped), replayed);
});

await t.test('of twenty copies of one token that come at once exactly one signs in', async (t) => {
  const gateway = await start();
  const token = await makeToken(realm, ccache);
  const answers = await Promise.all(Array.from({ length: 20 }, () => signIn(gateway, token)));
  t.equal(answers.filter(({ status }) => status === 200).length, 1);
  t.equal(answers.filter(({ json }) => json?.['reason'] === 'replay').length, 19);
});

t.end();
