// Which redirect URIs may be registered, and which of them an asked one means (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).

import { RequestError } from '../errors.ts';
import { authorityFault, characterFault, isPort, pathFault, privateUseFault, uriParts } from './uri-fault.ts';

/** What the answer itself puts into the query (RFC 6749 §4.1.2, RFC 9207, OIDC Core): it would be there twice. */
const answerParameters = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'response', 'session_state', 'id_token', 'access_token'];

/**
 * What is wrong with a redirect URI to be registered, as words that follow the URI; undefined if nothing is. Good are `https`,
 * `http` on this machine, and private-use schemes with a dot.
 */
export function redirectUriFault(uri: string): string | undefined {
  const characters = characterFault(uri);
  if (characters !== undefined) return characters;
  const parts = uriParts(uri);
  if (parts === undefined) return 'must be absolute, such as https://app.example.com/callback';
  const { scheme, authority, path, query } = parts;
  if (scheme !== scheme.toLowerCase()) return 'must have its scheme in lower case';
  const place = scheme === 'https' || scheme === 'http' ? authorityFault(scheme, authority) : privateUseFault(parts);
  const doubled = [...new URLSearchParams(query).keys()].find((name) => answerParameters.includes(name));
  return place ?? pathFault(path) ?? (doubled === undefined ? undefined : `must have no ${doubled} in its query: the answer has one`);
}

/** The same for a URI to go to after signing out (OIDC RP-Initiated Logout §3.1). */
export function postLogoutUriFault(uri: string): string | undefined {
  return redirectUriFault(uri);
}

/** What is wrong with an origin to be registered, as words that follow it: it must be as browsers send it (RFC 6454 §6.2). */
export function originFault(origin: string): string | undefined {
  const fault = characterFault(origin);
  if (fault !== undefined) return fault;
  const [, scheme, authority] = /^(https?):\/\/([^/?]+)$/.exec(origin) ?? [];
  if (scheme === undefined) return 'must be an origin and nothing more, such as https://app.example.com or http://localhost:3000';
  const place = authorityFault(scheme as 'http' | 'https', authority);
  if (place !== undefined) return place;
  const sent = new URL(origin).origin;
  return sent === origin ? undefined : `must be as browsers send it: ${sent}`;
}

/**
 * Whether the redirect URI of a request is one of the registered ones. They are compared as strings: whatever is normalised first
 * can be made to mean two things (CVE-2020-15233, CVE-2020-15234). Only the port of a public client's loopback URI is
 * free, because its system gives it one at each start (RFC 8252 §7.3).
 */
export function matchRedirectUri(asked: string, registered: readonly string[], isPublic: boolean): boolean {
  if (registered.includes(asked)) return true;
  const wanted = isPublic ? loopback(asked) : undefined;
  if (wanted === undefined) return false;
  return registered.map(loopback).some((one) => one !== undefined && one.host === wanted.host && one.rest === wanted.rest);
}

/** A loopback URI without its port. Whatever follows the port must be a path, a query or nothing. */
function loopback(uri: string): { readonly host: string; readonly rest: string } | undefined {
  const [start, host, port] = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost)(?::(\d{1,5}))?(?=[/?]|$)/.exec(uri) ?? [];
  if (start === undefined || host === undefined || (port !== undefined && !isPort(port))) return undefined;
  return { host, rest: uri.slice(start.length) };
}

/**
 * The source for `form-action` of the Content-Security-Policy that lets a form's answer redirect to this URI: `https://host:port`, or
 * the scheme where the policy has no word for the host (CSP Level 3, "host-part": names, and of all addresses 127.0.0.1).
 * The URI is one that `matchRedirectUri` has found. Throws RequestError `invalid_request` for what could not be registered.
 */
export function redirectOrigin(uri: string): string {
  const { scheme, authority = '' } = uriParts(uri) ?? {};
  if (scheme === undefined || redirectUriFault(uri) !== undefined) throw new RequestError('invalid_request', 'redirect_uri is not usable');
  if (scheme !== 'https' && scheme !== 'http') return `${scheme}:`;
  const { hostname, origin } = new URL(`${scheme}://${authority}`);
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname);
  return (isAddress && hostname !== '127.0.0.1') || hostname.includes('_') ? `${scheme}:` : origin;
}
