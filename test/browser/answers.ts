// What a gateway has answered to a browser, the requests included that a browser repeats by itself and shows to nobody.

import { randomBytes } from 'node:crypto';
import { becomes } from '../realm/exec.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { send } from '../realm/http.ts';

/** For GatewayOptions.environment: the gateway tells of every answer that it gives. */
export const recording = { NODE_OPTIONS: `--import=${new URL('record.ts', import.meta.url).href}` };

/**
 * What a recording gateway has answered since the last call, what a browser repeats by itself included, as in 'GET 401 /en/auth/windows'
 * or, for a request with a ticket, 'GET 302 /en/auth/windows Negotiate'. Without stylesheets and icons.
 */
export function answersOf(gateway: GatewayProcess): () => Promise<readonly string[]> {
  let seen = 0;
  return async () => {
    const mark = `/health/live?${randomBytes(8).toString('hex')}`;
    await send(gateway, mark);
    await becomes(() => gateway.log.some(({ url }) => url === mark));
    const answers = gateway.log.slice(seen).filter(({ msg, url }) => msg === 'answered' && /^\/(?:[a-z]{2}\/)?auth/.test(String(url)));
    seen = gateway.log.length;
    return answers.map(({ method, status, url, hasTicket }) =>
      `${String(method)} ${String(status)} ${String(url).split('?', 1).join('')}${hasTicket === true ? ' Negotiate' : ''}`);
  };
}
