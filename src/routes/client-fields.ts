// How a client says who it is: in the body or by Basic authentication (RFC 6749 §2.3.1, RFC 7521 §4.2).

import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { ClientCredentials } from '../clients/authenticate.ts';
import { JWT_BEARER } from '../clients/presented.ts';
import { RequestError } from '../errors.ts';

/** A text of a body. */
export const text = (maxLength: number, description: string) => Type.Optional(Type.String({ maxLength, description }));

/** RFC 6749 §3.2: empty means absent. */
export const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** The fields of a body that authenticate a client. */
export const clientFields = {
  client_id: text(256, 'The client, where no other way names it.'),
  client_secret: text(256, 'Its secret (client_secret_post).'),
  client_assertion: text(8192, 'A JWT that it signed (private_key_jwt, RFC 7523).'),
  client_assertion_type: text(128, JWT_BEARER),
};

/** Of a request in which a client says who it is, for the OpenAPI document: two kinds of body, and Basic or the fields above. */
export const clientRequest = { consumes: ['application/x-www-form-urlencoded', 'application/json'], security: [{ client: [] }, {}] };

type ClientBody = { readonly [K in keyof typeof clientFields]?: string };

/** What the body says of the client. */
export function bodyCredentials(body: ClientBody): ClientCredentials {
  return Object.fromEntries(Object.keys(clientFields).flatMap((name) => {
    const value = given(body[name as keyof ClientBody]);
    return value === undefined ? [] : [[name, value] as const];
  }));
}

/** What body and header say of the client. Throws RequestError for two headers: a proxy may have gone by the other one. */
export function credentialsOf(request: FastifyRequest, body: ClientBody): ClientCredentials {
  const headers = request.raw.headersDistinct['authorization'] ?? [];
  if (headers.length > 1) throw new RequestError('invalid_request', 'The request has more than one Authorization header.');
  const [authorization] = headers;
  return { ...bodyCredentials(body), ...(authorization === undefined ? {} : { authorization }) };
}
