// The error object that both worlds read: MyQ's `code message data` and RFC 6749's `error error_description`.

export interface ErrorAnswer {
  readonly error: string;
  readonly error_description: string;
  /** The HTTP status. */
  readonly code: number;
  readonly message: string;
  readonly data: readonly never[];
  /** Why a Windows sign-in or an ID token was refused (identity/refusal.ts). */
  readonly reason?: string;
}

/** Builds it. `message` must be fit for strangers. */
export function errorAnswer(status: number, error: string, message: string, reason?: string): ErrorAnswer {
  return { error, error_description: message, code: status, message, data: [], ...(reason === undefined ? {} : { reason }) };
}
