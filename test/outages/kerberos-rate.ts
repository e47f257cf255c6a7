// How fast Kerberos sign-ins go: tickets that were made before, so that no domain controller is needed, over kept connections.

import type { Test } from 'tap';
import type { AdDomain } from '../realm/ad.ts';
import type { Target } from '../realm/http.ts';
import { load, signInRequest } from '../realm/load.ts';
import { makeTokens } from '../realm/tokens.ts';
import { isInTime, whole } from './people.ts';

export interface KerberosRate {
  /**
   * Sign-ins per second in the best of some rounds: what else the machine does makes some of them slow, so that there are more of them, as
   * far as there are tickets, until one has reached `enough`. Nobody must wait for a second.
   */
  measure(t: Test, when: string, enough?: number): Promise<number>;
  /** One more ticket. */
  ticket(): string;
}

/** Sign-ins of a round, connections, rounds of a measurement, and those that all measurements together may have besides. */
const ROUND = 100;
const CONNECTIONS = 8;
const ROUNDS = 3;
const MORE = 10;
/** Of single tickets. */
const TICKETS = 20;
const LONGEST = 1_000;

/** Gets alice's tickets for so many measurements, while the domain is there. */
export async function kerberosRate(domain: AdDomain, target: Target, measurements: number): Promise<KerberosRate> {
  const tokens = [...await makeTokens(domain, await domain.kinit('alice'), ROUND * (ROUNDS * measurements + MORE) + TICKETS)];
  let more = MORE;
  const round = async (t: Test, when: string): Promise<number> => {
    const requests = tokens.splice(0, ROUND).map((token) => signInRequest(target, token));
    const { statuses, milliseconds, latencies } = await load(target, requests, CONNECTIONS);
    t.strictSame(statuses, { 200: ROUND }, `Kerberos ${when}: everybody comes in`);
    const [rate, p50, p99] = [ROUND / milliseconds * 1000, latencies[ROUND / 2] ?? NaN, latencies[ROUND - 2] ?? NaN];
    t.comment(`Kerberos ${when}: ${whole(rate)} sign-ins/s, p50 ${whole(p50)} ms, p99 ${whole(p99)} ms`);
    isInTime(t, { took: latencies.at(-1) ?? NaN }, LONGEST, `Kerberos ${when}: the slowest one`);
    return rate;
  };
  return {
    ticket: () => tokens.pop() ?? '',
    measure: async (t, when, enough = 0) => {
      const [started, rates] = [performance.now(), [] as number[]];
      for (let n = 0; n < ROUNDS; n++) rates.push(await round(t, when));
      for (; Math.max(...rates) < enough && more > 0; more--) rates.push(await round(t, when));
      t.comment(`Kerberos ${when}: ${whole(rates.length * ROUND / (performance.now() - started) * 1000)} sign-ins/s over all`);
      return Math.max(...rates);
    },
  };
}
