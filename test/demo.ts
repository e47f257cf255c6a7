// `npm run demo`: a silent Kerberos sign-in from nothing to a verified MyQ access token, told step by step.

import { createRequire } from 'node:module';
import type * as Kerberos from 'kerberos';
import { join } from 'node:path';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose';
import { startGateway } from './realm/gateway.ts';
import { challengeOf, send, signIn } from './realm/http.ts';
import { startRealm } from './realm/kdc.ts';

const keep = process.argv.includes('--keep');
let steps = 0;
const say = (text: string): void => { process.stdout.write(`\n${String(++steps)}. ${text}\n`); };
const show = (text: string): void => { process.stdout.write(`${text.split('\n').map((line) => `   ${line}`).join('\n')}\n`); };
const short = (token: string): string => `${token.slice(0, 60)}… (${String(token.length)} characters)`;
const must = (condition: boolean, what: string): void => { if (!condition) throw new Error(`the demo failed: ${what}`); };

say('A domain. A throw-away MIT Kerberos realm MYQ.TEST starts on loopback, with the user alice.');
const realm = await startRealm();
const keytab = join(realm.directory, 'http.keytab');
await realm.keytab('HTTP/print.myq.test', keytab);
show('The service name (SPN) HTTP/print.myq.test is registered, and its key is in a keytab, as an admin does with setspn and ktpass.');

const gateway = await startGateway({ keytab, environment: realm.environment, config: '[Kerberos]\nRealms = MYQ.TEST', users: [['alice', '--full-name', 'Alice Example']] });
try {
  say('The gateway. "myq-gateway init" made config.ini, a certificate and a store; "myq-gateway serve" answers now.');
  show(`${gateway.issuer} (on 127.0.0.1), and "myq-gateway users add alice" let alice in.`);

  say('The offer. A client without credentials asks for a token and is told how to prove who it is.');
  const offer = await signIn(gateway);
  show(`POST /api/auth/negotiate  →  ${String(offer.status)}, WWW-Authenticate: ${String(offer.headers['www-authenticate'])}`);
  must(offer.status === 401 && offer.headers['www-authenticate'] === 'Negotiate', 'there was no offer');

  say('The ticket. Alice signed in to her computer; its Kerberos library gets a ticket for the gateway. Nobody types a password now.');
  const ccache = await realm.kinit('alice');
  Object.assign(process.env, realm.environment, { KRB5CCNAME: ccache });
  const kerberos = createRequire(import.meta.url)('kerberos') as typeof Kerberos;
  const client = await kerberos.initializeClient('HTTP@print.myq.test', { mechOID: kerberos.GSS_MECH_OID_SPNEGO });
  const ticket = String(await client.step(''));
  show(`Authorization: Negotiate ${short(ticket)}`);

  say('The token. The gateway opens the ticket with its keytab, finds alice among its users and answers with a MyQ access token.');
  const answer = await signIn(gateway, ticket);
  must(answer.status === 200, `the sign-in was answered with ${answer.text}`);
  const accessToken = String(answer.json?.['access_token']);
  show(JSON.stringify({ ...answer.json, access_token: short(accessToken) }, undefined, 2));

  say('Its claims: who signed in, for which client, how, and until when.');
  show(JSON.stringify(decodeJwt(accessToken), undefined, 2));

  say('Its signature. Any REST service can verify it with the keys that the gateway publishes.');
  const jwks = (await send(gateway, '/.well-known/jwks.json')).json as unknown as JSONWebKeySet;
  const { protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(jwks), { issuer: gateway.issuer, audience: gateway.issuer, typ: 'at+jwt' });
  show(`GET /.well-known/jwks.json  →  the signature is good: ${protectedHeader.alg}, key ${String(protectedHeader.kid)}`);

  say('The other direction. The answer also carried a token that only the owner of the service key can make (mutual authentication).');
  await client.step(challengeOf(answer) ?? '');
  must(client.contextComplete, 'the gateway did not prove itself');
  show('The client verified it: it spoke to the real gateway.');

  say('The first REST call with the token.');
  const userinfo = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${accessToken}` } });
  must(userinfo.status === 200, `userinfo answered ${userinfo.text}`);
  show(`GET /api/auth/userinfo  →  ${userinfo.text}`);

  say('The same ticket again, as a thief would send it.');
  const replay = await signIn(gateway, ticket);
  must(replay.status === 401 && replay.json?.['reason'] === 'replay', `the replay was answered with ${replay.text}`);
  show(`${String(replay.status)}, reason "replay": ${String(replay.json?.['message'])}`);

  if (keep) await kept();
} finally {
  await gateway.stop();
  await realm.stop();
}
process.stdout.write('\nDone. Everything that was started has ended.\n');

/** Waits for Ctrl+C, with all that is needed to try it by hand. */
async function kept(): Promise<void> {
  process.stdout.write(`\nEverything stays up until Ctrl+C. In another terminal:

  export KRB5_CONFIG=${realm.environment['KRB5_CONFIG'] ?? ''} KRB5CCNAME=${process.env['KRB5CCNAME'] ?? ''}
  curl --negotiate -u : --cacert ${gateway.caFile} --resolve ${gateway.hostname}:${String(gateway.port)}:127.0.0.1 \\
    -X POST ${gateway.issuer}/api/auth/negotiate

alice's password is Passw0rd.alice (kinit alice gets her a fresh ticket).\n`);
  await new Promise<void>((resolve) => { for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { resolve(); }); });
}
