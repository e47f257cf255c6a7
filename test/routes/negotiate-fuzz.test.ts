// 20,000 random and mutated tokens through HTTP against a gateway in its own process: no accept, no crash, no 5xx, memory flat.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { mutate, seeded } from '../mutate.ts';
import { startGateway, type GatewayProcess } from '../realm/gateway.ts';
import { signIn } from '../realm/http.ts';
import { startRealm } from '../realm/kdc.ts';
import { load } from '../realm/load.ts';

const ROUNDS = 8;
const PER_ROUND = 2_500;
/** What the allocator may keep: a leak of 2 KiB a token would exceed it in the rounds of the second half. */
const SLACK_MEGABYTES = 16;

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

const request = ({ hostname, port }: GatewayProcess, text: string): string =>
  `POST /api/auth/negotiate HTTP/1.1\r\nHost: ${hostname}:${String(port)}\r\nContent-Length: 0\r\nAuthorization: Negotiate ${text}\r\n\r\n`;

const residentMegabytes = ({ child }: GatewayProcess): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${String(child.pid)}/status`, 'utf8'))?.[1]) / 1024;

t.test('20,000 random and mutated tokens are all refused, and nothing breaks or grows', async (t) => {
  const realm = await startRealm();
  t.teardown(() => realm.stop());
  const keytab = `${realm.directory}/http.keytab`;
  await realm.keytab('HTTP/print.myq.test', keytab);
  const gateway = await startGateway({ keytab, users: [['alice']], environment: {
    ...realm.environment,
    // V8 enlarges its young generation in steps of many megabytes when it likes; a fixed size shows what really grows.
    NODE_OPTIONS: '--max-semi-space-size=2',
  } });
  t.teardown(() => gateway.stop());
  const ccache = await realm.kinit('alice');
  const program = new URL('../realm/make-tokens.ts', import.meta.url).pathname;
  const make = async (): Promise<readonly string[]> =>
    (await realm.exec(process.execPath, [program, '40', 'HTTP@print.myq.test'], { env: { KRB5CCNAME: ccache } })).trim().split('\n');

  // Each real token is used up first: a changed spelling of it that still decrypts must be seen as the replay that it is.
  const real = await make();
  for (const used of real) t.equal((await signIn(gateway, used)).status, 200);
  const originals = real.map((text) => Buffer.from(text, 'base64'));

  const statuses: Record<string, number> = {};
  const resident: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const result = await load(gateway, Array.from({ length: PER_ROUND }, () => request(gateway, token(originals))), 8);
    for (const [status, count] of Object.entries(result.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
    resident.push(residentMegabytes(gateway));
  }
  t.equal(Object.values(statuses).reduce((a, b) => a + b), ROUNDS * PER_ROUND, 'every one was answered');
  t.strictSame(Object.keys(statuses).sort(), ['400', '401'], `only refusals: ${JSON.stringify(statuses)}`);
  const warm = resident[ROUNDS / 2 - 1] ?? 0;
  t.ok((resident.at(-1) ?? Infinity) < warm + SLACK_MEGABYTES, `memory is flat: ${resident.map((megabytes) => megabytes.toFixed(0)).join(', ')} MiB`);
  t.equal(gateway.child.exitCode, null, 'the process is alive');
  t.equal((await signIn(gateway, (await make())[0])).status, 200, 'and still signs alice in');
});
