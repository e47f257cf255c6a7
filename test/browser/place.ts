// What the tests with a real browser share: a person with a password, a program that waits for its answer, and what went over the wire.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { exec } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { send } from '../realm/http.ts';
import type { Ending } from '../realm/site.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** Of every person here. */
export const PASSWORD = 'correct horse battery';

/** Sets a secret with `users password` or `users pin`, as an admin's script would. */
export async function setSecret(gateway: GatewayProcess, kind: 'password' | 'pin', name: string, secret: string): Promise<void> {
  const config = `${gateway.directory}/config.ini`;
  await exec(process.execPath, [main, 'users', kind, name, `--${kind}-stdin`, '--config', config], { input: `${secret}\n` });
}

/** Registers a public client and gives its id. */
export async function addClient(gateway: GatewayProcess, name: string, ...options: readonly string[]): Promise<string> {
  const printed = await gateway.cli('clients', 'add', name, '--public', '--json', ...options);
  return (JSON.parse(printed) as { client_id: string }).client_id;
}

/** One answer that came to the program. */
export interface Arrival {
  readonly method: string;
  readonly url: string;
  /** Of the query, or of the form. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A desktop program that listens for its answer (RFC 8252 §7.3). */
export interface Program {
  readonly redirectUri: string;
  readonly arrivals: readonly Arrival[];
  /** The next answer after this call. */
  next(): Promise<Arrival>;
}

/** Starts one on a free port of this loopback address; it ends with the test. */
export async function startProgram(t: Ending, address: '127.0.0.1' | '::1' = '127.0.0.1'): Promise<Program> {
  const arrivals: Arrival[] = [];
  const waiting: ((arrival: Arrival) => void)[] = [];
  const server = createServer((request, response) => {
    void read(request).then((arrival) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>Arrived</title><p>Arrived');
      if (!arrival.url.startsWith('/callback')) return; // the browser wants an icon, too
      arrivals.push(arrival);
      for (const tell of waiting.splice(0)) tell(arrival);
    });
  });
  const port = await listen(server, address);
  t.teardown(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  return {
    redirectUri: `http://${address === '::1' ? '[::1]' : address}:${String(port)}/callback`, arrivals,
    next: () => new Promise((resolve) => { waiting.push(resolve); }),
  };
}

function listen(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, address, () => { resolve((server.address() as AddressInfo).port); });
  });
}

async function read(request: IncomingMessage): Promise<Arrival> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '' } = request;
  const text = method === 'POST' ? Buffer.concat(chunks).toString() : url.split('?')[1] ?? '';
  return { method, url, fields: Object.fromEntries(new URLSearchParams(text)) };
}

/** A request of the desktop client, or of the one named in `more`, with PKCE. */
export interface Asking {
  /** The login page's address. */
  readonly url: string;
  readonly verifier: string;
}

/** Asks for this redirect URI; `more` adds to the parameters or takes their place. */
export function asking(gateway: GatewayProcess, redirectUri: string, more: Readonly<Record<string, string>> = {}, lang = 'en'): Asking {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    response_type: 'code', client_id: 'myq-desktop-client', redirect_uri: redirectUri, scope: 'openid profile jobs', state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256', ...more,
  });
  return { url: `${gateway.issuer}/${lang}/auth?${query.toString()}`, verifier };
}

/** Changes a code for tokens, and gives the claims of the ID token and the token itself. */
export async function exchange(gateway: GatewayProcess, { redirectUri, verifier, code = '', client = 'myq-desktop-client' }: {
  readonly redirectUri: string; readonly verifier: string; readonly code: string | undefined; readonly client?: string;
}): Promise<{ readonly claims: Readonly<Record<string, unknown>>; readonly idToken: string }> {
  const body = new URLSearchParams({ grant_type: 'authorization_code', client_id: client, redirect_uri: redirectUri, code_verifier: verifier, code });
  const answer = await send(gateway, '/api/auth/token', { body: body.toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  if (answer.status !== 200) throw new Error(answer.text);
  const idToken = String(answer.json?.['id_token']);
  return { claims: JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>, idToken };
}

/** Types name and password and sends the form, with the keyboard alone. */
export async function typeIn(page: Page, user: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill('');
  await page.getByLabel('User name').focus();
  await page.keyboard.type(user);
  await page.keyboard.press('Tab');
  await page.keyboard.type(password);
  await page.keyboard.press('Enter');
}

/** One exchange over the wire, as in 'GET 401 /en/auth/windows', with ' Negotiate' at its end if it carried a ticket. */
export type Wire = readonly string[];

/** What this page sends to the gateway from now on; also what the browser repeats by itself. */
export async function wireOf(context: BrowserContext, page: Page, gateway: GatewayProcess): Promise<{ take(): Wire }> {
  const session = await context.newCDPSession(page);
  const urls = new Map<string, { readonly method: string; readonly url: string }[]>();
  const sent: string[] = [];
  await session.send('Network.enable');
  session.on('Network.requestWillBeSent', (e) => { console.error('RWBS', e.requestId, e.request.method, e.request.url.slice(0, 80), e.redirectResponse?.status); });
  session.on('Network.requestWillBeSentExtraInfo', (e) => { console.error('RWBSX', e.requestId, Object.keys(e.headers).join()); });
  session.on('Network.responseReceivedExtraInfo', (e) => { console.error('RRX', e.requestId, e.statusCode, e.headers['www-authenticate']?.slice(0, 30)); });
  void urls; void gateway;
  return { take: () => sent.splice(0) };
}

/** What the browser says that a page's policy forbids, and scripts that fail. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  page.on('pageerror', ({ message }) => { complaints.push(message); });
  return complaints;
}
