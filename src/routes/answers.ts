// The schemas of answers that several routes give, for the OpenAPI document and for the serialiser.

import { Type } from '@fastify/type-provider-typebox';

export const errorSchema = Type.Object({
  error: Type.String({ description: 'RFC 6749 §5.2' }),
  error_description: Type.String(),
  code: Type.Integer({ description: 'The HTTP status.' }),
  message: Type.String(),
  data: Type.Array(Type.Unknown()),
  reason: Type.Optional(Type.String({ description: 'Why a Windows sign-in or an ID token was refused.' })),
}, { description: 'The error, as MyQ and as RFC 6749 have it.' });

export const tokenSchema = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds.' }),
  scope: Type.String({ description: 'What was granted, which may be less than was asked.' }),
  refresh_token: Type.Optional(Type.String()),
  id_token: Type.Optional(Type.String()),
  issued_token_type: Type.Optional(Type.String({ description: 'Of a token exchange (RFC 8693 §2.2.1).' })),
}, { description: 'Tokens (RFC 6749 §5.1).' });

/** The answers of a route that gives tokens. */
export const tokenAnswers = { 200: tokenSchema, '4xx': errorSchema, 503: errorSchema };
