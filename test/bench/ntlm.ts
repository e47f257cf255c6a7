// Bench: NTLM sign-ins on kept connections, both legs each, against a real domain, by the number of helper processes.

import { ntlmSignIn } from '../realm/ntlm-client.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { keptConnections } from '../realm/http.ts';
import { endingOf, roundOf, verifyTokens, type Round } from './round.ts';

const ROUNDS = 3;
const SIGN_INS = 600;
const CONNECTIONS = 8;
const HELPERS = [1, 2, 4] as const;

export type NtlmFigures = Readonly<Record<(typeof HELPERS)[number], readonly Round[]>>;

/** Runs the bench, alternating between the numbers of helpers; throws if an answer was not a token that verifies. */
export async function ntlmKept(): Promise<NtlmFigures> {
  await using ending = new AsyncDisposableStack();
  const place = await openAdDomain(endingOf(ending));
  const figures: Record<(typeof HELPERS)[number], Round[]> = { 1: [], 2: [], 4: [] };
  const gateways = await Promise.all(HELPERS.map(async (helpers) => {
    const gateway = await place.start({ ntlm: true, config: `[NTLM]\nHelpers = ${String(helpers)}` });
    await measure(gateway, SIGN_INS / 6);
    return { helpers, gateway };
  }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { helpers, gateway } of gateways) figures[helpers].push(await measure(gateway, SIGN_INS));
  }
  return figures;
}

async function measure(gateway: GatewayProcess, count: number): Promise<Round> {
  const latencies: number[] = [];
  const bodies: string[] = [];
  let left = count;
  const begin = performance.now();
  await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
    const agent = keptConnections();
    while (left-- > 0) {
      const sent = performance.now();
      const { answer } = await ntlmSignIn(gateway, {
        scheme: 'NTLM', agent, authenticate: { user: 'alice', domain: 'MYQ', password: 'Passw0rd.alice', workstation: 'BENCH' },
      });
      latencies.push(performance.now() - sent);
      if (answer.status !== 200) throw new Error(`a sign-in failed: ${String(answer.status)} ${JSON.stringify(answer.json)}`);
      bodies.push(JSON.stringify(answer.json));
    }
    agent.destroy();
  }));
  const milliseconds = performance.now() - begin;
  await verifyTokens(gateway, bodies);
  return roundOf(count, milliseconds, latencies.sort((a, b) => a - b));
}
