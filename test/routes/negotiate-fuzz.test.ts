// 20,000 random and mutated tokens through HTTP against a gateway in its own process: no accept, no crash, no 5xx, memory flat.

import t from 'tap';
import { mutate, seeded } from '../mutate.ts';
import { signIn } from '../realm/http.ts';
import { load, residentKibibytes, signInRequest } from '../realm/load.ts';
import { openSite } from '../realm/site.ts';
import { makeToken, makeTokens } from '../realm/tokens.ts';

const ROUNDS = 40;
const PER_ROUND = 500;
/** Bytes of memory a token, in the second half: less than 100 are usual. With a leak of 1 KiB a token the gateway does not live so long. */
const GROWTH_LIMIT = 384;

const random = seeded(20_261_124);
const below = (limit: number): number => Math.trunc(random() * limit);
const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)));

/** Damaged real tokens mostly, the rest noise, NTLM with noise behind it, and what is not even base64. */
function token(real: readonly Buffer[]): string {
  switch (below(8)) {
    case 0: return bytes(1 + below(800)).toString('base64');
    case 1: return Buffer.concat([Buffer.from('NTLMSSP\0'), bytes(below(120))]).toString('base64');
    case 2: return bytes(1 + below(60)).toString('latin1').replaceAll(/[^\x21-\x7e]/g, 'x');
    case 3: return Buffer.from(mutate(real[below(real.length)] as Buffer, random, 64)).toString('base64');
    default: return Buffer.from(mutate(real[below(real.length)] as Buffer, random)).toString('base64');
  }
}

/** By how much the values grow from one to the next, on average, without the two largest and the two smallest steps: V8 makes some. */
function growth(values: readonly number[]): number {
  const steps = values.slice(1).map((value, index) => value - (values[index] ?? NaN)).sort((a, b) => a - b).slice(2, -2);
  return steps.reduce((a, b) => a + b) / steps.length;
}

t.test('20,000 random and mutated tokens are all refused, and nothing breaks or grows', async (t) => {
  // V8 enlarges its heap in steps of many megabytes and collects the old part when it likes; in a small one it shows what really grows.
  const { realm, gateway, ccache } = await openSite(t, { environment: { NODE_OPTIONS: '--max-semi-space-size=2 --max-old-space-size=48' } });

  // Each real token is used up first: a changed spelling of it that still decrypts must be seen as the replay that it is.
  const real = await makeTokens(realm, ccache, 40);
  for (const used of real) t.equal((await signIn(gateway, used)).status, 200);
  const originals = real.map((text) => Buffer.from(text, 'base64'));

  const statuses: Record<string, number> = {};
  const resident: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const result = await load(gateway, Array.from({ length: PER_ROUND }, () => signInRequest(gateway, token(originals))), 8);
    for (const [status, count] of Object.entries(result.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    resident.push(residentKibibytes(gateway));
  }
  t.equal(Object.values(statuses).reduce((a, b) => a + b), ROUNDS * PER_ROUND, 'every one was answered');
  t.strictSame(Object.keys(statuses).sort(), ['400', '401'], `only refusals: ${JSON.stringify(statuses)}`);
  const perToken = (growth(resident.slice(ROUNDS / 2)) * 1024) / PER_ROUND;
  t.ok(perToken < GROWTH_LIMIT, `memory grows by ${perToken.toFixed(0)} bytes a token: ${resident.map((kibibytes) => (kibibytes / 1024).toFixed(1)).join(', ')} MiB`);
  t.equal(gateway.child.exitCode, null, 'the process is alive');
  t.equal((await signIn(gateway, await makeToken(realm, ccache))).status, 200, 'and still signs alice in');
});
