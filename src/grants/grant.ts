// The interface of all grant types at the token endpoint: first everything is checked, then tokens are issued.

import type { AuthenticatedClient } from '../clients/authenticate.ts';
import type { TokenAnswer } from '../tokens/issue.ts';

/** The parameters of a token request, from a form or from MyQ's JSON; each is a text of limited length. */
export interface TokenRequest {
  readonly grant_type: string;
  readonly scope?: string | undefined;
  readonly code?: string | undefined;
  readonly redirect_uri?: string | undefined;
  readonly code_verifier?: string | undefined;
  readonly refresh_token?: string | undefined;
  /** RFC 8693 §2.1, with `nonce` beside it. */
  readonly subject_token?: string | undefined;
  readonly subject_token_type?: string | undefined;
  readonly requested_token_type?: string | undefined;
  readonly actor_token?: string | undefined;
  readonly actor_token_type?: string | undefined;
  readonly audience?: string | undefined;
  readonly resource?: string | undefined;
  readonly nonce?: string | undefined;
  /** MyQ's object; in a form the same as JSON text. */
  readonly login_info?: unknown;
}

/** Where the request came from, for limits and for the log. */
export interface RequestOrigin {
  readonly address: string;
}

/** The answer, and for whom it is, for the log. */
export interface Issued {
  readonly answer: TokenAnswer;
  /** The user's name; undefined if the client acts for itself. */
  readonly user: string | undefined;
}

/** One value of `grant_type`. */
export interface GrantType<Validated> {
  /** Checks all that can be checked without using anything up. Throws RequestError. */
  validate(request: TokenRequest, client: AuthenticatedClient, origin: RequestOrigin): Promise<Validated>;
  /** Uses up what can be used once, stores what must be kept, then signs. Throws RequestError where the request lost a race. */
  issue(validated: Validated): Promise<Issued>;
}

/** Both halves in a row; what passes between them is the grant type's own affair. */
export type RunGrant = (request: TokenRequest, client: AuthenticatedClient, origin: RequestOrigin) => Promise<Issued>;

/** Makes one of the two. */
export const runGrant = <Validated>({ validate, issue }: GrantType<Validated>): RunGrant =>
  async (request, client, origin) => issue(await validate(request, client, origin));
