// Reads how a client presents itself in a request: at most one way, and one client (RFC 6749 §2.3, RFC 7521 §4.2).

import { RequestError } from '../errors.ts';
import { readAssertion, type Assertion } from './assertion.ts';

/** RFC 7523 §2.2. */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** What a request says of its client. An empty parameter counts as absent (RFC 6749 §3.2). */
export interface ClientCredentials {
  /** Every value of the header `Authorization`; a single one may come as it is. */
  readonly authorization?: string | readonly string[] | undefined;
  readonly client_id?: string | undefined;
  readonly client_secret?: string | undefined;
  readonly client_assertion?: string | undefined;
  readonly client_assertion_type?: string | undefined;
}

/** The one way that was taken, with nothing checked yet. */
export type Presented =
  | { readonly method: 'client_secret_basic' | 'client_secret_post'; readonly clientId: string; readonly secret: string }
  | { readonly method: 'private_key_jwt'; readonly clientId: string; readonly assertion: Assertion }
  | { readonly method: 'none'; readonly clientId: string };

/** Throws RequestError `invalid_request` for several ways or several clients at once, `invalid_client` for credentials without form. */
export function presented(request: ClientCredentials): Presented {
  const authorization = [request.authorization ?? []].flat();
  const { client_id: named = '', client_secret: secret = '', client_assertion: assertion = '', client_assertion_type: type = '' } = request;
  const isAsserted = assertion !== '' || type !== '';
  if (authorization.length + Number(secret !== '') + Number(isAsserted) > 1) {
    throw new RequestError('invalid_request', 'The client must authenticate itself in one way only.');
  }
  const [header] = authorization;
  if (header !== undefined) return { method: 'client_secret_basic', ...agreeing(named, readBasic(header)) };
  if (isAsserted) return { method: 'private_key_jwt', ...agreeing(named, asserted(assertion, type)) };
  if (secret !== '') {
    if (named === '') throw new RequestError('invalid_request', 'client_id is missing.');
    return { method: 'client_secret_post', clientId: named, secret };
  }
  if (named === '') throw invalidClient('The request must say which client it comes from.', 'no client_id and no client authentication');
  return { method: 'none', clientId: named };
}

/** A failed authentication. The message is the same for every client that exists and for those that do not; the log has the cause. */
export function invalidClient(message: string, detail: string): RequestError {
  return new RequestError('invalid_client', message, { detail });
}

function agreeing<T extends { readonly clientId: string }>(named: string, credential: T): T {
  if (named === '' || named === credential.clientId) return credential;
  throw new RequestError('invalid_request', 'client_id is another than that of the client authentication.');
}

function asserted(jwt: string, type: string): { readonly clientId: string; readonly assertion: Assertion } {
  if (type !== JWT_BEARER) throw new RequestError('invalid_request', `client_assertion_type must be ${JWT_BEARER}.`);
  if (jwt === '') throw new RequestError('invalid_request', 'client_assertion is missing.');
  const assertion = readAssertion(jwt);
  if ('wrong' in assertion) throw invalidClient('The client assertion has not the form of RFC 7523.', `client assertion: ${assertion.wrong}`);
  return { clientId: assertion.clientId, assertion };
}

/** RFC 7617, with id and secret form-encoded each (RFC 6749 §2.3.1). */
function readBasic(header: string): { readonly clientId: string; readonly secret: string } {
  const [, encoded] = /^basic +([A-Za-z0-9+/]+=*)$/i.exec(header) ?? [];
  if (encoded === undefined && !/^basic(?: |$)/i.test(header)) {
    throw invalidClient('The client must authenticate itself with Basic, or in the body.', 'Authorization has another scheme than Basic');
  }
  const bytes = Buffer.from(encoded ?? '', 'base64');
  // Node's decoder forgives much; only the canonical spelling comes back the same (RFC 4648 §3.5).
  const text = bytes.toString('base64') === encoded ? utf8(bytes) : undefined;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(text ?? '') ?? [];
  const clientId = formDecoded(id);
  const plain = formDecoded(secret);
  if (clientId !== undefined && clientId !== '' && plain !== undefined) return { clientId, secret: plain };
  throw invalidClient('The Authorization header has not the form of RFC 6749 section 2.3.1.', 'Basic credentials cannot be read');
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    // A mark at the beginning is kept: it is no part of any id, and must not be taken for nothing.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Undefined for broken escapes, for what is no UTF-8, and for control characters. */
function formDecoded(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const plain = decodeURIComponent(text.replaceAll('+', ' '));
    return /\p{Cc}/u.test(plain) ? undefined : plain;
  } catch {
    return undefined;
  }
}
