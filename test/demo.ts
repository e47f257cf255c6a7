// `npm run demo`: a silent Kerberos sign-in from nothing to a verified MyQ access token, told step by step.

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLocalJWKSet, decodeJwt, jwtVerify, type JSONWebKeySet } from 'jose';
import type * as Kerberos from 'kerberos';
import { startGateway, type GatewayProcess } from './realm/gateway.ts';
import { challengeOf, send, signIn } from './realm/http.ts';
import { startRealm, type Realm } from './realm/kdc.ts';

// ── stopping, at any moment ──

/** How long a step that is under way may take after a signal, in milliseconds. */
const PATIENCE = 5_000;
type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE';
let stoppedBy: StopSignal | undefined;
/** Rejects at the first signal. Later ones change nothing: npm sends Ctrl+C on, so that it comes twice. */
const stopped = new Promise<never>((_, reject) => {
  const stop = (signal: StopSignal): void => {
    stoppedBy ??= signal;
    reject(new Error(`stopped by ${stoppedBy}`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // Whoever read the story has gone (`npm run demo | head`).
  process.stdout.on('error', () => { stop('SIGPIPE'); });
  // npm hands SIGTERM to its shell only, which dies of it and tells nobody.
  const parent = process.ppid;
  if (process.env['npm_lifecycle_event'] !== undefined) setInterval(() => { if (process.ppid !== parent) stop('SIGTERM'); }, 200).unref();
});
const goOn = (): void => { if (stoppedBy !== undefined) throw new Error(`stopped by ${stoppedBy}`); };

// All that realm, gateway and clients write is in here.
const root = mkdtempSync(join(tmpdir(), 'myq-demo-'));
process.once('exit', () => { rmSync(root, { recursive: true, force: true, maxRetries: 10 }); });
process.env['TMPDIR'] = root;

const failures: unknown[] = [];
const fail = (error: unknown): void => { failures.push(error); };

const started: Promise<{ stop(): Promise<unknown> }>[] = [];
/** Starts something that is stopped at the end, even when the end comes before it is up. */
function begin<T extends { stop(): Promise<unknown> }>(start: () => Promise<T>): Promise<T> {
  goOn();
  const starting = start();
  started.push(starting);
  return starting;
}

async function stopAll(): Promise<void> {
  for (let starting = started.pop(); starting !== undefined; starting = started.pop()) {
    const running = await starting.catch(() => undefined); // one that could not start has ended by itself, and the story says why
    await running?.stop().catch(fail);
  }
}

// ── telling ──

let steps = 0;
const show = (text: string): void => { process.stdout.write(`${text.split('\n').map((line) => `   ${line}`).join('\n')}\n`); };
const short = (token: string): string => `${token.slice(0, 60)}… (${String(token.length)} characters)`;
const must = (condition: boolean, what: string): void => { if (!condition) throw new Error(what); };
function say(text: string): void {
  goOn();
  process.stdout.write(`\n${String(++steps)}. ${text}\n`);
}

async function tell(keep: boolean): Promise<void> {
  say('A domain. A throw-away MIT Kerberos realm MYQ.TEST starts on loopback, with the user alice.');
  const realm = await begin(() => startRealm());
  const keytab = join(realm.directory, 'http.keytab');
  await realm.keytab('HTTP/print.myq.test', keytab);
  show('The service name (SPN) HTTP/print.myq.test is registered, and its key is in a keytab, as an admin does with setspn and ktpass.');

  say('The gateway. "myq-gateway init" makes config.ini, a certificate and a store; "myq-gateway serve" runs it.');
  const users = [['alice', '--full-name', 'Alice Example']];
  const gateway = await begin(() => startGateway({ keytab, environment: realm.environment, config: '[Kerberos]\nRealms = MYQ.TEST', users }));
  show(`It answers at ${gateway.issuer} (on 127.0.0.1), and "myq-gateway users add alice" let alice in.`);

  const { ticket, accessToken } = await signInSilently(realm, gateway);
  await verify(gateway, accessToken);

  say('The first REST call with the token.');
  const userinfo = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${accessToken}` } });
  must(userinfo.status === 200, `userinfo answered ${userinfo.text}`);
  show(`GET /api/auth/userinfo  →  ${userinfo.text}`);

  say('The same ticket again, as a thief would send it.');
  const replay = await signIn(gateway, ticket);
  must(replay.status === 401 && replay.json?.['reason'] === 'replay', `the replay was answered with ${replay.text}`);
  show(`${String(replay.status)}, reason "replay": ${String(replay.json?.['message'])}`);

  if (keep) await kept(realm, gateway);
}

async function signInSilently(realm: Realm, gateway: GatewayProcess): Promise<{ readonly ticket: string; readonly accessToken: string }> {
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

  say('The other direction. The answer also carried a token that only the owner of the service key can make (mutual authentication).');
  await client.step(challengeOf(answer) ?? '');
  must(client.contextComplete, 'the gateway did not prove itself');
  show('The client verified it: it spoke to the real gateway.');
  return { ticket, accessToken };
}

async function verify(gateway: GatewayProcess, accessToken: string): Promise<void> {
  say('The claims of the token: who signed in, for which client, how, and until when.');
  show(JSON.stringify(decodeJwt(accessToken), undefined, 2));

  say('Its signature. Any REST service can verify it with the keys that the gateway publishes.');
  const jwks = (await send(gateway, '/.well-known/jwks.json')).json as unknown as JSONWebKeySet;
  const { protectedHeader } = await jwtVerify(accessToken, createLocalJWKSet(jwks), { issuer: gateway.issuer, audience: gateway.issuer, typ: 'at+jwt' });
  show(`GET /.well-known/jwks.json  →  the signature is good: ${protectedHeader.alg}, key ${String(protectedHeader.kid)}`);
}

/** Waits to be stopped, with all that is needed to try it by hand. */
async function kept(realm: Realm, gateway: GatewayProcess): Promise<void> {
  process.stdout.write(`\nEverything stays up. Ctrl+C here, or "kill ${String(process.pid)}", stops and removes it all. In another terminal:

  export KRB5_CONFIG=${realm.environment['KRB5_CONFIG'] ?? ''} KRB5CCNAME=${process.env['KRB5CCNAME'] ?? ''}
  curl --negotiate -u : --cacert ${gateway.caFile} --resolve ${gateway.hostname}:${String(gateway.port)}:127.0.0.1 \\
    -X POST ${gateway.issuer}/api/auth/negotiate

alice's password is Passw0rd.alice (kinit alice gets her a fresh ticket).\n`);
  await stopped;
}

const strange = process.argv.slice(2).filter((word) => word !== '--keep');
if (strange.length > 0) {
  process.stderr.write(`the demo knows no ${strange.join(' ')}; usage: npm run demo [-- --keep]\n`);
  process.exit(2);
}
const telling = tell(process.argv.includes('--keep')).catch(fail);
// A signal ends the story at its next step; what is under way (kinit, say) would write into a directory that is being removed.
await Promise.race([telling, stopped.catch(() => Promise.race([telling, sleep(PATIENCE)]))]);
await stopAll();
end();

/** Ends the process; the exit code after a signal is what shells give a program that it killed. */
function end(): never {
  // Ctrl+C reaches the children first: that they fail then is no failure.
  const faults = stoppedBy === undefined ? failures.map((error) => (error instanceof Error ? error.message : String(error))) : [];
  for (const fault of faults) process.stderr.write(`\nThe demo failed: ${fault}\n`);
  const outcome = stoppedBy === undefined ? faults.length > 0 ? 'Failed' : 'Done' : 'Stopped';
  if (stoppedBy !== 'SIGPIPE') process.stdout.write(`\n${outcome}. Everything that was started has ended.\n`);
  process.exit(stoppedBy === undefined ? Math.min(faults.length, 1) : 128 + constants.signals[stoppedBy]);
}
