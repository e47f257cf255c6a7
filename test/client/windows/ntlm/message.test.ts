// The client's two messages, as the gateway reads them, and what they prove (ntlm/message.ts).

import t from 'tap';
import { ClientError } from '../../../../src/client/error.ts';
import { authenticateMessage, negotiateMessage, type AuthenticateOptions } from '../../../../src/client/windows/ntlm/message.ts';
import { rc4 } from '../../../../src/client/windows/ntlm/rc4.ts';
import { hmacMd5, ntHashV2 } from '../../../../src/client/windows/ntlm/response.ts';
import { bindingsHash, compareBindings } from '../../../../src/mechanisms/ntlm/channel-binding.ts';
import { charsetOf, eraseLmResponse, readAuthenticate, readNegotiate } from '../../../../src/mechanisms/ntlm/message.ts';
import { mutate, seeded } from '../../../mutate.ts';
import { avEnd, avFlags, avIds, avPair, flags, places, utf16 } from '../../../mechanisms/ntlm/encoder.ts';
import { documented } from '../../../mechanisms/ntlm/samples.ts';
import { challengedFlags, encodeChallenge, serverTime, usualPairs } from './encoder.ts';

const alice = { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice' } as const;
const spn = 'HTTP/print.myq.test';
const channelBindings = Buffer.from('tls-server-end-point:0123456789abcdef0123456789abcdef');
const serverChallenge = Buffer.from('0123456789abcdef', 'hex');
const negotiate = negotiateMessage();

const answer = (challenge: Uint8Array, options: Partial<AuthenticateOptions> = {}): Buffer =>
  Buffer.from(authenticateMessage({ negotiate, challenge, credentials: alice, spn, channelBindings, ...options }));

/** The content of a field. */
const content = (message: Buffer, place: number): Buffer => {
  const offset = message.readUInt32LE(place + 4);
  return message.subarray(offset, offset + message.readUInt16LE(place));
};

/** The session key and the proof, as a domain controller that knows the password computes them. */
function verify(message: Buffer, challenge: Uint8Array, password: string): { isProved: boolean; isUnaltered: boolean } {
  const { user, domain } = readAuthenticate(message);
  const nt = content(message, places.nt);
  const hash = ntHashV2(password, user, domain);
  const proof = hmacMd5(hash, challenge.subarray(24, 32), nt.subarray(16));
  const [base, sent] = [hmacMd5(hash, proof), content(message, places.sessionKey)];
  const isExchanged = (message.readUInt32LE(places.flags) & flags.keyExchange) !== 0;
  const bare = Buffer.from(message).fill(0, places.mic, places.mic + 16);
  const mic = hmacMd5(isExchanged ? rc4(base, sent) : base, negotiate, challenge, bare);
  return {
    isProved: proof.equals(nt.subarray(0, 16)),
    isUnaltered: sent.length === (isExchanged ? 16 : 0) && mic.equals(message.subarray(places.mic, places.mic + 16)),
  };
}

t.test('the first message offers what this client speaks, and names nobody', async (t) => {
  t.strictSame(Buffer.from(negotiate), Buffer.from('4e544c4d535350000100000015820860' + '0000000028000000'.repeat(2) + '00'.repeat(8), 'hex'));
  t.strictSame(readNegotiate(negotiate), { flags: 0x6008_8215, domain: '', workstation: '' });
  t.equal(charsetOf(readNegotiate(negotiate).flags), 'UTF-16');
});

t.test('the gateway finds NTLMv2, a MIC, user and domain, the target and the binding', async (t) => {
  const read = readAuthenticate(answer(encodeChallenge()), 'UTF-16');
  t.match(read, {
    kind: 'ntlmv2', hasMic: true, avFlags: 2, isTargetUntrusted: false, user: 'alice', domain: 'MYQ', workstation: '', targetName: spn,
    clientTime: serverTime,
  });
  t.equal(read.flags, challengedFlags & ~0x1_0000);
  t.equal(compareBindings(read, bindingsHash(channelBindings)), 'match');
  t.equal(compareBindings(read, bindingsHash(Buffer.from('tls-server-end-point:of another'))), 'mismatch');
});

t.test('the password is proved and the MIC is right, with key exchange and without', async (t) => {
  for (const left of [0, flags.keyExchange, flags.sign, flags.sign | flags.keyExchange, flags.key128]) {
    for (const hasVersion of [false, true]) {
      const challenge = encodeChallenge({ flags: challengedFlags & ~left, hasVersion });
      const message = answer(challenge);
      t.strictSame(verify(message, challenge, alice.password), { isProved: true, isUnaltered: true });
      t.strictSame(verify(message, challenge, 'passw0rd.alice'), { isProved: false, isUnaltered: false });
    }
  }
});

t.test('every byte of the three messages is under the MIC', async (t) => {
  const challenge = encodeChallenge();
  const message = answer(challenge, { credentials: { ...alice, workstation: 'WS1' } });
  const mic = message.subarray(places.mic, places.mic + 16);
  const bare = Buffer.from(message).fill(0, places.mic, places.mic + 16);
  const hash = ntHashV2(alice.password, 'alice', 'MYQ');
  const key = rc4(hmacMd5(hash, content(message, places.nt).subarray(0, 16)), content(message, places.sessionKey));
  const parts = [negotiate, challenge, bare] as const;
  t.ok(hmacMd5(key, ...parts).equals(mic));
  const survived = parts.flatMap((part, index) => Array.from(part, (_, at) => {
    const flipped = Buffer.from(part);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    return hmacMd5(key, ...parts.map((other, i) => (i === index ? flipped : other))).equals(mic);
  }));
  t.equal(survived.length, negotiate.length + challenge.length + message.length);
  t.notOk(survived.includes(true));
});

t.test('no LM response is sent, whether the server tells the time or not', async (t) => {
  for (const challenge of [encodeChallenge(), encodeChallenge({ pairs: usualPairs.slice(0, -1) }), documented.challenge]) {
    const message = answer(challenge);
    t.strictSame(content(message, places.lm), Buffer.alloc(24));
    const erased = Buffer.from(message);
    eraseLmResponse(erased);
    t.strictSame(erased, message);
  }
});

t.test('the time is that of the server, and the own one where it tells none', async (t) => {
  const now = (): number => Date.UTC(2030, 0, 1);
  t.equal(readAuthenticate(answer(encodeChallenge(), { now })).clientTime, serverTime);
  const timeless = readAuthenticate(answer(encodeChallenge({ pairs: usualPairs.slice(0, -1) }), { now }));
  t.equal(timeless.clientTime, Date.UTC(2030, 0, 1));
  t.ok(timeless.hasMic);
});

t.test('pairs that the server put in for the client are replaced, and the others repeated as they are', async (t) => {
  const foreign = [avFlags(5), avPair(avIds.bindings, Buffer.alloc(16, 7)), avPair(avIds.targetName, utf16('HTTP/relay.myq.test'))];
  const other = avPair(4711, Buffer.from('further'));
  const nonce = Buffer.alloc(8, 0xaa);
  const message = answer(encodeChallenge({ pairs: [...foreign, ...usualPairs, other] }), { nonce });
  t.match(readAuthenticate(message), { avFlags: 2, targetName: spn });
  t.equal(compareBindings(readAuthenticate(message), bindingsHash(channelBindings)), 'match');
  const pairs = [
    ...usualPairs, other, avFlags(2), avPair(avIds.bindings, bindingsHash(channelBindings)), avPair(avIds.targetName, utf16(spn)), avEnd,
  ];
  const nt = content(message, places.nt);
  t.strictSame(nt.subarray(32, 40), nonce);
  t.strictSame(nt.subarray(44), Buffer.concat([...pairs, Buffer.alloc(4)]));
});

t.test('the names are sent as they are given: a user principal name without a domain, a bare user with that of the server', async (t) => {
  const challenge = encodeChallenge();
  const { password } = alice;
  const cases = [
    [{ user: 'alice@myq.test', domain: '' }, { user: 'alice@myq.test', domain: '' }],
    [{ user: 'alice', domain: '' }, { user: 'alice', domain: 'MYQ' }],
    [{ user: 'Jiří', domain: 'Filiálka', workstation: 'PC-ŽIŽKOV' }, { user: 'Jiří', domain: 'Filiálka', workstation: 'PC-ŽIŽKOV' }],
  ] as const;
  for (const [names, sent] of cases) {
    const message = answer(challenge, { credentials: { ...names, password } });
    t.match(readAuthenticate(message), { workstation: '', ...sent });
    t.strictSame(verify(message, challenge, password), { isProved: true, isUnaltered: true });
  }
});

t.test('the longest names and the largest challenge make a message that the gateway still takes', async (t) => {
  const large = encodeChallenge({ pairs: [...usualPairs, avPair(4711, Buffer.alloc(7900))] });
  const credentials = { user: 'u'.repeat(256), domain: 'D'.repeat(256), workstation: 'W'.repeat(256), password: 'p'.repeat(256) };
  const message = answer(large, { credentials, spn: `HTTP/${'h'.repeat(253)}` });
  t.match(readAuthenticate(message), { kind: 'ntlmv2', hasMic: true, user: credentials.user, domain: credentials.domain });
  t.strictSame(verify(message, large, credentials.password), { isProved: true, isUnaltered: true });
});

t.test('two answers to one challenge share neither nonce nor proof nor session key', async (t) => {
  const [one, two] = [answer(encodeChallenge()), answer(encodeChallenge())];
  t.notSame(content(one, places.nt).subarray(32, 40), content(two, places.nt).subarray(32, 40));
  t.notSame(content(one, places.nt).subarray(0, 16), content(two, places.nt).subarray(0, 16));
  t.notSame(content(one, places.sessionKey), content(two, places.sessionKey));
});

t.test('neither the password nor its hash is in a message', async (t) => {
  const message = answer(encodeChallenge({ serverChallenge }));
  t.notOk(message.includes(utf16(alice.password)) || message.includes(alice.password));
  t.notOk(message.includes(ntHashV2(alice.password, 'alice', 'MYQ')));
});

t.test('credentials that are none, and a nonce of another size, are refused before anything is sent', async (t) => {
  const none = { name: 'ClientError', reason: 'ntlm_no_credentials' };
  for (const credentials of [{ ...alice, user: '' }, { ...alice, domain: 'M\nQ' }, { ...alice, password: '' }, { ...alice, workstation: '\ud800' }]) {
    t.throws(() => answer(encodeChallenge(), { credentials }), none);
  }
  t.throws(() => answer(encodeChallenge(), { nonce: Buffer.alloc(7) }), new RangeError('the nonce must have 8 bytes'));
  const damaged = { name: 'ClientError', reason: 'ntlm_failed' };
  t.throws(() => answer(Buffer.alloc(3)), damaged);
});

t.test('whatever a challenge is damaged to, it is refused or answered rightly', async (t) => {
  const random = seeded(3);
  const originals = [
    encodeChallenge(), encodeChallenge({ hasVersion: true }), documented.challenge, encodeChallenge({ pairs: [avFlags(1), ...usualPairs] }),
  ];
  const counts = { answered: 0, refused: 0 };
  const strange: string[] = [];
  for (let round = 0; round < 12_000; round++) {
    const challenge = mutate(originals[round % originals.length] ?? Buffer.alloc(0), random, 120);
    try {
      const message = answer(challenge);
      const { isProved, isUnaltered } = verify(message, challenge, alice.password);
      const read = readAuthenticate(message, 'UTF-16');
      const isBound = compareBindings(read, bindingsHash(channelBindings)) === 'match';
      const isRight = read.kind === 'ntlmv2' && read.hasMic && read.targetName === spn && isBound;
      if (!isProved || !isUnaltered || !isRight) throw new Error('the answer is wrong');
      counts.answered++;
    } catch (error) {
      if (error instanceof ClientError && error.reason === 'ntlm_failed') counts.refused++;
      else strange.push(`${Buffer.from(challenge).toString('hex')}: ${String(error)}`);
    }
  }
  t.strictSame(strange, []);
  t.ok(counts.answered > 1000 && counts.refused > 1000, 'both happen');
});
