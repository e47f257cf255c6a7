// The interface of all mechanisms: a credential goes in, an outcome comes out. Mechanisms know no HTTP and no accounts.

import type { Proof } from '../identity/proof.ts';
import type { Refusal } from '../identity/refusal.ts';

/** A handshake that waits for its next leg. It belongs to one connection and is disposed with it. */
export interface Leg extends Disposable {
  readonly mechanism: string;
}

/** What a mechanism may know of where the credential came from. */
export interface StepContext {
  /** The peer's IP address. */
  readonly address: string;
  /** The host under which the client says that it called the gateway, printable and without port; undefined if it does not say. */
  readonly calledAs: string | undefined;
  /** RFC 5929 `tls-server-end-point` application data of this very connection; undefined where none is defined. */
  readonly channelBindings: Uint8Array | undefined;
}

/**
 * The three ordinary answers. `reply` is for the client: the mutual-authentication token of a proof, or the challenge of a
 * further leg. A fault (store, KDC, replay cache out) is no outcome: it throws UnavailableError.
 */
export type Outcome =
  | { readonly kind: 'proved'; readonly proof: Proof; readonly reply: Uint8Array }
  | { readonly kind: 'continue'; readonly reply: Uint8Array; readonly leg: Leg }
  | Refusal;

/** One way to prove who is calling. */
export interface Mechanism<Credential> {
  readonly name: string;
  /**
   * Takes one leg. A `pending` leg is consumed: it is either returned in a `continue` or disposed, and never to be used again.
   */
  step(credential: Credential, pending: Leg | undefined, context: StepContext): Outcome | Promise<Outcome>;
}
