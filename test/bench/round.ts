// What a bench tells of a round, and the check that its answers were right.

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import type { GatewayProcess } from '../realm/gateway.ts';
import { send } from '../realm/http.ts';
import { load } from '../realm/load.ts';
import type { Ending } from '../realm/site.ts';

export interface Round {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** For what a test would end: it ends with this stack. */
export const endingOf = (stack: AsyncDisposableStack): Ending =>
  ({ teardown: (action) => { stack.defer(async () => { await action(); }); } });

/** Sends these requests over so many kept connections; throws if an answer was not a token that verifies. */
export async function measure(gateway: GatewayProcess, requests: readonly string[], connections: number): Promise<Round> {
  const { statuses, bodies, milliseconds, latencies } = await load(gateway, requests, connections);
  if (statuses['200'] !== requests.length) throw new Error(`not every sign-in succeeded: ${JSON.stringify(statuses)}`);
  await verifyTokens(gateway, bodies);
  return roundOf(requests.length, milliseconds, latencies);
}

/** The figures of so many sign-ins. Latencies are sorted, in milliseconds. */
export function roundOf(count: number, milliseconds: number, latencies: readonly number[]): Round {
  const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? NaN;
  return { perSecond: (count / milliseconds) * 1000, p50: at(0.5), p99: at(0.99) };
}

/** Throws if one of these bodies is no token answer of the gateway. */
export async function verifyTokens(gateway: GatewayProcess, bodies: readonly string[]): Promise<void> {
  const keys = createLocalJWKSet((await send(gateway, '/.well-known/jwks.json')).json as unknown as JSONWebKeySet);
  for (const body of bodies) {
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    await jwtVerify(token, keys, { issuer: gateway.issuer, audience: gateway.issuer, typ: 'at+jwt' });
  }
}

/** Of several rounds the one in the middle. */
export const median = (rounds: readonly Round[]): Round | undefined =>
  [...rounds].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
