// SIGTERM: sign-ins under way are answered, then the process ends with exit code 0.

import t from 'tap';
import { once } from 'node:events';
import { request } from 'node:https';
import { connect } from 'node:tls';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { NTLM, KERBEROS } from '../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit, ntlmMessage } from '../mechanisms/token/encoder.ts';
import { becomes, hasEnded } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { keptConnections, send, signIn } from '../realm/http.ts';
import { openDomain } from '../realm/site.ts';
import { makeToken } from '../realm/tokens.ts';
import { loggedSince } from './refusal-answer.ts';

const { realm, start } = await openDomain(t);
const ccache = await realm.kinit('alice');
const body = '{"scope":"openid jobs"}';

/** Sends a sign-in whose body is only half there; resolves when the gateway, by its 100, has taken up the request. */
async function halfSent({ hostname, port, ca }: GatewayProcess, token: string): Promise<ClientRequest> {
  const outgoing = request({
    host: '127.0.0.1', port, servername: hostname, ca, path: '/api/auth/negotiate', method: 'POST', agent: false,
    headers: {
      'host': `${hostname}:${String(port)}`, 'authorization': `Negotiate ${token}`, 'content-type': 'application/json',
      'content-length': body.length, 'expect': '100-continue',
    },
  });
  outgoing.flushHeaders();
  await once(outgoing, 'continue');
  outgoing.write(body.slice(0, 10));
  return outgoing;
}

/** Whether the gateway's port is closed. */
async function closed(gateway: GatewayProcess): Promise<boolean> {
  return send(gateway, '/health/live').then(() => false, ({ code }: NodeJS.ErrnoException) => code === 'ECONNREFUSED');
}

await t.test('a sign-in whose body is still coming when SIGTERM arrives is answered, then the gateway ends with 0', async (t) => {
  const gateway = await start();
  const outgoing = await halfSent(gateway, await makeToken(realm, ccache));
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  const stopped = gateway.stop();
  t.ok(await loggedSince(gateway, 0, 'stopping'));
  t.ok(await becomes(() => closed(gateway), () => hasEnded(gateway.child)), 'it takes no new connection');
  t.equal(gateway.child.exitCode, null, 'it waits for the answer');
  outgoing.end(body.slice(10));
  const [answer] = await answered;
  t.equal(answer.statusCode, 200);
  const text = Buffer.concat(await answer.toArray() as Buffer[]).toString();
  t.match(JSON.parse(text), { token_type: 'Bearer', scope: 'openid jobs' });
  t.equal(await stopped, 0);
  t.match(gateway.log.map(({ msg }) => msg).slice(-1), ['stopped']);
});

await t.test('requests that follow on its connection are answered by the gateway itself, not by its framework', async (t) => {
  const gateway = await start();
  const head = (path: string, ...lines: readonly string[]): string =>
    [`POST ${path} HTTP/1.1`, `Host: ${gateway.hostname}`, 'Content-Type: application/json', ...lines, '', ''].join('\r\n');
  const socket = connect({ host: '127.0.0.1', port: gateway.port, servername: gateway.hostname, ca: gateway.ca });
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
  socket.write(head('/api/auth/negotiate', `Content-Length: ${String(body.length)}`, 'Expect: 100-continue'));
  t.ok(await becomes(() => text.includes(' 100 ')));
  const stopped = gateway.stop();
  t.ok(await becomes(() => closed(gateway)));
  // The end of the first request, and two more behind it.
  socket.write(body + head('/nowhere', 'Content-Length: 0') + head('/%zz', 'Content-Length: 0'));
  await once(socket, 'close');
  t.equal(await stopped, 0);
  const answers = text.split('HTTP/1.1 ').slice(2).map((answer) => answer.split('\r\n\r\n'));
  t.ok(answers.length >= 1, 'at least the first, which was under way');
  for (const [lines = '', json = ''] of answers) {
    const status = Number(lines.slice(0, 3));
    t.match(lines, /cache-control: no-store/i);
    t.match(JSON.parse(json), { error: /^[a-z_]+$/, error_description: /./, code: status, message: /./, data: [] }, json);
  }
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
});

t.end();
