// Proofs and identities of people, for tests of what comes after a mechanism.

import { parsePrincipal } from '../../src/identity/principal.ts';
import { prove, type Proof, type ProofFacts } from '../../src/identity/proof.ts';
import { resolver, type Identity } from '../../src/identity/resolve.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { NewUser } from '../../src/stores/store.ts';

/** A proof for the principal that is displayed so. */
export function proofOf(display: string, facts: Partial<ProofFacts> = {}): Proof {
  const principal = parsePrincipal(Buffer.from(display));
  if ('why' in principal) throw new Error(principal.why);
  const usual: ProofFacts = {
    mechanism: 'kerberos', principal, authenticatedAt: 1_700_000_000, methods: ['wia'], channelBinding: 'none', sids: [],
  };
  return prove({ ...usual, ...facts });
}

/** A user of a store of his own, signed in as `<name>@MYQ.TEST`. */
export async function identityOf(user: Partial<NewUser> & { readonly name: string }, facts: Partial<ProofFacts> = {}): Promise<Identity> {
  const store = openSqlite(':memory:');
  try {
    await store.addUser({ aliases: [`${user.name}@MYQ.TEST`], scopes: [], ...user });
    const resolve = resolver({ directory: store, realms: () => ['MYQ.TEST'], unknownUsers: 'Reject' });
    const identity = await resolve(proofOf(`${user.name}@MYQ.TEST`, facts));
    if (identity.kind === 'refused') throw new Error(identity.detail);
    return identity;
  } finally {
    await store.close();
  }
}
