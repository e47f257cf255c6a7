// A gateway process with a tenant of the stand-in for Entra ID, and the client's way in through ID tokens, each of which is counted.

import type { Test } from 'tap';
import { entraMethod, type EntraOptions } from '../../../src/client/entra/entra.ts';
import type { IdTokens } from '../../../src/client/entra/id-tokens.ts';
import { ClientError } from '../../../src/client/error.ts';
import type { Attempt } from '../../../src/client/method.ts';
import { openServer } from '../../../src/client/server.ts';
import type { Tokens } from '../../../src/client/tokens.ts';
import { openTrust } from '../../../src/client/trust/trust.ts';
import { KEYS } from '../../entra/fetches.ts';
import { sectionOf } from '../../entra/site.ts';
import type { Fault } from '../../realm/entra-faults.ts';
import { type App, type EntraStandIn, type Person, startEntra, type StandInTenant } from '../../realm/entra.ts';
import { becomes } from '../../realm/exec.ts';
import { type GatewayProcess, startGateway } from '../../realm/gateway.ts';
import { send } from '../../realm/http.ts';

export interface EntraPlace {
  readonly entra: EntraStandIn;
  readonly tenant: StandInTenant;
  readonly app: App;
  /** The user `alice` of the gateway. */
  readonly alice: Person;
  readonly gateway: GatewayProcess;
}

/**
 * @param keys lines of `[Entra]`
 * @param fault what the tenant's keys are answered with from the beginning
 */
export async function openPlace(t: Test, keys = '', fault?: Fault): Promise<EntraPlace> {
  const entra = await startEntra(t);
  entra.fault(KEYS, fault);
  const tenant = entra.tenant();
  const app = tenant.app();
  const gateway = await startGateway({ config: sectionOf(entra, app, `UserName = upnPrefix\n${keys}`), users: [['alice']] });
  t.teardown(() => gateway.stop());
  return { entra, tenant, app, alice: tenant.person({}), gateway };
}

/** One way in, as signIn() calls it. Throws ClientError. */
export async function enter(
  { hostname, port, caFile }: GatewayProcess, options: EntraOptions | undefined,
  { signal = new AbortController().signal, scope, tell = () => undefined }: Partial<Pick<Attempt, 'signal' | 'scope' | 'tell'>> = {},
): Promise<Tokens> {
  const server = openServer({ url: `https://${hostname}:${String(port)}`, trust: openTrust({ caFile }), connectTo: '127.0.0.1' });
  try {
    return await entraMethod(options).signIn({ server, clientId: 'myq-desktop-client', scope, tell, signal });
  } finally {
    await server.close();
  }
}

/** What it failed with. */
export async function failure(attempt: Promise<unknown>): Promise<ClientError> {
  const error: unknown = await attempt.then(() => 'it succeeded', (problem: unknown) => problem);
  if (!(error instanceof ClientError)) throw new Error(String(error), { cause: error });
  return error;
}

/** A source that counts what is asked of it. */
export interface CountedTokens extends IdTokens {
  /** `forceRefresh` of each call so far. */
  readonly asked: readonly boolean[];
}

/** Hands these out, one after the other, then the last one again and again. They need not be what they should be. */
export function handsOut(...tokens: readonly unknown[]): CountedTokens {
  const asked: boolean[] = [];
  return {
    asked,
    acquire: ({ forceRefresh }) => {
      asked.push(forceRefresh);
      return Promise.resolve(tokens[Math.min(asked.length, tokens.length) - 1] as string);
    },
  };
}

let marks = 0;

/** What the gateway said to each exchange while this ran: `granted`, or the reason of its refusal. */
export async function exchanges<T>(gateway: GatewayProcess, work: () => Promise<T>): Promise<readonly [T, readonly string[]]> {
  const before = await markIn(gateway);
  const result = await work();
  const lines = gateway.log.slice(before + 1, await markIn(gateway));
  return [result, lines.flatMap(({ outcome, url, reason }) => (outcome === 'granted' ? ['granted'] : url === '/api/auth/token' ? [String(reason)] : []))];
}

/** Where a refusal of another kind stands in the log, behind which nothing of what was before can come any more. */
async function markIn(gateway: GatewayProcess): Promise<number> {
  const mark = `mark-${String(++marks)}`;
  await send(gateway, '/api/auth/token', {
    method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: mark }),
  });
  const at = (): number => gateway.log.findIndex((line) => JSON.stringify(line).includes(mark));
  if (!await becomes(() => at() >= 0)) throw new Error('the gateway does not log');
  return at();
}
