// Bench: Windows sign-ins on kept connections, each with a fresh ticket made beforehand; every token is verified afterwards.

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { send } from '../realm/http.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { load, residentKibibytes, signInRequest, type LoadResult } from '../realm/load.ts';
import { openSite } from '../realm/site.ts';
import { makeTokens } from '../realm/tokens.ts';

const ROUNDS = 3;
const SIGN_INS = 6_000;
const WARM_UP = 3_000;
const CONNECTIONS = 16;

export interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Runs the bench; throws if an answer was not a token that verifies. */
export async function negotiateKept(): Promise<{ readonly rounds: readonly Round[]; readonly residentMegabytes: number }> {
  await using ending = new AsyncDisposableStack();
  const teardown = (action: () => Promise<unknown>): void => { ending.defer(async () => { await action(); }); };
  const { realm, gateway, ccache } = await openSite({ teardown }, { config: '[Kerberos]\nRealms = MYQ.TEST' });
  const requests = async (count: number): Promise<readonly string[]> =>
    (await makeTokens(realm, ccache, count)).map((token) => signInRequest(gateway, token));
  await load(gateway, await requests(WARM_UP), CONNECTIONS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(gateway, await requests(SIGN_INS)));
  return { rounds, residentMegabytes: Math.round(residentKibibytes(gateway) / 1024) };
}

async function measure(gateway: GatewayProcess, requests: readonly string[]): Promise<Round> {
  const result = await load(gateway, requests, CONNECTIONS);
  await verify(gateway, result, requests.length);
  const at = (share: number): number => result.latencies[Math.floor(result.latencies.length * share)] ?? NaN;
  return { perSecond: (requests.length / result.milliseconds) * 1000, p50: at(0.5), p99: at(0.99) };
}

async function verify(gateway: GatewayProcess, { statuses, bodies }: LoadResult, expected: number): Promise<void> {
  if (statuses['200'] !== expected) throw new Error(`not every sign-in succeeded: ${JSON.stringify(statuses)}`);
  const keys = createLocalJWKSet((await send(gateway, '/.well-known/jwks.json')).json as unknown as JSONWebKeySet);
  for (const body of bodies) {
    const { access_token: token } = JSON.parse(body) as { access_token: string };
    await jwtVerify(token, keys, { issuer: gateway.issuer, audience: gateway.issuer, typ: 'at+jwt' });
  }
}
