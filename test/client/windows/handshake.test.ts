// What counts as the server's proof, step by step, and what is never sent in the name of Kerberos.

import t from 'tap';
import type { Channel } from '../../../src/client/http.ts';
import type { Handshake, Step } from '../../../src/client/windows/handshake.ts';
import { isProved, kerberosOnly } from '../../../src/client/windows/handshake.ts';
import { kerberosFailure } from '../../../src/client/windows/kerberos-failure.ts';
import { negotiate } from '../../../src/client/windows/negotiate.ts';
import { failureOf } from '../keep/failure.ts';

const token = (text: string): Uint8Array => Buffer.from(text);
const tokens = JSON.stringify({ access_token: 'a.b.c' });

/** A handshake that takes these steps. */
function handshakeOf(...steps: readonly Step[]): Handshake {
  const left = [...steps];
  return { step: async () => left.shift() ?? { isDone: true, token: token('') }, close: () => undefined };
}

/** A connection whose server gives these answers. */
function channelOf(...answers: readonly (readonly [status: number, reply: string | undefined])[]): Pick<Channel, 'ask'> & { readonly sent: string[] } {
  const left = [...answers];
  const sent: string[] = [];
  return {
    sent,
    ask: async (_, question) => {
      sent.push(question?.headers?.['authorization'] ?? '');
      const [status, reply] = left.shift() ?? [500, undefined];
      return { status, text: tokens, headers: { 'www-authenticate': reply === undefined ? undefined : `Negotiate ${Buffer.from(reply).toString('base64')}` } };
    },
  };
}

const first = { isDone: false, token: token('first') };
const run = (channel: Pick<Channel, 'ask'>, ...steps: readonly Step[]) => negotiate(channel as Channel, handshakeOf(first, ...steps), { client_id: 'c' });

t.test('tokens count after a last step that says so, and wants nothing more', async (t) => {
  t.strictSame(await run(channelOf([200, 'proof']), { isDone: true, token: token('') }), { access_token: 'a.b.c' });
  for (const last of [{ isDone: false, token: token('') }, { isDone: false, token: token('more') }, { isDone: true, token: token('more') }]) {
    t.equal((await failureOf(run(channelOf([200, 'proof']), last))).reason, 'server_not_proved');
  }
});

t.test('a further leg is sent on, and one with nothing to say is none', async (t) => {
  const channel = channelOf([401, 'next'], [200, 'proof']);
  await run(channel, { isDone: false, token: token('second') }, { isDone: true, token: token('') });
  t.strictSame(channel.sent.map((one) => Buffer.from(one.slice('Negotiate '.length), 'base64').toString()), ['first', 'second']);
  const silent = channelOf([401, 'next'], [200, 'proof']);
  t.equal((await failureOf(run(silent, { isDone: false, token: token('') }))).reason, 'server_not_proved');
  t.equal(silent.sent.length, 1);
  const endless = channelOf(...Array.from({ length: 9 }, () => [401, 'next'] as const));
  t.equal((await failureOf(run(endless, ...Array.from({ length: 9 }, () => ({ isDone: false, token: token('again') }))))).reason, 'server_not_proved');
  t.ok(endless.sent.length < 6);
});

t.test('on Windows a context that calls itself complete is one only with the name of who signed in', (t) => {
  t.equal(isProved({ contextComplete: true, username: 'alice@MYQ.TEST' }), true);
  for (const username of [null, undefined, '']) t.equal(isProved({ contextComplete: true, username: username as unknown as string }), false);
  t.equal(isProved({ contextComplete: false, username: 'alice@MYQ.TEST' }), false);
  t.end();
});

t.test('NTLM in place of Kerberos is not sent, however it is wrapped', (t) => {
  for (const bytes of ['NTLMSSP\0\x01\0\0\0', '\x60\x40NTLMSSP\0\x01']) t.throws(() => kerberosOnly(Buffer.from(bytes, 'latin1')), /would send NTLM/);
  t.equal(kerberosOnly(token('a ticket')).length, 8);
  t.end();
});

const unspecified = 'Unspecified GSS failure.  Minor code may provide more information';
const words: readonly (readonly [reason: string, text: string])[] = [
  ['clock_skew', `${unspecified}: Clock skew too great`],
  ['clock_skew', 'InitializeSecurityContext: The clocks on the client and server machines are skewed.'],
  ['ticket_expired', `${unspecified}: Ticket expired`],
  ['spn_unknown', `${unspecified}: Server HTTP/x@MYQ.TEST not found in Kerberos database`],
  ['spn_unknown', 'InitializeSecurityContext: The specified target is unknown or unreachable'],
  ['kdc_unreachable', `${unspecified}: Cannot contact any KDC for realm 'MYQ.TEST'`],
  ['kdc_unreachable', 'InitializeSecurityContext: No authority could be contacted for authentication.'],
  ['no_ticket', `${unspecified}: No Kerberos credentials available (default cache: FILE:/tmp/krb5cc_0)`],
  ['no_ticket', 'AcquireCredentialsHandle: No credentials are available in the security package'],
  ['kerberos_failed', 'something else\u001b[2J'],
];

t.test('what MIT Kerberos and Windows say is told in our words, with theirs beside', (t) => {
  for (const [reason, text] of words) {
    const error = kerberosFailure(new Error(text), 'print.myq.test');
    t.equal(error.reason, reason, text);
    t.ok(error.message.includes(text.replace('\u001b', '\\u{1b}')), error.message);
  }
  t.end();
});
