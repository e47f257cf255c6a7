// Sign-in with a browser: what somebody typed, or his Windows ticket, becomes a session and the answer to the client.

import type { Proof } from '../identity/proof.ts';
import type { Refusal } from '../identity/refusal.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { PasswordMechanism } from '../mechanisms/password.ts';
import type { TypedCredential } from '../mechanisms/password-credential.ts';
import type { Authorizer } from './authorize.ts';
import type { AuthorizationReply } from './reply.ts';
import type { AuthorizationRequest } from './request.ts';
import type { Sessions } from './session.ts';

/** He is signed in: the browser keeps the cookie, the client gets the reply. */
export interface SignedIn {
  readonly kind: 'signed-in';
  readonly identity: Identity;
  readonly cookie: string;
  readonly reply: AuthorizationReply;
}

/** The peer's address, and the session cookie that it sent. */
export interface BrowserOrigin {
  readonly address: string;
  readonly cookie: string | undefined;
}

export interface BrowserSignIn {
  /** With what was typed into the page. */
  withSecret(request: AuthorizationRequest, credential: TypedCredential, from: BrowserOrigin): Promise<SignedIn | Refusal>;
  /** With what a mechanism has proved otherwise. */
  withProof(request: AuthorizationRequest, proof: Proof, cookie: string | undefined): Promise<SignedIn | Refusal>;
}

export interface BrowserSignInOptions {
  readonly passwords: PasswordMechanism;
  readonly resolver: Resolver;
  readonly sessions: Sessions;
  readonly authorizer: Authorizer;
}

/** Builds it. */
export function browserSignIn({ passwords, resolver, sessions, authorizer }: BrowserSignInOptions): BrowserSignIn {
  const withProof: BrowserSignIn['withProof'] = async (request, proof, formerCookie) => {
    const identity = await resolver.prove(proof);
    if (identity.kind === 'refused') return identity;
    const { session, cookie } = await sessions.begin(identity, formerCookie);
    return { kind: 'signed-in', identity, cookie, reply: await authorizer.afterSignIn(request, session) };
  };
  return {
    withProof,
    withSecret: async (request, credential, { address, cookie }) => {
      const outcome = await passwords.check(credential, { address, clientId: request.client.id });
      return outcome.kind === 'refused' ? outcome : withProof(request, outcome.proof, cookie);
    },
  };
}
