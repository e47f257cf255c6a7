// What the answers to a browser have in common: checks for pages, for errors on pages, and for errors that go to the client.

import { createHash } from 'node:crypto';
import type { Test } from 'tap';
import type { Reply } from '../routes/app.ts';
import { elementsOf, faultsOf } from '../routes/pages/markup.ts';
import { answerOf, type Provider } from './provider.ts';

/** The whole policy of a page whose form may lead there, besides to us, and on from there. */
export function policy(formAction?: string, scriptHash?: string): string {
  const script = scriptHash === undefined ? '' : `script-src ${scriptHash}; `;
  const onward = formAction?.startsWith('https:') === true ? 'https:' : 'https: http://127.0.0.1:* http://localhost:*';
  const target = formAction === undefined ? '' : ` ${formAction} ${onward}`;
  return `default-src 'none'; style-src 'self'; img-src 'self'; ${script}form-action 'self'${target}; base-uri 'none'; frame-ancestors 'none'`;
}

/** The cookies that an answer sets, by name, with the whole line. */
export function cookiesOf({ headers }: Reply): ReadonlyMap<string, string> {
  return new Map((headers['set-cookie'] ?? []).map((line) => [line.split('=', 1)[0] ?? '', line]));
}

/** What a page says it is; for the message of a check. */
const titleOf = ({ body }: Reply): string => /<title>(.*?)<\/title>/.exec(body)?.[1] ?? 'no page';

/** A whole, well-formed page under its policy, which leads nowhere by itself and runs nothing. */
export function isPage(t: Test, reply: Reply, status: number, formAction?: string): void {
  t.equal(reply.statusCode, status, titleOf(reply));
  t.match(reply.headers, {
    'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY',
  });
  t.equal(reply.headers['content-security-policy'], policy(formAction));
  t.equal(reply.headers.location, undefined);
  t.strictSame(faultsOf(reply.body), []);
  t.strictSame(elementsOf(reply.body).filter(({ name }) => ['script', 'style', 'iframe', 'img', 'object', 'base'].includes(name)), []);
}

/** A page for the person, since nobody may be sent anywhere; nobody is signed in by it. */
export function isErrorPage(t: Test, reply: Reply, status: number, code: string): void {
  isPage(t, reply, status);
  t.ok(elementsOf(reply.body).some(({ name, text }) => name === 'dd' && text === code), `it tells ${code}`);
  t.notMatch(reply.body, /<form/);
  t.notOk(cookiesOf(reply).has('__Host-myq-session'));
}

/** The login page, with a form that leads on to the client; nobody is signed in by it. */
export function isLoginPage(t: Test, reply: Reply, status: number, formAction: string): void {
  isPage(t, reply, status, formAction);
  t.match(reply.body, /name="password"/);
  t.notOk(cookiesOf(reply).has('__Host-myq-session'));
}

/** An error that goes to the client in the query, with its state and our name (RFC 6749 §4.1.2.1, RFC 9207). */
export function isErrorReply(t: Test, provider: Provider, reply: Reply, redirectUri: string, error: string): void {
  t.equal(reply.statusCode, 302, titleOf(reply));
  const { location = '' } = reply.headers;
  t.ok(location.startsWith(redirectUri), location);
  t.notMatch(location, /#/);
  const { error_description: description, ...answer } = answerOf(reply);
  t.strictSame(answer, { error, state: 'a state', iss: provider.gateway.issuer });
  t.match(description, /^[\x20-\x21\x23-\x5B\x5D-\x7E]{10,}$/, 'the characters of RFC 6749 §4.1.2.1');
  t.notOk(cookiesOf(reply).has('__Host-myq-session'));
}

/** The page that posts an answer to the client (Form Post Response Mode); gives the fields. */
export function formPostOf(t: Test, reply: Reply, action: string): Readonly<Record<string, string>> {
  const elements = elementsOf(reply.body);
  const scripts = elements.filter(({ name }) => name === 'script');
  const hash = `'sha256-${createHash('sha256').update(scripts[0]?.text ?? '').digest('base64')}'`;
  t.equal(reply.statusCode, 200, titleOf(reply));
  t.equal(reply.headers.location, undefined);
  t.equal(scripts.length, 1);
  t.equal(reply.headers['content-security-policy'], policy(new URL(action).origin, hash));
  t.strictSame(faultsOf(reply.body), []);
  t.strictSame(elements.filter(({ name }) => name === 'form').map(({ attributes }) => attributes.get('action')), [action]);
  return Object.fromEntries(elements.filter(({ name }) => name === 'input').map(({ attributes }) => [attributes.get('name') ?? '', attributes.get('value') ?? '']));
}
