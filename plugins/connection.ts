// What belongs to the TCP connection of a request: its channel bindings and its half-open handshake, which dies with it.

import type { TLSSocket } from 'node:tls';
import fp from 'fastify-plugin';
import type { Leg } from '../src/mechanisms/mechanism.ts';
import { tlsServerEndPoint } from '../src/tls/endpoint.ts';

/** The connection's side of a Windows sign-in. */
export interface Connection {
  /** RFC 5929 `tls-server-end-point` application data; undefined where none is defined. */
  readonly channelBindings: Uint8Array | undefined;
  /** Keeps the leg until the next request on this connection, unless too many are open, or it has closed meanwhile: then the leg ends. */
  keep(leg: Leg): 'kept' | 'too-many' | 'closed';
  /** Takes the leg that is open on this connection, if there is one. */
  take(): Leg | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Made at the first use; the same object for every request of one connection. */
    tlsConnection: Connection;
  }
}

export const connectionPlugin = fp(
  async (app) => {
    const { windows } = app.gateway;
    // Without Windows sign-in nobody asks for the connection.
    if (windows === undefined) return;
    const { handshakes } = windows;
    const connections = new WeakMap<TLSSocket, Connection>();
    const bindings = bindingsOfServedCertificate();
    const open = (socket: TLSSocket): Connection => {
      socket.once('close', () => { handshakes.take(socket)?.[Symbol.dispose](); });
      return {
        channelBindings: bindings(socket),
        keep: (leg) => {
          const { remoteAddress } = socket;
          if (remoteAddress !== undefined && !socket.destroyed) return handshakes.keep(socket, leg, remoteAddress) ? 'kept' : 'too-many';
          // It closed while the leg was made: nobody can continue it, and nobody would dispose of it.
          leg[Symbol.dispose]();
          return 'closed';
        },
        take: () => handshakes.take(socket),
      };
    };
    app.decorateRequest('tlsConnection', {
      getter() {
        const socket = this.raw.socket as TLSSocket;
        let connection = connections.get(socket);
        if (connection === undefined) connections.set(socket, connection = open(socket));
        return connection;
      },
    });
  },
  { name: 'connection', fastify: '5.x', dependencies: ['gateway'] },
);

/** Remembers the last certificate's bindings: connections nearly always are served the same one. */
function bindingsOfServedCertificate(): (socket: TLSSocket) => Uint8Array | undefined {
  let last: { readonly der: Buffer; readonly bindings: Uint8Array | undefined } | undefined;
  return (socket) => {
    const der = socket.getX509Certificate()?.raw;
    if (der === undefined) return undefined;
    if (last === undefined || !last.der.equals(der)) last = { der, bindings: tlsServerEndPoint(der) };
    return last.bindings;
  };
}
