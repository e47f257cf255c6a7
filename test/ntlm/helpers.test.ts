// The helpers under damaged messages, many users at once and strangers: none gets out of step, everybody is himself, and none is left over.

import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { NEGOEX, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { flags, usualFlags } from '../mechanisms/ntlm/encoder.ts';
import { mutate, seeded } from '../mutate.ts';
import { openAdSite } from '../realm/ad-site.ts';
import { becomes } from '../realm/exec.ts';
import { keptConnections, type Answer } from '../realm/http.ts';
import {
  authenticate, challengeIn, innerMessage, mechListMic, negotiateMessage, ntlmSignIn, sendToken, servedBinding, spnegoInit, spnegoResponse,
  type AuthenticateOptions, type NegotiateOptions,
} from '../realm/ntlm-client.ts';
import { alice, bob, claimsOf, helpersBeside, helpersOf, hidesSecrets, isHelper } from './place.ts';

/** As many as helpers run by default, so that none of these connections takes the helper of another. */
const CONNECTIONS = 4;
const ROUND = 100;
/** So many messages in all events, and so many if the machine can do them in so many milliseconds. */
const LEAST = 2000;
const MOST = 20_000;
const ENOUGH = 30_000;

// The tries of damaged messages fail.
const { gateway, member } = await openAdSite(t, { ntlm: true, config: '[Security]\nLockoutAttempts = 1000\nLockoutMinutes = 1' });
const people = [alice, bob] as const;

/** Signs in, again if somebody else needed the helper more. Gives the name in the token; throws for any other refusal. */
async function nameOf(person: AuthenticateOptions): Promise<unknown> {
  for (;;) {
    const { answer } = await ntlmSignIn(gateway, { scheme: 'NTLM', authenticate: person });
    if (answer.status !== 503) return claimsOf(answer)['preferred_username'];
    await sleep(100);
  }
}

t.test('of sixty who sign in at once everybody is himself', async (t) => {
  const all = Array.from({ length: 60 }, (_, index) => people[index % 2] ?? alice);
  t.same(await Promise.all(all.map((one) => nameOf(one))), all.map(({ user }) => user));
  t.equal(helpersOf(gateway).length, CONNECTIONS, 'no more helpers than [NTLM] Helpers');
});

const random = seeded(20_261_125);
const pick = <const T>(from: readonly [T, ...T[]]): T => from[Math.trunc(random() * from.length)] ?? from[0];
const signing: NegotiateOptions = { flags: usualFlags | flags.sign };
const firsts: readonly [NegotiateOptions, ...NegotiateOptions[]] = [{}, signing, { size: 16 }, { size: 32 }, { domain: 'MYQ', workstation: 'WS1' }, { charset: 'oem' }];
const lasts: readonly [Partial<AuthenticateOptions>, ...Partial<AuthenticateOptions>[]] = [
  {}, { mic: 'none' }, { lm: 'lmv2', mic: 'none' }, { targetName: 'HTTP/print.myq.test', channelBindings: await servedBinding(gateway) },
  { user: 'alice@myq.test', domain: '' }, { response: 'v1' }, { response: 'anonymous' }, { workstation: 'W'.repeat(200) },
];

/** The damage to a message, inside its wrapping or with it. */
const damaged = (message: Uint8Array, wrap: (message: Uint8Array) => Uint8Array): Uint8Array =>
  (random() < 0.6 ? wrap(mutate(message, random, 100)) : mutate(wrap(message), random, 60));

/** Both messages of one handshake on this connection, at least one of them damaged; `sent` hears of each. */
async function damagedSignIn(agent: Agent, sent: (answer: Answer, token: Uint8Array) => void): Promise<void> {
  const scheme = pick(['NTLM', 'Negotiate']);
  const wrapped = scheme === 'Negotiate' && random() < 0.6;
  const say = async (token: Uint8Array): Promise<Answer> => {
    const answer = await sendToken(gateway, token, { scheme }, agent);
    sent(answer, token);
    return answer;
  };
  const options = pick(firsts);
  const negotiate = negotiateMessage(options);
  const isFirstDamaged = random() < 0.4;
  const mechanisms = pick([[NTLM], [NTLM, NEGOEX]]);
  const open = (message: Uint8Array): Uint8Array => (wrapped ? spnegoInit(mechanisms, message) : message);
  const challenge = challengeIn(await say(isFirstDamaged ? damaged(negotiate, open) : open(negotiate)), scheme);
  if (challenge === undefined) return;
  const answered = answerTo(challenge, { negotiate, charset: options.charset ?? 'unicode', ...pick(lasts) });
  if (answered === undefined) return;
  const { message, sessionKey } = answered;
  const signature = random() < 0.5 ? mechListMic(sessionKey, mechanisms) : undefined;
  const close = (inner: Uint8Array): Uint8Array => (wrapped ? spnegoResponse(inner, signature) : inner);
  await say(isFirstDamaged && random() < 0.5 ? close(message) : damaged(message, close));
}

/** What alice answers; nothing to what a damaged first message has brought about and she cannot read. */
function answerTo(challenge: Buffer, options: Partial<AuthenticateOptions>): ReturnType<typeof authenticate> | undefined {
  try {
    const isBare = challenge.subarray(0, 7).toString('latin1') === 'NTLMSSP';
    return authenticate(isBare ? challenge : innerMessage(challenge), { ...alice, ...options });
  } catch (error) {
    if (error instanceof Error && !(error instanceof TypeError)) return undefined;
    throw error;
  }
}

/** Answers by status and reason. */
const seen: Record<string, number> = {};

/** Why an answer to a damaged message is wrong; undefined if it is right. */
function faultOf({ status, json, text }: Answer): string | undefined {
  const kind = `${String(status)} ${String(json?.['reason'] ?? json?.['error'] ?? '')}`;
  seen[kind] = (seen[kind] ?? 0) + 1;
  if (status === 200) return claimsOf({ status, json, text })['preferred_username'] === 'alice' ? undefined : 'somebody else was signed in';
  if ([400, 401, 403].includes(status) || (status === 503 && json?.['reason'] === 'handshake_limit')) return undefined;
  return `${String(status)} ${text}`;
}

async function round(t: Test, agents: readonly Agent[]): Promise<number> {
  let count = 0;
  const tokens: Uint8Array[] = [];
  const faults: string[] = [];
  const before = gateway.log.length;
  await Promise.all(agents.map(async (agent) => {
    while (count < ROUND) {
      await damagedSignIn(agent, (answer, token) => {
        count++;
        tokens.push(token);
        const fault = faultOf(answer);
        if (fault !== undefined) faults.push(`${fault} for ${Buffer.from(token).toString('base64')}`);
      });
    }
  }));
  t.same(faults, []);
  hidesSecrets(t, gateway.log.slice(before), tokens.slice(0, 5));
  return count;
}

t.test('thousands of damaged messages bring no helper out of step, and break none', async (t) => {
  const helpers = helpersOf(gateway);
  const agents = Array.from({ length: CONNECTIONS }, () => keptConnections());
  t.teardown(() => { for (const agent of agents) agent.destroy(); });
  const before = gateway.log.length;
  let count = 0;
  for (const begin = performance.now(); count < LEAST || (count < MOST && performance.now() - begin < ENOUGH);) {
    count += await round(t, agents);
    t.same(await Promise.all(people.map((one) => nameOf(one))), ['alice', 'bob'], `after ${String(count)} messages both are themselves`);
    if (!t.passing()) break;
  }
  t.comment(`${String(count)} messages: ${JSON.stringify(seen)}`);
  t.same(helpersOf(gateway), helpers, 'they are the same processes');
  t.same(gateway.log.slice(before).filter(({ level }) => Number(level) >= 40), [], 'nothing was a failure of the gateway');
});

t.test('a stranger who only asks for challenges, on a hundred connections, does not keep alice from signing in within two seconds', async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 100, localAddress: '127.0.0.66' });
  const ended = new AbortController();
  const statuses = new Map<number, number>();
  const strangers = Array.from({ length: 100 }, async () => {
    while (!ended.signal.aborted) {
      const { status } = await sendToken(gateway, negotiateMessage(), { scheme: 'NTLM' }, agent);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      await sleep(200);
    }
  });
  await sleep(500);
  for (let time = 0; time < 3; time++) {
    const begin = performance.now();
    t.equal(await nameOf(alice), 'alice');
    const took = performance.now() - begin;
    t.ok(took < 2000, `${took.toFixed(0)} ms`);
  }
  ended.abort();
  await Promise.all(strangers);
  agent.destroy();
  t.same([...statuses.keys()].sort(), [401, 503], `challenges, and refusals once there were too many: ${JSON.stringify([...statuses])}`);
  t.equal(await nameOf(bob), 'bob');
});

t.test('no helper outlives its gateway, neither one that is killed nor one that is stopped', async (t) => {
  const killed = helpersOf(gateway);
  t.ok(killed.length > 0);
  await gateway.crash();
  t.ok(await becomes(() => !killed.some(isHelper)), 'their standard input has closed');
  t.equal(await nameOf(alice), 'alice');
  const stopped = helpersOf(gateway);
  t.ok(stopped.length > 0);
  t.equal(await gateway.stop(), 0);
  t.notOk(stopped.some(isHelper));
  t.same(helpersBeside(member.namespace), []);
});
