// Lets the standard client libraries (openid-client, oauth4webapi) speak to a gateway of a test: their own fetch, by its name, with its CA.

import { send, type Target } from './http.ts';

/** Statuses whose answers have no body (Fetch, "null body status"). */
const bodyless = [204, 205, 304];

/** The options of `fetch`, any of them undefined, as both libraries pass them. */
type FetchOptions = { readonly [Name in keyof RequestInit]?: RequestInit[Name] | undefined };

/**
 * A `fetch` that resolves the gateway's name to this machine and trusts its certificate authority: the `[customFetch]` of both libraries.
 * As in a browser, what cannot be reached is a TypeError; that is every other origin. Redirects are handed back or refused, never followed.
 */
export function gatewayFetch(target: Target): (input: string | URL | Request, options?: FetchOptions) => Promise<Response> {
  const origin = `https://${target.hostname.toLowerCase()}:${String(target.port)}`;
  return async (input, options) => {
    const request = new Request(input, options as RequestInit);
    const url = new URL(request.url);
    if (url.origin !== origin) throw new TypeError(`fetch failed: ${url.origin} is not the gateway ${origin}`);
    const body = request.body === null ? {} : { body: await request.text() };
    const { status, headers, text } = await send(target, `${url.pathname}${url.search}`, {
      method: request.method, headers: Object.fromEntries(request.headers), signal: request.signal, ...body,
    });
    if (status >= 300 && status < 400 && headers.location !== undefined && request.redirect !== 'manual') {
      throw new TypeError(`fetch failed: unexpected redirect to ${headers.location}`);
    }
    const pairs = Object.entries(headers).flatMap(([name, value]) => [value ?? []].flat().map((one): [string, string] => [name, one]));
    return new Response(bodyless.includes(status) ? null : text, { status, headers: pairs });
  };
}
