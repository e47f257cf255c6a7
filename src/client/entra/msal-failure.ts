// Why MSAL or the broker gave no ID token, told by the code of MSAL's error.

import { ClientError, oneLine } from '../error.ts';

/** As far as MSAL's errors (AuthError) are read. */
interface MsalError {
  readonly name?: unknown;
  readonly errorCode?: unknown;
  readonly message?: unknown;
  /** What the broker said, in more words than MSAL's. */
  readonly platformBrokerError?: { readonly message?: unknown };
}

/** @returns always a ClientError: `entra_interaction_required` if only a person can go on, else `entra_failed` with MSAL's code */
export function msalFailure(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  const { name, errorCode, message, platformBrokerError } = (typeof error === 'object' && error !== null ? error : { message: error }) as MsalError;
  const words = wordsOf(message, platformBrokerError?.message);
  if (errorCode === 'no_account_found') {
    return new ClientError('entra_interaction_required', `nobody is signed in to this computer with an account of Entra ID (${words})`, {
      cause: error, cure: 'Add the work account to the computer, or sign in with the browser.',
    });
  }
  // By name: the broker's package has a copy of MSAL's classes of its own.
  if (name === 'InteractionRequiredAuthError') {
    return new ClientError('entra_interaction_required', `Entra ID wants to ask the person something (${words})`, {
      cause: error, cure: 'Sign in with the browser. If it asks everybody: grant admin consent to the application.',
    });
  }
  return new ClientError('entra_failed', `Entra ID gives no ID token: ${words}`, { cause: error });
}

/** MSAL's own message has the broker's in it for some of its errors. */
function wordsOf(message: unknown, broker: unknown): string {
  const texts = [message, broker].filter((text) => typeof text === 'string' && text !== '').map((text) => oneLine(String(text)));
  const told = texts.filter((text, index) => !texts.some((other, at) => at < index && other.includes(text)));
  return told.length === 0 ? 'no reason is told' : told.join('; ');
}
