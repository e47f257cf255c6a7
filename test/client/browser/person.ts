// A person at a browser that is no browser: opens the login page of a sign-in, types, and has the redirect that leads back to the program.

import { customFetch, type Configuration } from 'openid-client';
import type { Test } from 'tap';
import type { Attempt } from '../../../src/client/method.ts';
import { openServer } from '../../../src/client/server.ts';
import { openTrust } from '../../../src/client/trust/trust.ts';
import { answerOf, Cookies, type Fields } from '../../oauth/provider.ts';
import { visitor } from '../../oauth/visitor.ts';
import type { GatewayProcess } from '../../realm/gateway.ts';
import { reach } from '../place.ts';

export interface Person {
  /** Where the gateway leads the browser after name and password, and what it says of it there. */
  signIn(loginPage: string): Promise<Returning>;
}

export interface Returning {
  readonly address: string;
  readonly answer: Readonly<Record<string, string>>;
}

/** In a browser of his own. */
export function person(gateway: GatewayProcess, user: string, password: string): Person {
  const { signIn } = visitor(gateway, gateway.issuer);
  return {
    signIn: async (loginPage) => {
      const reply = await signIn(fieldsOf(loginPage), new Cookies(), user, password);
      const { location } = reply.headers;
      if (location === undefined) throw new Error(`the gateway leads nowhere: ${String(reply.statusCode)} ${reply.body}`);
      return { address: location, answer: answerOf(reply) };
    },
  };
}

export const fieldsOf = (address: string): Fields => Object.fromEntries(new URL(address).searchParams);

/** The address with other parameters; undefined takes one out. */
export function changed(address: string, changes: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(address);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.href;
}

/** What a way in is given. `lines` has what it told, `sent` the paths of what openid-client asked the gateway after its description. */
export function attemptAt(t: Test, gateway: GatewayProcess, more: Partial<Attempt> = {}) {
  const [lines, sent]: [string[], string[]] = [[], []];
  const { url, connectTo, trust } = reach(gateway);
  const server = openServer({ url, connectTo, trust: openTrust(trust) });
  t.teardown(() => server.close());
  const attempt: Attempt = {
    server: { ...server, oauth: async (clientId) => watched(await server.oauth(clientId), sent) }, clientId: 'myq-desktop-client', scope: undefined, tell: (line) => lines.push(line),
    signal: new AbortController().signal, ...more,
  };
  return { attempt, lines, sent };
}

function watched(configuration: Configuration, sent: string[]): Configuration {
  const { [customFetch]: fetch } = configuration;
  configuration[customFetch] = (address, options) => {
    sent.push(new URL(address).pathname);
    if (!fetch) throw new Error('openid-client would use a fetch of its own');
    return fetch(address, options);
  };
  return configuration;
}
