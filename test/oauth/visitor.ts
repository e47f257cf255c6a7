// The steps of the flows at a gateway that is a process of its own: what a person's browser sends, and what a client does.

import type { Agent } from 'node:https';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, type JWTPayload } from 'jose';
import { send, type Target } from '../realm/http.ts';
import type { Reply } from '../routes/app.ts';
import { answerOf, type Cookies, type Fields, formTokenOf, PASSWORD } from './provider.ts';

/** Tokens as they came over the wire. */
export interface ReceivedTokens {
  readonly access_token: string;
  readonly refresh_token: string;
}

export interface Visitor {
  /** Any request; with fields it is a form. */
  ask(url: string, options?: { readonly fields?: Fields; readonly headers?: Fields }): Promise<Reply>;
  /** Opens the login page, or gets the code if the browser is signed in. */
  authorize(query: Fields, cookies: Cookies): Promise<Reply>;
  /** Sends the form of this page; `typed` is what stands in its fields. */
  submit(query: Fields, page: Reply, cookies: Cookies, typed: Fields): Promise<Reply>;
  /** Both of them with a name and a password. */
  signIn(query: Fields, cookies: Cookies, user: string, password?: string): Promise<Reply>;
  /** The code for a browser that is signed in. */
  silentCode(query: Fields, cookies: Cookies): Promise<string>;
  token(fields: Fields): Promise<Reply>;
  /** The claims of an access token, by the keys that are published now. Rejects if it is not good. */
  verified(accessToken: string): Promise<JWTPayload>;
  publishedKeys(): Promise<JSONWebKeySet>;
}

/** A visitor to this gateway. `agent` gives the connections to use now; without it every request has one of its own. */
export function visitor(target: Target, issuer: string, agent: () => Agent | false = () => false): Visitor {
  const ask: Visitor['ask'] = async (url, { fields, headers = {} } = {}) => {
    const form = fields === undefined ? undefined : new URLSearchParams(fields).toString();
    const answer = await send(target, url, {
      agent: agent(),
      headers: { ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }), ...headers },
      ...(form === undefined ? {} : { body: form }),
    });
    return { statusCode: answer.status, headers: answer.headers, body: answer.text, json: <Body>() => JSON.parse(answer.text) as Body };
  };
  const address = (query: Fields): string => `/en/auth?${new URLSearchParams(query).toString()}`;
  const taken = (reply: Reply, cookies: Cookies): Reply => {
    cookies.take(reply);
    return reply;
  };
  const authorize: Visitor['authorize'] = async (query, cookies) => taken(await ask(address(query), { headers: cookies.header }), cookies);
  const submit: Visitor['submit'] = async (query, page, cookies, typed) =>
    taken(await ask(address(query), { fields: { form_token: formTokenOf(page), ...typed }, headers: cookies.header }), cookies);
  const publishedKeys = async (): Promise<JSONWebKeySet> => (await ask('/.well-known/jwks.json')).json<JSONWebKeySet>();
  return {
    ask, authorize, submit, publishedKeys,
    signIn: async (query, cookies, user, password = PASSWORD) =>
      submit(query, await authorize(query, cookies), cookies, { sign_in: 'password', user, password }),
    silentCode: async (query, cookies) => {
      const reply = await authorize(query, cookies);
      const { code } = reply.statusCode === 302 ? answerOf(reply) : {};
      if (code === undefined) throw new Error(`the session is not known: ${String(reply.statusCode)} ${reply.headers.location ?? ''}`);
      return code;
    },
    token: (fields) => ask('/api/auth/token', { fields }),
    verified: async (accessToken) => {
      const { payload } = await jwtVerify(accessToken, createLocalJWKSet(await publishedKeys()), { issuer, audience: issuer, typ: 'at+jwt' });
      return payload;
    },
  };
}
