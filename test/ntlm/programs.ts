// Programs that people sign in with by NTLM: curl(1), Python's requests with requests-ntlm, and Chromium.

import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { Member } from '../realm/ad-member.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import type { Answer } from '../realm/http.ts';

/** Whom a program signs in to: the gateway, or who stands in front of it. Both are print.myq.test. */
export type Place = Pick<GatewayProcess, 'port' | 'caFile'>;

const PATH = '/api/auth/negotiate';
const urlOf = ({ port }: Place): string => `https://print.myq.test:${String(port)}${PATH}`;

/**
 * Runs curl on this machine of the domain with these further words, as in ['--ntlm', '--user', 'MYQ\\alice:secret']; gives the last answer
 * of each request. Twice, on one connection if the server lets it, when `times` is 2.
 */
export async function curl(
  member: Member, place: Place, how: readonly string[], { times = 1, environment = {} }: {
    readonly times?: number; readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<readonly (Answer & { readonly connects: number })[]> {
  const mark = randomUUID();
  const url = urlOf(place);
  const words = [
    '--silent', '--show-error', '--include', '--cacert', place.caFile, '--request', 'POST', '--write-out', `${mark} %{num_connects}\\n`,
    ...how, ...Array.from({ length: times }, () => url),
  ];
  const shown = await member.exec('curl', words, { env: environment });
  return shown.trim().split(new RegExp(`(?<=${mark} \\d+)\n`)).map((one) => {
    const [text = '', connects = ''] = one.split(`${mark} `);
    return { ...lastAnswer(text), connects: Number(connects) };
  });
}

/** Of all answers that curl shows one after the other, with their headers. */
function lastAnswer(shown: string): Answer {
  const at = shown.lastIndexOf('HTTP/1.1 ');
  const [head = '', ...rest] = shown.slice(at).split('\r\n\r\n');
  const text = rest.join('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: (.*)/s, 2);
    const key = name.toLowerCase();
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
  }
  return { status: Number(status.split(' ')[1]), headers, text, json: JSON.parse(text) as Answer['json'] };
}

/** The hash of a password is made with MD4, which OpenSSL 3 has only in its legacy provider: importing the backend loads that. */
const python = `
import json, sys
from cryptography.hazmat.backends.openssl import backend
import requests
from requests_ntlm import HttpNtlmAuth
url, ca, user, password, bound = sys.argv[1:]
with requests.Session() as session:
    session.trust_env = False
    session.verify = ca
    session.auth = HttpNtlmAuth(user, password, send_cbt=bound == 'bound')
    answer = session.post(url, json={'scope': 'jobs'})
    print(json.dumps({'status': answer.status_code, 'headers': {k.lower(): v for k, v in answer.headers.items()}, 'text': answer.text}))
`;

/** Signs in with Python's requests, with channel bindings unless told otherwise. */
export async function requestsNtlm(
  member: Member, place: Place, user: string, password: string, bound: 'bound' | 'unbound' = 'bound',
): Promise<Answer> {
  const printed = await member.exec('/usr/bin/python3', ['-c', python, urlOf(place), place.caFile, user, password, bound]);
  const answer = JSON.parse(printed) as Omit<Answer, 'json'>;
  return { ...answer, json: JSON.parse(answer.text) as Answer['json'] };
}

/**
 * Signs in from a page of that place by fetch(), with the name and password that somebody types into the browser's window. The policy of
 * our own pages lets no script run: the browser is told to pass over it.
 */
export async function fetchNtlm(page: Page, { port }: Pick<Place, 'port'>, { user, password }: { readonly user: string; readonly password: string }): Promise<Answer> {
  const context = page.context();
  await (await context.newCDPSession(page)).send('Page.setBypassCSP', { enabled: true });
  await context.setHTTPCredentials({ username: user, password });
  await page.goto(`https://print.myq.test:${String(port)}/health/live`);
  return page.evaluate(async (path) => {
    const answer = await fetch(path, { method: 'POST' });
    const text = await answer.text();
    return { status: answer.status, headers: Object.fromEntries(answer.headers), text, json: JSON.parse(text) as Record<string, unknown> };
  }, PATH);
}
