// What on this machine keeps the gateway from starting, told with its cure.

import type { LoadedConfig } from '../config/load.ts';
import { ConfigError, UnavailableError } from '../errors.ts';
import { Negative } from './verb.ts';

/** The cure for a failed listen(2), by error code. */
const cures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has it ("ss -ltnp" shows which); end that one, or set another [Server] Port',
  EACCES: 'this account has no right to such a low port; set [Server] Port to 1024 or more, or give the service CAP_NET_BIND_SERVICE',
};

/** The failures of an address that this machine does not have, or of IPv6 where it is off. */
const noSuchAddress = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/** What to say instead of an error of listening; any other error as it is. */
export function explainListening(error: unknown, { config: { server }, sources }: LoadedConfig): unknown {
  const cause = (error instanceof UnavailableError ? error.cause : error) as NodeJS.ErrnoException | undefined;
  if (cause?.syscall !== 'listen') return error;
  const { code = '', message: detail } = cause;
  if (noSuchAddress.includes(code)) {
    const place = sources['Server.Listen'];
    return new ConfigError(`${place}: [Server] Listen: ${server.listen} is no address of this machine; "ip address" lists them`, { cause });
  }
  const cure = cures[code];
  const message = `cannot listen on ${server.listen}, port ${String(server.port)}${cure === undefined ? '' : `: ${cure}`}`;
  return new UnavailableError(message, { detail, cause });
}

/** What to say instead of an error of loading the server: a shared library that is missing is a fault of the machine and not ours. */
export function explainLoading(error: unknown): unknown {
  // Thrown by gssapi/library.ts with the package to install; that room stands alone and knows no error of ours.
  const missing = error instanceof Error && /^\S+\.so\S* cannot be loaded: /.test(error.message);
  return missing ? new Negative(error.message, { cause: error }) : error;
}
