// Bench: Windows sign-ins on kept connections, each with a fresh ticket made beforehand; every token is verified afterwards.

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { send } from '../realm/http.ts';
import { startGateway, type GatewayProcess } from '../realm/gateway.ts';
import { startRealm } from '../realm/kdc.ts';
import { load, type LoadResult } from '../realm/load.ts';

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
  const realm = await startRealm();
  try {
    const keytab = `${realm.directory}/http.keytab`;
    await realm.keytab('HTTP/print.myq.test', keytab);
    const ccache = await realm.kinit('alice');
    const gateway = await startGateway({ keytab, environment: realm.environment, config: '[Kerberos]\nRealms = MYQ.TEST', users: [['alice']] });
    try {
      const requests = async (count: number): Promise<readonly string[]> => {
        const tokens = await realm.exec(process.execPath, [new URL('../realm/make-tokens.ts', import.meta.url).pathname, String(count), 'HTTP@print.myq.test'], { env: { KRB5CCNAME: ccache } });
        return tokens.trim().split('\n').map((token) => request(gateway, token));
      };
      await load(gateway, await requests(WARM_UP), CONNECTIONS);
      const rounds: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(gateway, await requests(SIGN_INS)));
      return { rounds, residentMegabytes: await resident(gateway) };
    } finally {
      await gateway.stop();
    }
  } finally {
    await realm.stop();
  }
}

function request({ hostname, port }: GatewayProcess, token: string): string {
  return `POST /api/auth/negotiate HTTP/1.1\r\nHost: ${hostname}:${String(port)}\r\nContent-Length: 0\r\nAuthorization: Negotiate ${token}\r\n\r\n`;
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

async function resident({ child }: GatewayProcess): Promise<number> {
  const { readFile } = await import('node:fs/promises');
  const status = await readFile(`/proc/${String(child.pid)}/status`, 'utf8');
  return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024);
}
