// What must not compile: each `@ts-expect-error` is a mistake that the types catch. `tsc -p .` fails where one of them is no error.

import { prove, type Proof, type ProofFacts } from '../src/identity/proof.ts';
import type { RefusalReason } from '../src/identity/refusal.ts';
import type { Identity, KnownUser } from '../src/identity/resolve.ts';
import type { Leg, Outcome } from '../src/mechanisms/mechanism.ts';
import type { Store } from '../src/stores/store.ts';
import type { Issuer } from '../src/tokens/issue.ts';
import { grantScopes, parseScope, type GrantedScopes } from '../src/tokens/scopes.ts';

declare const issuer: Issuer;
declare const identity: Identity;
declare const proof: Proof;
declare const facts: ProofFacts;
declare const user: KnownUser;
declare const leg: Leg;
declare const store: Store;

/** A token needs an identity and granted scopes, each from the room that makes it. */
export function tokenNeedsIdentity(scopes: GrantedScopes): void {
  void issuer.accessToken(identity, 'client', scopes);
  // @ts-expect-error: a proof is nobody here yet
  void issuer.accessToken(proof, 'client', scopes);
  // @ts-expect-error: nor is a user who has proved nothing
  void issuer.accessToken(user, 'client', scopes);
  // @ts-expect-error: nor an object that looks like an identity
  void issuer.accessToken({ kind: 'identity', user, proof }, 'client', scopes);
  // @ts-expect-error: nor a copy of an identity with another user
  void issuer.accessToken({ ...identity, user }, 'client', scopes);
  // @ts-expect-error: scopes that were asked for are not granted
  void issuer.accessToken(identity, 'client', parseScope('openid'));
  // @ts-expect-error: nor is a list of words
  void issuer.accessToken(identity, 'client', ['openid']);
  void issuer.accessToken(identity, 'client', grantScopes(undefined, ['openid'], identity));
}

/** Scopes are granted to an identity, and facts are a proof only when a mechanism has sealed them. */
export function grantsNeedIdentity(): void {
  // @ts-expect-error: a proof has no rights
  grantScopes(['openid'], ['openid'], proof);
  // @ts-expect-error: nor has a user
  grantScopes(['openid'], ['openid'], user);
  // @ts-expect-error: facts are no proof
  const unproved: Proof = facts;
  // @ts-expect-error: nor is a copy of a proof with another principal
  const copied: Outcome = { kind: 'proved', proof: { ...proof, principal: facts.principal }, reply: new Uint8Array() };
  const proved: Outcome = { kind: 'proved', proof: prove(facts), reply: new Uint8Array() };
  void [unproved, copied, proved];
}

/** All outcomes: complete. */
export function complete(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'proved': return outcome.proof.principal.canonical;
    case 'continue': return outcome.leg.mechanism;
    case 'refused': return outcome.reason;
  }
}

// @ts-expect-error: the outcome `continue` is forgotten, so the end can be reached
export function incomplete(outcome: Outcome): string {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the mistake that is shown
  switch (outcome.kind) {
    case 'proved': return outcome.proof.principal.canonical;
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
  proof.authenticatedAt = 0;
  // @ts-expect-error: so is an identity
  identity.user = user;
  // @ts-expect-error: a promise of a user is no user
  const early: KnownUser | undefined = store.userById('id');
  void [reason, legless, early, leg];
}
