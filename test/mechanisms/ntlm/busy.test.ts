// What a person is told while all helpers are busy: a refusal, since strangers can bring that about, and no outage.

import t from 'tap';
import { noAccounts } from '../../../src/identity/account.ts';
import { attemptLimiter } from '../../../src/mechanisms/attempts.ts';
import { ntlm } from '../../../src/mechanisms/ntlm.ts';
import { openNtlmHelpers } from '../../../src/mechanisms/ntlm/helpers.ts';
import { openSqlite } from '../../../src/stores/sqlite.ts';
import { encodeNegotiate } from './encoder.ts';
import { fakeSamba } from './fake-samba.ts';
import { ADDRESS } from './helpers-site.ts';

t.test('a first message that finds no helper is refused for now, with the setting that may help', async (t) => {
  const samba = fakeSamba(t);
  const helpers = openNtlmHelpers({ path: samba.path, limit: 1, wait: 100, warn: (message) => { t.comment(message); } });
  t.teardown(() => helpers.close());
  const now = (): number => Math.floor(Date.now() / 1000);
  const store = openSqlite(':memory:', { now });
  t.teardown(() => store.close());
  const mechanism = ntlm({
    helpers, now, users: store, uses: store, limiter: attemptLimiter({ store, attempts: 10, minutes: 1 }), channelBinding: 'Allow',
    domains: [{ domain: 'MYQ', realm: 'MYQ.TEST' }], realms: () => ['MYQ.TEST'], accounts: noAccounts,
    surroundings: { hostname: 'print.myq.test', spnState: () => ({ kind: 'unknown' }) },
  });
  const message = encodeNegotiate();
  const begin = (address: string) => mechanism.step({ bytes: message, message, wrapping: 'ntlm' }, undefined, {
    address, calledAs: 'print.myq.test', channelBindings: undefined,
  });
  const first = await begin(ADDRESS);
  t.equal(first.kind, 'continue');
  t.match(await begin('198.51.100.1'), { kind: 'refused', reason: 'handshake_limit', detail: /helpers are busy/, cure: /\[NTLM\] Helpers/ });
  if (first.kind === 'continue') first.leg[Symbol.dispose]();
  t.equal((await begin('198.51.100.1')).kind, 'continue');
});
