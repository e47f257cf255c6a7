// Bench: ID tokens of Entra ID exchanged on kept connections, each a fresh one, while the tenant's keys are known.

import { EXCHANGE, ID_TOKEN, sectionOf } from '../entra/site.ts';
import { startEntra } from '../realm/entra.ts';
import { startGateway } from '../realm/gateway.ts';
import { load, residentKibibytes, tokenRequest } from '../realm/load.ts';
import { endingOf, measure, type Round } from './round.ts';

const ROUNDS = 3;
const EXCHANGES = 6_000;
const WARM_UP = 2_000;
const CONNECTIONS = 16;

/** Runs the bench; throws if an answer was not a token that verifies, or if the keys were asked for more than once. */
export async function exchanges(): Promise<{ readonly rounds: readonly Round[]; readonly residentMegabytes: number }> {
  await using ending = new AsyncDisposableStack();
  const stops = endingOf(ending);
  const entra = await startEntra(stops);
  const tenant = entra.tenant();
  const app = tenant.app();
  const alice = tenant.person({});
  const gateway = await startGateway({ config: sectionOf(entra, app), users: [['alice@example.com']] });
  stops.teardown(() => gateway.stop());
  const request = async (): Promise<string> => tokenRequest(gateway, {
    grant_type: EXCHANGE, client_id: 'myq-desktop-client', subject_token_type: ID_TOKEN, subject_token: await tenant.idToken(alice, app),
  });
  const requests = (count: number): Promise<readonly string[]> => Promise.all(Array.from({ length: count }, request));
  await load(gateway, await requests(WARM_UP), CONNECTIONS);
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(gateway, await requests(EXCHANGES), CONNECTIONS));
  const asked = entra.requests.filter(({ path }) => path.includes('/keys')).length;
  if (asked !== 1) throw new Error(`the keys were asked for ${String(asked)} times`);
  return { rounds, residentMegabytes: Math.round(residentKibibytes(gateway) / 1024) };
}
