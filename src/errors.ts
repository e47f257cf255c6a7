// The failures that are thrown, in three families: wrong request, backend out, wrong configuration.

/** What every thrown failure carries. An ordinary "no" to a credential is a value (identity/refusal.ts), never one of these. */
export interface GatewayErrorOptions {
  /** For the log only; may name files, SPNs, addresses, but never a secret. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** Base of all thrown failures: a stable `code`, an HTTP status, a public message and a private `detail`. */
export abstract class GatewayError extends Error {
  abstract readonly code: string;
  abstract readonly statusCode: number;
  /** The RFC 6749 §5.2 / §4.1.2.1 word that goes on the wire. */
  abstract readonly error: string;
  readonly detail: string | undefined;

  constructor(message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.detail = options.detail;
  }
}

/** OAuth wire words that a wrong request can earn (RFC 6749 §5.2, RFC 6750 §3.1). */
export type RequestErrorWord =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_scope'
  | 'invalid_token'
  | 'insufficient_scope'
  | 'access_denied'
  | 'not_found';

const requestStatus: Readonly<Record<RequestErrorWord, number>> = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_scope: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  access_denied: 403,
  not_found: 404,
};

/** The request itself is wrong; the caller can mend it. */
export class RequestError extends GatewayError {
  readonly code = 'GW_REQUEST';
  readonly statusCode: number;
  readonly error: RequestErrorWord;

  constructor(error: RequestErrorWord, message: string, options: GatewayErrorOptions & { readonly statusCode?: number } = {}) {
    super(message, options);
    this.error = error;
    this.statusCode = options.statusCode ?? requestStatus[error];
  }
}

/** Something the gateway needs (store, replay cache, KDC, directory) is out: 503, and the same request may work later. */
export class UnavailableError extends GatewayError {
  readonly code = 'GW_UNAVAILABLE';
  readonly statusCode = 503;
  readonly error = 'temporarily_unavailable';
}

/** The configuration or the command line is wrong: the program says so in one line and ends with exit code 2. */
export class ConfigError extends GatewayError {
  readonly code = 'GW_CONFIG';
  readonly statusCode = 500;
  readonly error = 'server_error';
}
