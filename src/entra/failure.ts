// What goes wrong on the way to Microsoft, in words for the log, with what mends it.

import { UnavailableError } from '../errors.ts';

/** For whoever signs in. */
export const OUT = 'Microsoft cannot be asked right now. Try again in a moment.';

export interface FailureContext {
  readonly host: string;
  /** The time was over. */
  readonly isLate: boolean;
  readonly hasProxy: boolean;
  /** As config.ini calls the section: `Entra`, or `Entra:sales`. */
  readonly section: string;
}

const untrusted = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
];

/** The failure with its cause; one that was described already stays as it is. What was asked, and through which proxy, is not repeated. */
export function failureOf(error: unknown, { host, isLate, hasProxy, section }: FailureContext): UnavailableError {
  if (error instanceof UnavailableError) return error;
  if (isLate) return new UnavailableError(OUT, { detail: `${host} does not answer in time`, cure: wayOut(hasProxy) });
  const { code, message } = innermost(error);
  if (untrusted.includes(code)) {
    return new UnavailableError(OUT, {
      // Behind it Node.js advises what has been done already.
      detail: `the certificate of ${host} is not trusted: ${message.replace(/;.*/s, '')}`,
      cure: `if a proxy of your own looks into TLS, name its authority in CaFile of [${section}]`,
    });
  }
  if (code.startsWith('CERT_') || code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return new UnavailableError(OUT, { detail: `the certificate of ${host} is not good: ${message}`, cure: `see Authority in [${section}], and the clock of this machine` });
  }
  return new UnavailableError(OUT, { detail: `${host} cannot be reached${hasProxy ? ' through the proxy' : ''}: ${message}`, cure: wayOut(hasProxy) });
}

const wayOut = (hasProxy: boolean): string => (hasProxy ? 'see HTTPS_PROXY and NO_PROXY' : 'let this machine reach it, or set HTTPS_PROXY');

function innermost(error: unknown): { readonly code: string; readonly message: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  if (inner instanceof AggregateError) [inner] = inner.errors as unknown[];
  const { code = '', message = String(inner) } = inner as { code?: string; message?: string };
  // Those of OpenSSL end with a new line.
  return { code, message: message.trim() };
}
