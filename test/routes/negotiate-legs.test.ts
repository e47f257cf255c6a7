// A client that prefers another mechanism needs a second leg: it belongs to one connection, for a few seconds.

import t from 'tap';
import { setTimeout as sleep } from 'node:timers/promises';
import { KERBEROS, KERBEROS_MICROSOFT, NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { parseNegTokenResp } from '../../src/mechanisms/token/spnego.ts';
import { apReq, kerberosToken, negTokenInit, negTokenResp, ntlmMessage, oid, sequence } from '../mechanisms/token/encoder.ts';
import { challengeOf, keptConnections, signIn, type Answer } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { makeToken, startClient } from '../realm/tokens.ts';
import { refuses, type ExpectedRefusal } from './refusal-answer.ts';

const { realm, gateway, ccache } = await openSite(t);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (text: string | undefined): Uint8Array => Buffer.from(text ?? '', 'base64');
const ntlmFirst = base64(negTokenInit([NTLM, KERBEROS], { mechToken: ntlmMessage(1) }));
const ticketFirst = base64(negTokenInit([KERBEROS]));
const ticket = (): Promise<string> => makeToken(realm, ccache, { mechanism: 'krb5' });
const continuation = (rawTicket: string): string => base64(negTokenResp({ responseToken: bytes(rawTicket) }));

const unknown: ExpectedRefusal = { status: 401, reason: 'handshake_unknown', detail: /no handshake is open on this connection/ };

/** A connection of its own, kept until the test ends. */
function connection(t: { teardown(action: () => void): void }): (token: string) => Promise<Answer> {
  const agent = keptConnections();
  t.teardown(() => { agent.destroy(); });
  return (token) => signIn(gateway, token, { agent });
}

/**
 * A whole handshake of a client whose first mechanism is not the chosen one: its list, the ticket, then the MIC over `signed`, which
 * proves that nobody shortened the list on the way (RFC 4178 §5). Gives the answers to the three legs.
 */
async function threeLegs(
  send: (token: string) => Promise<Answer>, first: string, signed: readonly string[],
): Promise<readonly [Answer, Answer, Answer]> {
  await using client = await startClient(realm, ccache, { mechanism: 'krb5', sign: sequence(...signed.map(oid)) });
  const selection = await send(first);
  const reply = await send(continuation(client.token));
  const { responseToken } = parseNegTokenResp(bytes(challengeOf(reply)));
  const { mic } = await client.step(base64(responseToken ?? Buffer.alloc(0)));
  return [selection, reply, await send(base64(negTokenResp({ mechListMic: bytes(mic) })))];
}

const lists: readonly (readonly [string, Uint8Array, readonly string[]])[] = [
  ['NTLM', ntlmMessage(1), [NTLM, KERBEROS]],
  ['NegoEx, as Windows does in some domains,', Buffer.from('NEGOEXTS'.repeat(8)), [NEGOEX, KERBEROS_MICROSOFT, KERBEROS, NTLM]],
];
for (const [title, mechToken, list] of lists) {
  await t.test(`a client that prefers ${title} is told to use Kerberos and signs in on the same connection`, async (t) => {
    const [selection, reply, answer] = await threeLegs(connection(t), base64(negTokenInit(list, { mechToken })), list);
    for (const leg of [selection, reply]) {
      t.match(leg, { status: 401, json: { error: 'login_required', reason: undefined }, headers: { 'cache-control': 'no-store' } }, leg.text);
    }
    t.match(parseNegTokenResp(bytes(challengeOf(selection))), { negState: 'request-mic', responseToken: undefined });
    t.match(answer, { status: 200, json: { token_type: 'Bearer' } }, answer.text);
  });
}

await t.test('a client whose list of mechanisms was changed on the way is refused', async (t) => {
  const send = connection(t);
  await refuses(t, gateway, async () => (await threeLegs(send, ntlmFirst, [KERBEROS_MICROSOFT, KERBEROS]))[2], {
    status: 400, reason: 'malformed_token', detail: /invalid.*(MIC|signature)|MIC|checksum/i,
  });
  await refuses(t, gateway, async () => send(continuation(await ticket())), unknown);
});

await t.test('a client that lists Kerberos without a ticket is challenged and signs in with the second leg', async (t) => {
  const send = connection(t);
  const challenge = await send(ticketFirst);
  t.match(challenge, { status: 401, json: { error: 'login_required', reason: undefined } }, challenge.text);
  const answer = await send(continuation(await ticket()));
  t.match(answer, { status: 200, json: { token_type: 'Bearer' } }, answer.text);
  t.ok(challengeOf(answer), 'the gateway proves itself');
});

await t.test('a client that prefers another mechanism may also start anew with a ticket, which ends the open handshake', async (t) => {
  const send = connection(t);
  t.equal((await send(ntlmFirst)).status, 401);
  t.equal((await send(await ticket())).status, 200);
  await refuses(t, gateway, async () => send(continuation(await ticket())), unknown);
});

await t.test('a second leg on another connection is refused, and the first connection is not disturbed', async (t) => {
  const [first, second] = [connection(t), connection(t)];
  await first(ticketFirst);
  await refuses(t, gateway, async () => second(continuation(await ticket())), unknown);
  t.equal((await first(continuation(await ticket()))).status, 200);
});

await t.test('a second leg without a first is refused', async (t) => {
  await refuses(t, gateway, async () => connection(t)(continuation(await ticket())), unknown);
});

await t.test('a handshake is over with its last leg', async (t) => {
  const send = connection(t);
  await send(ticketFirst);
  const last = continuation(await ticket());
  t.equal((await send(last)).status, 200);
  await refuses(t, gateway, () => send(last), unknown);
});

await t.test('a handshake ends with a refused leg', async (t) => {
  const send = connection(t);
  await send(ntlmFirst);
  await refuses(t, gateway, () => send(continuation(base64(kerberosToken(apReq({ ticketKvno: 1 }))))), {
    status: 401, reason: 'key_mismatch', detail: /ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1, aes256/, cure: /another key than the service account/,
  });
  await refuses(t, gateway, async () => send(continuation(await ticket())), unknown);
});

await t.test('a handshake that turns to NTLM is refused and ended', async (t) => {
  const send = connection(t);
  await send(ntlmFirst);
  await refuses(t, gateway, () => send(base64(negTokenResp({ responseToken: ntlmMessage(3) }))), {
    status: 401, reason: 'ntlm_disabled', detail: /NTLM \(inside SPNEGO\)/, cure: /setspn -Q/,
  });
  await refuses(t, gateway, async () => send(continuation(await ticket())), unknown);
});

await t.test('a closed connection takes its handshake along', async (t) => {
  const agent = keptConnections();
  t.equal((await signIn(gateway, ntlmFirst, { agent })).status, 401);
  agent.destroy();
  await refuses(t, gateway, async () => signIn(gateway, continuation(await ticket())), unknown);
});

await t.test('a leg after more than ten seconds is refused', async (t) => {
  const send = connection(t);
  await send(ntlmFirst);
  // The gateway's ten seconds began before its answer was here.
  await sleep(10_500);
  await refuses(t, gateway, async () => send(continuation(await ticket())), unknown);
});

t.end();
