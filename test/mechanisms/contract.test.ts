// The contract itself, run by the two smallest mechanisms that can keep it: a password, and a challenge with an answer to just that one.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import t from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { refused } from '../../src/identity/refusal.ts';
import type { Leg, Mechanism, Outcome } from '../../src/mechanisms/mechanism.ts';
import { proofOf } from '../identity/people.ts';
import { oneLeg, type MechanismCases } from './contract/cases.ts';
import { mechanismContract } from './contract.ts';

const user = 'alice@MYQ.TEST';
const secret = Buffer.from('correct horse battery staple');
const hello = Buffer.from('hello, this is alice');
const proved = (): Outcome =>
  ({ kind: 'proved', proof: proofOf(user, { at: Math.floor(Date.now() / 1000) }), reply: new Uint8Array() });
const no = (): Outcome => refused('malformed_token', 'it is not what it must be');
const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
const out = (name: string): Mechanism<Uint8Array> =>
  ({ name, step: () => Promise.reject(new UnavailableError('It is out.', { detail: 'its backend does not answer' })) });

const shared: Pick<MechanismCases<Uint8Array>, 'proves' | 'user' | 'context' | 'credential'> =
  { proves: 'kerberos', user, context: { address: '192.0.2.7', calledAs: undefined, channelBindings: undefined }, credential: (bytes) => bytes };

t.test('a password, which is good again and again', async (t) => {
  const password: Mechanism<Uint8Array> = { name: 'password', step: (bytes) => (same(bytes, secret) ? proved() : no()) };
  mechanismContract(t, password, {
    ...shared, signIn: oneLeg(() => secret), reuse: 'allowed', broken: out('password'),
    wrong: { 'another password': oneLeg(() => Buffer.from('incorrect horse battery staple')), 'no password': oneLeg(() => Buffer.alloc(0)) },
  });
});

interface ChallengeLeg extends Leg {
  challenge: Buffer | undefined;
}

const answerTo = (challenge: Uint8Array, key: Uint8Array = secret): Uint8Array => createHmac('sha256', key).update(challenge).digest();

/** Its second leg depends on the challenge that the first one earned. */
const challenging: Mechanism<Uint8Array> = {
  name: 'challenging',
  step: (bytes, pending) => {
    if (pending?.mechanism === 'challenging') {
      const leg = pending as ChallengeLeg;
      const { challenge } = leg;
      leg.challenge = undefined;
      return challenge !== undefined && same(bytes, answerTo(challenge)) ? proved() : no();
    }
    if (!same(bytes, hello)) return no();
    const challenge = randomBytes(16);
    const leg: ChallengeLeg = { mechanism: 'challenging', challenge, [Symbol.dispose]() { this.challenge = undefined; } };
    return { kind: 'continue', reply: challenge, leg };
  },
};

t.test('a challenge, whose answer is good once', async (t) => {
  const attempt = (key: Uint8Array): MechanismCases<Uint8Array>['signIn'] => async (step) => {
    const outcome = await step(hello);
    return outcome.kind === 'continue' ? step(answerTo(outcome.reply, key), outcome.leg) : outcome;
  };
  mechanismContract(t, challenging, {
    ...shared, signIn: attempt(secret), reuse: 'refused', broken: out('challenging'),
    wrong: { 'an answer by another secret': attempt(Buffer.from('another')), 'an answer that comes first': oneLeg(() => answerTo(hello)) },
    firstLeg: () => hello, secondLeg: (challenge) => answerTo(challenge),
  });
});
