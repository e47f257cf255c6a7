// The failures that are thrown, in three families: wrong request, backend out, wrong configuration.

/** What every thrown failure carries. An ordinary "no" to a credential is a value (identity/refusal.ts), never one of these. */
export interface GatewayErrorOptions {
  /** For the log only; may name files, SPNs, addresses, but never a secret. */
  readonly detail?: string;
  /** For the log only: the client that was found out before it went wrong. */
  readonly clientId?: string;
  /** For the log only: of a refusal (identity/refusal.ts) that the public word hides, its stable code, its cure, and whom it was about. */
  readonly reason?: string | undefined;
  readonly cure?: string | undefined;
  readonly user?: string | undefined;
  /** The answer names the reason, too: whoever holds the credential may know what is wrong with it. */
  readonly isReasonPublic?: boolean;
  readonly cause?: unknown;
}

/** Base of all thrown failures: a stable `code`, an HTTP status, a public message and a private `detail`. */
export abstract class GatewayError extends Error {
  abstract readonly code: string;
  abstract readonly statusCode: number;
  /** The RFC 6749 §5.2 / §4.1.2.1 word that goes on the wire. */
  abstract readonly error: string;
  readonly detail: string | undefined;
  readonly reason: string | undefined;
  readonly cure: string | undefined;
  readonly user: string | undefined;
  readonly isReasonPublic: boolean;
  clientId: string | undefined;

  constructor(message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.detail = options.detail;
    this.reason = options.reason;
    this.cure = options.cure;
    this.user = options.user;
    this.isReasonPublic = options.isReasonPublic ?? false;
    this.clientId = options.clientId;
  }
}

/**
 * Wire words that a wrong request can earn, and their status (RFC 6749 §4.1.2.1, §5.2, RFC 6750 §3.1, RFC 8693 §2.2.2,
 * OIDC Core §3.1.2.6).
 */
const requestStatus = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  invalid_scope: 400,
  invalid_target: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_response_type: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  login_required: 401,
  invalid_token: 401,
  insufficient_scope: 403,
  access_denied: 403,
  not_found: 404,
} as const;

export type RequestErrorWord = keyof typeof requestStatus;

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
  /** What is out, for whoever can go on without it. */
  readonly of: 'directory' | undefined;

  constructor(message: string, options: GatewayErrorOptions & { readonly of?: 'directory' } = {}) {
    super(message, options);
    this.of = options.of;
  }
}

/** The configuration or the command line is wrong: the program says so in one line and ends with exit code 2. */
export class ConfigError extends GatewayError {
  readonly code = 'GW_CONFIG';
  readonly statusCode = 500;
  readonly error = 'server_error';
}
