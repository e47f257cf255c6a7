// A used token of a client whose clock is ahead: MIT's replay cache forgets it while it is still fresh, the gateway does not.

import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { signIn } from '../../realm/http.ts';
import { load, signInRequest } from '../../realm/load.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken, makeTokens } from '../../realm/tokens.ts';

/** Seconds that krb5.conf allows clocks to differ, and that this domain's clocks are ahead of the gateway's. */
const skew = 7;
const ahead = 6;

t.test('a token that was used is not good again when others have overwritten it in the replay cache', async (t) => {
  const { realm, gateway, ccache } = await openSite(t, { users: [['alice'], ['bob']], domain: { clockSkew: skew, clock: `+${String(ahead)}s` } });
  const bob = await realm.kinit('bob');
  const begin = Date.now();
  const used = await makeToken(realm, ccache);
  t.equal((await signIn(gateway, used)).status, 200);
  const forgotten = Date.now() + skew * 1000 + 200;
  const others = [...await makeTokens(realm, bob, 4500)];

  // The record of the used token has its time then, and its authenticator is still fresh for as long as the clock was ahead.
  await sleep(Math.max(0, forgotten - Date.now()));
  // As many as the machine can do while it is: from some 4,000 on one of them is all but sure to take the record's place.
  let signedIn = 0;
  while (others.length > 0 && Date.now() - begin < (skew + ahead) * 1000 - 2500) {
    const { statuses } = await load(gateway, others.splice(0, 250).map((token) => signInRequest(gateway, token)), 8);
    signedIn += statuses['200'] ?? 0;
  }
  t.ok(signedIn >= 500, `${String(signedIn)} others signed in`);
  const again = await signIn(gateway, used);
  t.ok(Date.now() - begin < (skew + ahead) * 1000, 'the authenticator was still fresh');
  t.match(again, { status: 401, json: { reason: 'replay' } });
});
