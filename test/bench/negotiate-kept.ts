// Bench: Windows sign-ins on kept connections, each with a fresh ticket made beforehand; every token is verified afterwards.

import { load, residentKibibytes, signInRequest } from '../realm/load.ts';
import { openSite } from '../realm/site.ts';
import { makeTokens } from '../realm/tokens.ts';
import { endingOf, measure, type Round } from './round.ts';

const ROUNDS = 3;
const SIGN_INS = 6_000;
const WARM_UP = 3_000;
const CONNECTIONS = 16;

/** Runs the bench; throws if an answer was not a token that verifies. */
export async function negotiateKept(): Promise<{ readonly rounds: readonly Round[]; readonly residentMegabytes: number }> {
  await using ending = new AsyncDisposableStack();
  const { realm, gateway, ccache } = await openSite(endingOf(ending), { config: '[Kerberos]\nRealms = MYQ.TEST' });
  const requests = async (count: number): Promise<readonly string[]> =>
    (await makeTokens(realm, ccache, count)).map((token) => signInRequest(gateway, token));
  await load(gateway, await requests(WARM_UP), CONNECTIONS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(gateway, await requests(SIGN_INS), CONNECTIONS));
  return { rounds, residentMegabytes: Math.round(residentKibibytes(gateway) / 1024) };
}
