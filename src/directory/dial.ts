// A verified TLS connection to a domain controller: LDAPS, or StartTLS (RFC 4511 §4.14) before anything else is said.

import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { ExtendedRequest } from 'ldapts';
import { before, type Deadline } from './deadline.ts';
import { exchange } from './exchange.ts';
import { DirectoryFailure } from './failure.ts';
import type { DirectoryUrl } from './settings.ts';
import { dialFailure } from './tls-failure.ts';

const START_TLS = '1.3.6.1.4.1.1466.20037';

export interface DialOptions {
  /** Who may vouch for the controller (trust.ts). */
  readonly trust: SecureContext;
  /** How host names become addresses; by default as the system does. */
  readonly lookup?: LookupFunction | undefined;
}

/** Connects. Rejects with a DirectoryFailure that says what is wrong with the connection or the certificate. */
export async function dial(url: DirectoryUrl, options: DialOptions, end: Deadline): Promise<TLSSocket> {
  const socket = connect({ host: url.host, port: url.port, keepAlive: true, keepAliveInitialDelay: 60_000, lookup: options.lookup });
  // Errors reach whoever waits; one that comes later, when nobody does, must not end the process.
  socket.on('error', () => {});
  try {
    return await before(end, secure(socket, url, options, end), 'no verified TLS connection');
  } catch (error) {
    socket.destroy();
    throw dialFailure(error, url.host);
  }
}

async function secure(socket: Socket, url: DirectoryUrl, { trust }: DialOptions, end: Deadline): Promise<TLSSocket> {
  await once(socket, 'connect');
  if (url.scheme === 'ldap') await startTls(socket, end);
  const secured = connectTls({
    socket,
    secureContext: trust,
    host: url.host,
    ...(isIP(url.host) === 0 ? { servername: url.host } : {}),
    // Said outright, so that no variable of the environment turns it off.
    rejectUnauthorized: true,
  });
  secured.on('error', () => {});
  await once(secured, 'secureConnect');
  return secured;
}

async function startTls(socket: Socket, end: Deadline): Promise<void> {
  // Its state goes with it: what somebody else put into the plain stream after the answer cannot become part of what comes by TLS.
  const plain = exchange(socket);
  const { code, diagnostic } = await plain.ask('extended', (messageId) => new ExtendedRequest({ messageId, oid: START_TLS }), end);
  plain.leave();
  if (!plain.isOpen) throw new DirectoryFailure('out', 'it said more in plain text than the answer to StartTLS');
  if (code === 0) return;
  throw new DirectoryFailure('out', `it refuses StartTLS (result ${code}: ${diagnostic})`, { cure: 'use an ldaps:// URL in Url' });
}
