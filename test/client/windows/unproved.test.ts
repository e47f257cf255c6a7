// Servers that cannot prove themselves: what they send is thrown away, and no other way in is tried.

import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import t from 'tap';
import { signIn, SignInError } from '../../../src/client/index.ts';
import { KERBEROS } from '../../../src/mechanisms/token/mechanisms.ts';
import { der, field, generalString, integer, kerberosToken, negTokenResp, sequence } from '../../mechanisms/token/encoder.ts';
import { challengeOf, signIn as negotiateAt } from '../../realm/http.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken } from '../../realm/tokens.ts';
import { reach } from '../place.ts';

const { realm, gateway, ccache } = await openSite(t);
Object.assign(process.env, realm.environment, { KRB5CCNAME: ccache });
const tls = { cert: readFileSync(`${gateway.directory}/tls/server.pem`), key: readFileSync(`${gateway.directory}/tls/server.key`) };

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

/** A server with the gateway's very certificate that answers each sign-in so. */
async function inItsPlace(answer: Answering): Promise<{ readonly server: Server; readonly port: number; readonly seen: string[] }> {
  const seen: string[] = [];
  const server = createServer(tls, (request, response) => {
    seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
    request.resume().once('end', () => { answer(request, response); });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.teardown(() => new Promise((resolve) => { server.close(resolve).closeAllConnections(); }));
  return { server, port: (server.address() as AddressInfo).port, seen };
}

const tokens = JSON.stringify({ access_token: 'stolen.or.made', token_type: 'Bearer', expires_in: 1800, scope: 'openid' });
const answering = (...headers: readonly string[]): Answering => (_, response) => {
  if (headers.length > 0) response.setHeader('www-authenticate', headers);
  response.setHeader('content-type', 'application/json').end(tokens);
};

/** NegTokenResp with a KRB-ERROR of this code for the gateway's service (RFC 4120 §5.9.1, RFC 4121 §4.1). */
function krbError(code: number): Buffer {
  const name = sequence(field(0, integer(2)), field(1, sequence(generalString('HTTP'), generalString('print.myq.test'))));
  const error = der(0x7e, sequence(
    field(0, integer(5)), field(1, integer(30)), field(4, der(0x18, Buffer.from('20260101000000Z'))), field(5, integer(0)),
    field(6, integer(code)), field(9, generalString('MYQ.TEST')), field(10, name)));
  return Buffer.from(negTokenResp({ negState: 0, supportedMech: KERBEROS, responseToken: kerberosToken(error, KERBEROS, 0x0300) }));
}

/** A good proof, but of another handshake. */
const anotherProof = async (): Promise<string> => String(challengeOf(await negotiateAt(gateway, await makeToken(realm, ccache))));

const cases: Readonly<Record<string, Answering>> = {
  'no proof at all': answering(),
  'a scheme without a proof': answering('Negotiate'),
  'a proof that is no base64': answering('Negotiate @@@'),
  'a proof that is no token': answering(`Negotiate ${Buffer.from('proved').toString('base64')}`),
  'the proof of another handshake': answering(`Negotiate ${await anotherProof()}`),
  'two proofs': answering(`Negotiate ${await anotherProof()}`, `Negotiate ${await anotherProof()}`),
  'our own token': (request, response) => { answering(request.headers.authorization ?? '')(request, response); },
  // "Ticket expired" (RFC 4120 §7.5.9): unauthenticated, anybody can make it.
  'a KRB-ERROR that the ticket has expired': answering(`Negotiate ${krbError(32).toString('base64')}`),
  'a KRB-ERROR and a refusal': (_, response) => { response.writeHead(401, { 'www-authenticate': `Negotiate ${krbError(32).toString('base64')}` }).end(); },
  'a handshake without an end': (request, response) => {
    response.writeHead(401, { 'www-authenticate': request.headers.authorization ?? '' }).end();
  },
};

for (const [what, answer] of Object.entries(cases)) {
  t.test(`a server that sends ${what} is refused, and nobody is led to its login page`, async (t) => {
    const { port, seen } = await inItsPlace(answer);
    let opened = 0;
    const error: unknown = await signIn({
      ...reach({ ...gateway, port }), methods: ['windows', 'browser'], browser: { open: async () => { opened++; } },
    }).catch((reason: unknown) => reason);
    t.type(error, SignInError);
    const { reason, passedOver } = error as SignInError;
    t.strictSame([reason, passedOver.map(({ method }) => method), opened], ['server_not_proved', ['windows'], 0], String(error));
    t.strictSame(seen, ['POST /api/auth/negotiate']);
  });
}

t.test('the gateway itself passes the same way', async (t) => {
  const { session } = await signIn({ ...reach(gateway), methods: ['windows'] });
  t.match(await session.claims(), { preferred_username: 'alice' });
  await session.close();
});
