// SIGTERM: sign-ins under way are answered, then the process ends with exit code 0.

import t from 'tap';
import { once } from 'node:events';
import { request } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { NTLM, KERBEROS } from '../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit, ntlmMessage } from '../mechanisms/token/encoder.ts';
import { startGateway, type GatewayProcess } from '../realm/gateway.ts';
import { keptConnections, send, signIn } from '../realm/http.ts';
import { startRealm } from '../realm/kdc.ts';
import { makeToken } from '../realm/tokens.ts';

const realm = await startRealm();
t.after(() => realm.stop());
const keytab = join(realm.directory, 'http.keytab');
await realm.keytab('HTTP/print.myq.test', keytab);
const start = (): Promise<GatewayProcess> => startGateway({ keytab, environment: realm.environment, users: [['alice']] });
const ccache = await realm.kinit('alice');
const body = '{"scope":"openid jobs"}';

/** Sends a sign-in whose body is only half there. */
function halfSent({ hostname, port, ca }: GatewayProcess, token: string): ClientRequest {
  const outgoing = request({
    host: '127.0.0.1', port, servername: hostname, ca, path: '/api/auth/negotiate', method: 'POST', agent: false,
    headers: {
      'host': `${hostname}:${String(port)}`, 'authorization': `Negotiate ${token}`, 'content-type': 'application/json', 'content-length': body.length,
    },
  });
  outgoing.write(body.slice(0, 10));
  return outgoing;
}

await t.test('a sign-in whose body is still coming when SIGTERM arrives is answered, then the gateway ends with 0', async (t) => {
  const gateway = await start();
  const outgoing = halfSent(gateway, await makeToken(realm, ccache));
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  await sleep(300);
  const stopped = gateway.stop();
  await sleep(300);
  t.equal(gateway.child.exitCode, null, 'it waits for the answer');
  await t.rejects(send(gateway, '/health/live'), { code: 'ECONNREFUSED' }, 'it takes no new connection');
  outgoing.end(body.slice(10));
  const [answer] = await answered;
  t.equal(answer.statusCode, 200);
  const text = Buffer.concat(await answer.toArray() as Buffer[]).toString();
  t.match(JSON.parse(text), { token_type: 'Bearer', scope: 'openid jobs' });
  t.equal(await stopped, 0);
  t.match(gateway.log.map(({ msg }) => msg).slice(-1), ['stopped']);
});

await t.test('idle kept connections and half-open handshakes do not hold the end up', async (t) => {
  const gateway = await start();
  const agent = keptConnections(2);
  t.teardown(() => { agent.destroy(); });
  const halfOpen = Buffer.from(negTokenInit([NTLM, KERBEROS], { mechToken: ntlmMessage(1) })).toString('base64');
  const answers = await Promise.all([signIn(gateway, halfOpen, { agent }), signIn(gateway, await makeToken(realm, ccache), { agent })]);
  t.strictSame(answers.map(({ status }) => status), [401, 200]);
  const begun = performance.now();
  t.equal(await gateway.stop(), 0);
  t.ok(performance.now() - begun < 3000, 'it ends at once');
});

await t.test('SIGINT ends it like SIGTERM', async (t) => {
  const gateway = await start();
  gateway.child.kill('SIGINT');
  const [code] = await once(gateway.child, 'exit');
  t.equal(code, 0);
  await gateway.stop();
});

t.end();
