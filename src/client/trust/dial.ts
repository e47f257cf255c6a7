// Opens a TLS connection to a server, and hands it out only when its certificate is trusted: not a byte is sent before.

import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { ClientError, oneLine } from '../error.ts';
import type { CertificateFault } from './certificate.ts';
import { faultsOf, isFor, shown, type Presented } from './certificate-checks.ts';
import { untilEnded } from '../until-ended.ts';
import { abortFailure, connectFailure } from './connect-failure.ts';
import type { Trust } from './trust.ts';

export interface Destination {
  /** A name, or an address without brackets, in lower case: what the certificate must be for. */
  readonly host: string;
  readonly port: number;
  /** Where to connect to instead of what the name resolves to: `host` or `host:port`. The certificate must still be for `host`. */
  readonly connectTo?: { readonly host: string; readonly port: number } | undefined;
}

export interface Dialed {
  readonly socket: TLSSocket;
  /** What the server showed on it. */
  readonly certificate: X509Certificate;
}

export interface DialOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for a TCP and TLS handshake. Default 10,000. */
  readonly timeout?: number | undefined;
}

const TIMEOUT = 10_000;
/** Certificates that one connection asks about: some nodes behind one name have one each, but nobody honest shows ever new ones. */
const MAX_QUESTIONS = 8;

/**
 * A connection to be used at once, TLS 1.2 or newer, HTTP/1.1.
 * @throws ClientError `unreachable`, `tls_failed`, `timed_out`, `cancelled`; CertificateError if its certificate is not trusted
 */
export async function dial(destination: Destination, trust: Trust, { signal, timeout = TIMEOUT }: DialOptions = {}): Promise<Dialed> {
  const { host, port } = destination;
  // A person may take minutes to answer, and no server waits so long: after his yes the connection is opened anew, and judged anew.
  for (let questions = 0; questions < MAX_QUESTIONS; questions++) {
    const socket = await open(destination, trust, signal, timeout);
    try {
      const presented = presentedBy(socket);
      const { certificate } = presented;
      const faults = faultsOf(presented, trust.authorities.certificates, host, Date.now());
      if (faults.length === 0 && socket.authorized) return { socket, certificate };
      const question = { host, port, certificate: shown(certificate), faults: faults.length > 0 ? faults : [unknownFault(presented)] };
      if (await trust.isAccepted(question)) return { socket, certificate };
      socket.destroy();
      // The question stays with the person, but whoever has cancelled waits no more for the answer.
      await (signal ? untilEnded(() => trust.askFor(question), signal) : trust.askFor(question));
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }
  throw new ClientError('tls_failed', `${oneLine(host)}:${String(port)} shows another certificate at each connection`);
}

/** Never reached while our checks and OpenSSL's agree; if they do not, the stricter one counts. */
const unknownFault = ({ complaint = 'no complaint' }: Presented): CertificateFault => ({ check: 'chain', text: `it does not pass the check (${complaint})` });

const WRONG_NAME = 'WRONG_NAME';
const wrongName = (): Error => Object.assign(new Error(WRONG_NAME), { code: WRONG_NAME });

function open({ host, port, connectTo }: Destination, trust: Trust, signal: AbortSignal | undefined, timeout: number): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(abortFailure(signal.reason, host, port));
    const socket = connect({
      host: connectTo?.host ?? host, port: connectTo?.port ?? port, secureContext: trust.authorities.context, minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'], ...(isIP(host) === 0 ? { servername: host } : {}),
      // The handshake ends in any case, so that the certificate can be shown; dial() judges it before anything is sent.
      rejectUnauthorized: false,
      checkServerIdentity: (_, { raw }) => (isFor(new X509Certificate(raw), host) ? undefined : wrongName()),
    });
    const late = setTimeout(() => { fail(new DOMException('too late', 'TimeoutError')); }, timeout);
    const abort = (): void => { fail(abortFailure(signal?.reason, host, port)); };
    const settle = (): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (reason: unknown): void => {
      settle();
      socket.destroy();
      reject(connectFailure(reason, host, port));
    };
    signal?.addEventListener('abort', abort, { once: true });
    const closed = (): void => { fail(Object.assign(new Error('the server closes the connection'), { code: 'ECONNRESET' })); };
    socket.once('error', fail).once('close', closed).once('secureConnect', () => {
      settle();
      socket.off('error', fail).off('close', closed);
      // Between here and its user the connection may break: whoever uses it next finds it closed.
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** Once for each connection: Node.js takes the certificate out of it. */
function presentedBy(socket: TLSSocket): Presented {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) throw new ClientError('tls_failed', 'the server shows no certificate');
  const error = socket.authorizationError as unknown;
  return { certificate, complaint: socket.authorized || error === WRONG_NAME ? undefined : String(error) };
}
