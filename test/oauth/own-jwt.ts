// JWTs signed with the gateway's own key, whatever they say: what only a fault of the gateway itself could let out.

import type { Gateway } from '../../src/gateway.ts';

export type Json = Readonly<Record<string, unknown>>;

/** base64url of a text as it is, or of a value as JSON. */
export const encoded = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** The header and the claims of a compact JWT. */
export function decoded(token: string): { readonly header: Json; readonly claims: Json } {
  const [header, claims] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
  return { header: JSON.parse(header ?? '') as Json, claims: JSON.parse(claims ?? '') as Json };
}

/** Signs by the algorithm of the key that signs now. */
export async function ownJwt({ keyring }: Gateway, header: Json, payload: unknown): Promise<string> {
  const { privateKey, algorithm, kid } = await keyring.current();
  const text = `${encoded({ alg: algorithm, kid, ...header })}.${encoded(payload)}`;
  const scheme = algorithm === 'RS256' ? { name: 'RSASSA-PKCS1-v1_5' } : { name: 'ECDSA', hash: 'SHA-256' };
  return `${text}.${Buffer.from(await crypto.subtle.sign(scheme, privateKey, Buffer.from(text))).toString('base64url')}`;
}
