// The door of Windows sign-in over a mechanism for Kerberos alone, for tests.

import type { KerberosToken } from '../../src/mechanisms/kerberos.ts';
import type { Mechanism } from '../../src/mechanisms/mechanism.ts';
import { negotiate, type Negotiate } from '../../src/mechanisms/negotiate.ts';

/** Negotiate with KerberosOnly. */
export function kerberosDoor(kerberos: Mechanism<KerberosToken>): Negotiate {
  return negotiate({
    kerberos, kerberosOnly: true, ntlm: undefined,
    surroundings: { hostname: 'print.myq.test', spnState: () => ({ kind: 'unknown' }) },
    countRefused: () => Promise.resolve(),
  });
}
