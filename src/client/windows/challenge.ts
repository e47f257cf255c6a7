// Reads WWW-Authenticate (RFC 9110 §11.6.1): what a server offers, and the token under a scheme.

import type { Answer } from '../http.ts';

export type Scheme = 'Negotiate' | 'NTLM';

/** Each challenge stands alone in its header, or behind a comma; tokens have no comma in them (token68). */
function challenges({ headers }: Pick<Answer, 'headers'>): readonly string[] {
  return [headers['www-authenticate'] ?? []].flat().flatMap((value) => value.split(',')).map((challenge) => challenge.trim());
}

/** Whether the server takes this scheme. */
export function isOffered(answer: Pick<Answer, 'headers'>, scheme: Scheme): boolean {
  return challenges(answer).some((challenge) => challenge.toLowerCase() === scheme.toLowerCase());
}

/** The token under a scheme; undefined where there is none, or several, or one that is no base64. */
export function challengeIn(answer: Pick<Answer, 'headers'>, scheme: Scheme): Uint8Array | undefined {
  const tokens = challenges(answer).flatMap((challenge) => {
    const [name = '', token, ...rest] = challenge.split(/ +/);
    return name.toLowerCase() === scheme.toLowerCase() && token !== undefined && rest.length === 0 ? [token] : [];
  });
  const [token, ...others] = tokens;
  if (token === undefined || others.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(token)) return undefined;
  return Buffer.from(token, 'base64');
}
