// Why a connection to a server could not be opened, in words that say what to look at.

import { ClientError, oneLine } from '../error.ts';
import { endOf } from '../until-ended.ts';

/** @param error what net.connect or tls.connect gave */
export function connectFailure(error: unknown, host: string, port: number): ClientError {
  if (error instanceof ClientError) return error;
  const { message = String(error) } = (error ?? {}) as Partial<Error>;
  const code = codeOf(error);
  const whom = `${oneLine(host)}:${String(port)}`;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) return abortFailure(error, host, port);
  const [what, cure] = unreachable[code] ?? [];
  if (what !== undefined) return new ClientError('unreachable', `${whom} cannot be reached: ${what}`, { cause: error, cure });
  if (/wrong version number|packet length too long|http request/i.test(message)) {
    return new ClientError('tls_failed', `${whom} does not speak TLS`, { cause: error, cure: 'Check the port: sign-in is spoken over HTTPS only.' });
  }
  if (/protocol version|unsupported protocol|no protocols available/i.test(message)) {
    return new ClientError('tls_failed', `${whom} speaks no TLS 1.2 or newer`, { cause: error, cure: 'Switch TLS 1.2 on at the server.' });
  }
  if (code.startsWith('ERR_SSL') || code === 'EPROTO' || code === 'ECONNRESET') {
    return new ClientError('tls_failed', `no TLS connection to ${whom} comes about: ${oneLine(message)}`, { cause: error });
  }
  return new ClientError('unreachable', `${whom} cannot be reached: ${oneLine(code || message)}`, { cause: error });
}

/** @param reason that of an AbortSignal */
export const abortFailure = (reason: unknown, host: string, port: number): ClientError =>
  endOf(reason, `${oneLine(host)}:${String(port)} does not answer in time`);

/** Node.js' and undici's code of an error, or an empty text: a DOMException has a number there. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

const unreachable: Readonly<Record<string, readonly [string, string]>> = {
  ENOTFOUND: ['no such name in the DNS', 'Check the spelling of the name, and the DNS of this computer.'],
  EAI_AGAIN: ['the DNS does not answer', 'Check the network of this computer.'],
  ECONNREFUSED: ['nothing listens there', 'Check the port, and that the server runs.'],
  EHOSTUNREACH: ['there is no way to this host', 'Check the network of this computer.'],
  ENETUNREACH: ['there is no way to this network', 'Check the network of this computer.'],
  ETIMEDOUT: ['it does not answer', 'Check the port and the firewalls on the way.'],
};
