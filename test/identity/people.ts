// Proofs and identities of people, for tests of what comes after a mechanism.

import { noAccounts } from '../../src/identity/account.ts';
import type { Authentication } from '../../src/identity/authentication.ts';
import type { EntraPeople } from '../../src/identity/entra-people.ts';
import { parsePrincipal } from '../../src/identity/principal.ts';
import { prove, type Proof } from '../../src/identity/proof.ts';
import { resolver, type Identity, type ResolveOptions, type Resolver } from '../../src/identity/resolve.ts';
import type { Subject } from '../../src/identity/subject.ts';
import { everyUsersScopes } from '../../src/tokens/scopes.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { NewUser, UserRecord } from '../../src/stores/user-store.ts';

/** Where no tenant is set. */
const noTenants: EntraPeople = {
  isAllowed: () => false,
  mayRefresh: () => false,
  rulesOf: () => ({ userName: 'userPrincipalName', pairByObjectId: true, trustsSids: false }),
  person: async () => ({ kind: 'absent' }),
};

/** A resolver for users of MYQ.TEST and no directory, but for what is told otherwise. */
export function resolverOf(options: Pick<ResolveOptions, 'directory'> & Partial<ResolveOptions>): Resolver {
  return resolver({
    realms: () => ['MYQ.TEST'], unknownUsers: 'Reject', accounts: noAccounts, entra: noTenants, rules: [], everybody: everyUsersScopes, groupLifetime: 36_000,
    now: () => 1_700_000_000, warn: (message) => { throw new Error(message); }, ...options,
  });
}

/** What is to be other than in a usual proof. */
export type ProofChange = Partial<Authentication> & { readonly sids?: readonly string[] };

/** A proof by a ticket for the principal that is displayed so. */
export function proofOf(display: string, change: ProofChange = {}): Proof {
  const principal = parsePrincipal(Buffer.from(display));
  if ('why' in principal) throw new Error(principal.why);
  const { sids = [], ...authentication } = change;
  return prove({
    mechanism: 'kerberos', subject: { kind: 'principal', principal }, sids,
    authentication: { at: 1_700_000_000, methods: ['wia'], channelBinding: 'none', ...authentication },
  });
}

/** A proof by a password of this user; with SIDs by that of the domain. */
export function passwordProofOf(user: Omit<Extract<Subject, { readonly kind: 'user' }>, 'kind'>, sids: readonly string[] = []): Proof {
  const { id, name, epoch } = user;
  return prove({ mechanism: 'password', subject: { kind: 'user', id, name, epoch }, authentication: { at: 1_700_000_000, methods: ['pwd'] }, sids });
}

type Newcomer = Partial<NewUser> & { readonly name: string };

/** A user of a store of his own, signed in as `<name>@MYQ.TEST`. */
export function identityOf(user: Newcomer, change: ProofChange = {}): Promise<Identity> {
  return signedIn({ aliases: [`${user.name}@MYQ.TEST`], scopes: [], ...user }, () => proofOf(`${user.name}@MYQ.TEST`, change));
}

/** The same by a password. */
export function passwordIdentityOf(user: Newcomer): Promise<Identity> {
  return signedIn({ aliases: [], scopes: [], ...user }, passwordProofOf);
}

async function signedIn(user: NewUser, proofFor: (user: UserRecord) => Proof): Promise<Identity> {
  const store = openSqlite(':memory:');
  try {
    const { prove: identify } = resolverOf({ directory: store });
    const identity = await identify(proofFor(await store.addUser(user)));
    if (identity.kind === 'refused') throw new Error(identity.detail);
    return identity;
  } finally {
    await store.close();
  }
}
