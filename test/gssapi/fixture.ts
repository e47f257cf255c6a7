// A throw-away realm with a keytab and alice's tickets, and the GSSAPI room loaded into this process in that realm's environment.
import type { Test } from 'tap';
import type * as GssRoom from '../../src/gssapi/index.ts';
import type { Realm, RealmOptions } from '../realm/kdc.ts';
import { openDomain } from '../realm/site.ts';

export type Gss = typeof GssRoom;
/** As an initiator names it. */
export const service = 'HTTP@print.myq.test';

export interface Fixture {
  readonly gss: Gss;
  readonly realm: Realm;
  /** Path of a keytab with the service's present keys. */
  readonly keytab: string;
  /** A credential cache ('FILE:/path') with alice's ticket-granting ticket. */
  readonly ccache: string;
}

/** Starts the realm (it ends with the test) and only then loads GSSAPI, which reads KRB5_CONFIG at its first call. */
export async function fixture(t: Test, options: RealmOptions = {}): Promise<Fixture> {
  const { realm, keytab } = await openDomain(t, options);
  Object.assign(process.env, realm.environment);
  const ccache = await realm.kinit('alice');
  return { gss: await import('../../src/gssapi/index.ts'), realm, keytab, ccache };
}

/** What the call throws, which must be a GssError. */
export function refusal(gss: Gss, call: () => unknown): InstanceType<Gss['GssError']> {
  try {
    call();
  } catch (error) {
    if (error instanceof gss.GssError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
