// What the tests with a real browser share: a person with a password, and a program that sends him to the login page and waits.

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { exec } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { send } from '../realm/http.ts';
import type { Ending } from '../realm/site.ts';

const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;

/** Of every person here. */
export const PASSWORD = 'correct horse battery';

/** Adds a user with that password. */
export const addUser = (gateway: GatewayProcess, name: string): Promise<string> => fed(gateway, PASSWORD, 'users', 'add', name, '--password-stdin');

/** Runs `myq-gateway` with this line on its standard input, as an admin's script would. */
export function fed(gateway: GatewayProcess, line: string, ...args: readonly string[]): Promise<string> {
  return exec(process.execPath, [main, ...args, '--config', `${gateway.directory}/config.ini`], { input: `${line}\n` });
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
  readonly origin: string;
  readonly redirectUri: string;
  readonly arrivals: readonly Arrival[];
  /** The next answer after this call. */
  next(): Promise<Arrival>;
}

/** Starts one on a free loopback port; it ends with the test. */
export async function startProgram(t: Ending): Promise<Program> {
  const arrivals: Arrival[] = [];
  const waiting: ((arrival: Arrival) => void)[] = [];
  const server = createServer((request, response) => {
    void read(request).then((arrival) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>Arrived</title><p>Arrived');
      if (arrival.url === '/favicon.ico') return;
      arrivals.push(arrival);
      for (const tell of waiting.splice(0)) tell(arrival);
    });
  });
  const port = await listen(server);
  t.teardown(() => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  }));
  const origin = `http://127.0.0.1:${String(port)}`;
  return {
    origin, arrivals,
    redirectUri: `${origin}/callback`,
    next: () => new Promise((resolve) => { waiting.push(resolve); }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => { resolve((server.address() as AddressInfo).port); });
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

/** Does this, and gives the answer that it brings to the program once the browser shows the program's page. */
export async function arrival(page: Page, program: Program, action: () => Promise<unknown>): Promise<Arrival> {
  const [answer] = await Promise.all([program.next(), page.waitForURL(`${program.origin}/**`), action()]);
  return answer;
}

/** What the browser says that a page's policy forbade. */
export function violationsOf(page: Page): readonly string[] {
  const violations: string[] = [];
  page.on('console', (message) => { if (message.text().includes('Content Security Policy')) violations.push(message.text()); });
  return violations;
}
