// What must not compile: each `@ts-expect-error` is a mistake that the types catch. `tsc -p .` fails where one of them is no error.

import type { AuthenticatedClient } from '../src/clients/authenticate.ts';
import type { Introspect } from '../src/grants/introspection.ts';
import type { UserTokens } from '../src/grants/user-tokens.ts';
import { prove, type Proof, type ProofFacts } from '../src/identity/proof.ts';
import type { RefusalReason } from '../src/identity/refusal.ts';
import type { Identity, Resolver } from '../src/identity/resolve.ts';
import type { KnownUser } from '../src/identity/user.ts';
import type { Leg, Outcome } from '../src/mechanisms/mechanism.ts';
import type { Client, ClientRecord } from '../src/stores/client-store.ts';
import type { Store } from '../src/stores/store.ts';
import { grantAgain, grantToClient, grantToUser, type ClientGranted, type UserGranted } from '../src/tokens/granted.ts';
import type { Issuer } from '../src/tokens/issue.ts';

declare const issuer: Issuer;
declare const identity: Identity;
declare const proof: Proof;
declare const facts: ProofFacts;
declare const user: KnownUser;
declare const leg: Leg;
declare const store: Store;
declare const resolver: Resolver;
declare const client: Client;
declare const record: ClientRecord;
declare const authenticated: AuthenticatedClient;

/** A token needs what was granted, from the one room that grants. */
export function tokenNeedsGrant(users: UserGranted, clients: ClientGranted): void {
  void issuer.accessToken(users);
  void issuer.accessToken(clients, { id: 'grant', expiresAt: 1 });
  void issuer.accessToken(grantToUser(['openid'], client, identity));
  void issuer.accessToken(grantToClient(undefined, client));
  // @ts-expect-error: an object that looks like a grant is none
  void issuer.accessToken({ clientId: 'client', identity, scopes: ['openid'] });
  // @ts-expect-error: nor is a copy of one with more scopes
  void issuer.accessToken({ ...users, scopes: ['impersonate'] });
  // @ts-expect-error: nor is a copy of one for another client
  void issuer.accessToken({ ...clients, clientId: 'other' });
  // @ts-expect-error: an identity alone was granted nothing
  void issuer.accessToken(identity);
  // @ts-expect-error: nor was a proof
  void issuer.accessToken(proof);
  // @ts-expect-error: an ID token speaks of a user, so what was granted to a client alone earns none
  void issuer.idToken(clients, 'token', {});
  // @ts-expect-error: a grant for a user is none for a client itself
  const own: ClientGranted = users;
  // @ts-expect-error: what was granted stays so
  users.scopes = ['impersonate'];
  void own;
}

/** Scopes are granted to an identity. */
export function grantNeedsIdentity(users: UserTokens): void {
  // @ts-expect-error: a proof has no rights
  grantToUser(['openid'], client, proof);
  // @ts-expect-error: nor has a user who has proved nothing
  grantToUser(['openid'], client, user);
  // @ts-expect-error: nor has an object that looks like an identity
  grantToUser(['openid'], client, { kind: 'identity', user, authentication: proof.authentication });
  // @ts-expect-error: nor has a copy of an identity with another user
  grantToUser(['openid'], client, { ...identity, user });
  // @ts-expect-error: nor has he when it is only again
  grantAgain(undefined, ['openid'], client, user);
  // @ts-expect-error: tokens are for an identity, too
  void users.signIn(user, client, ['openid']);
}

/** An identity comes of a proof, and facts are a proof only when a mechanism has sealed them. */
export function identityNeedsProof(): void {
  // @ts-expect-error: facts are no proof
  const unproved: Proof = facts;
  // @ts-expect-error: nor is a copy of a proof with another subject
  const copied: Outcome = { kind: 'proved', proof: { ...proof, subject: facts.subject }, reply: new Uint8Array() };
  // @ts-expect-error: nobody is identified by facts
  void resolver.prove(facts);
  // @ts-expect-error: whom to recall must say how he proved himself
  void resolver.recall({ userId: 'id', epoch: 0 });
  const proved: Outcome = { kind: 'proved', proof: prove(facts), reply: new Uint8Array() };
  void [unproved, copied, proved];
}

/** Who asks as a client must have authenticated itself. */
export function clientMustAuthenticate(introspect: Introspect): void {
  void introspect('token', authenticated);
  // @ts-expect-error: that it is registered is not enough
  void introspect('token', record);
  // @ts-expect-error: nor is that it says so
  void introspect('token', { client: record, method: 'client_secret_basic' });
  // @ts-expect-error: nor is that another one did
  void introspect('token', { ...authenticated, client: record });
}

/** All outcomes: complete. */
export function complete(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'proved': return outcome.proof.mechanism;
    case 'continue': return outcome.leg.mechanism;
    case 'refused': return outcome.reason;
  }
}

// @ts-expect-error: the outcome `continue` is forgotten, so the end can be reached
export function incomplete(outcome: Outcome): string {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the mistake that is shown
  switch (outcome.kind) {
    case 'proved': return outcome.proof.mechanism;
    case 'refused': return outcome.reason;
  }
}

/** Reasons are a closed list, values cannot be changed, and a store is asynchronous. */
export function closedAndReadonly(outcome: Outcome): void {
  // @ts-expect-error: no such reason
  const reason: RefusalReason = 'bad_luck';
  // @ts-expect-error: a refusal has no proof
  if (outcome.kind === 'refused') void outcome.proof;
  // @ts-expect-error: a continuation carries its leg
  const legless: Outcome = { kind: 'continue', reply: new Uint8Array() };
  // @ts-expect-error: a proof is what it was
  proof.authentication.at = 0;
  // @ts-expect-error: so is an identity
  identity.user = user;
  // @ts-expect-error: a promise of a user is no user
  const early: KnownUser | undefined = store.userById('id');
  void [reason, legless, early, leg];
}
