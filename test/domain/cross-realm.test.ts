// Two realms that trust each other: whose users come in, who of two namesakes somebody is, and what the other realm's outage does.

import t from 'tap';
import { signIn } from '../realm/http.ts';
import { startRealm } from '../realm/kdc.ts';
import { openDomain } from '../realm/site.ts';
import { makeToken } from '../realm/tokens.ts';
import { refuses } from '../routes/refusal-answer.ts';

const { realm: home, start } = await openDomain(t);
const sales = await startRealm({ realm: 'SALES.TEST', users: { alice: 'Passw0rd.sales', carol: 'Passw0rd.carol' }, services: [] });
t.teardown(() => sales.stop());
await home.trust(sales);

const users = [['alice', '--alias', 'alice@MYQ.TEST'], ['alice.sales', '--alias', 'alice@SALES.TEST']];
const both = '[Kerberos]\nRealms = MYQ.TEST, SALES.TEST\n';
const ofSales = await sales.kinit('alice');
const theirs = (): Promise<string> => makeToken(sales, ofSales);
const ours = async (): Promise<string> => makeToken(home, await home.kinit('alice'));

/** Who somebody is at the gateway, by the claims of his token. */
async function who(gateway: Parameters<typeof signIn>[0], token: string): Promise<{ readonly sub: string; readonly name: string }> {
  const { status, json, text } = await signIn(gateway, token);
  if (status !== 200) throw new Error(`${String(status)} ${text}`);
  const [, payload = ''] = String(json?.['access_token']).split('.');
  const { sub, preferred_username: name } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Readonly<Record<string, string>>;
  return { sub: sub ?? '', name: name ?? '' };
}

t.test('users of a trusted realm that is not listed are refused, though somebody here has their alias', async (t) => {
  for (const config of ['', '[Kerberos]\nRealms = MYQ.TEST\n', '[Kerberos]\nRealms = MYQ.TEST\n[Users]\nUnknownUsers = Create\n']) {
    const gateway = await start({ users, config });
    const ticket = await theirs();
    await refuses(t, gateway, () => signIn(gateway, ticket), {
      status: 403, reason: 'realm_not_allowed', detail: /^realm SALES\.TEST is not among MYQ\.TEST$/,
      cure: /add SALES\.TEST to \[Kerberos\] Realms; bare aliases count only with one realm/,
    });
    t.equal((await who(gateway, await ours())).name, 'alice', 'those of the own realm come in');
  }
});

t.test('a realm in other letters is not the realm', async (t) => {
  const gateway = await start({ users, config: '[Kerberos]\nRealms = MYQ.TEST, Sales.Test\n' });
  const ticket = await theirs();
  await refuses(t, gateway, () => signIn(gateway, ticket), {
    status: 403, reason: 'realm_not_allowed', detail: /^realm SALES\.TEST is not among/, cure: /^write SALES\.TEST instead of Sales\.Test/,
  });
});

t.test('users of both listed realms come in, and namesakes are two people', async (t) => {
  const gateway = await start({ users, config: both });
  const [own, other] = [await who(gateway, await ours()), await who(gateway, await theirs())];
  t.equal(own.name, 'alice');
  t.equal(other.name, 'alice.sales');
  t.not(own.sub, other.sub);
});

t.test('with two realms a bare alias is nobody\'s, of neither realm', async (t) => {
  const gateway = await start({ users: [['alice']], config: both });
  for (const [realm, ticket] of [['SALES', await theirs()], ['MYQ', await ours()]] as const) {
    await refuses(t, gateway, () => signIn(gateway, ticket), {
      status: 403, reason: 'unknown_user', detail: new RegExp(`^no user has the alias alice@${realm}\\.TEST$`),
      cure: new RegExp(`^if alice is this person: myq-gateway users alias alice --add alice@${realm}\\.TEST$`),
    });
  }
});

t.test('who becomes a user at the first sign-in has the realm in his name', async (t) => {
  const gateway = await start({ users: [], config: `${both}[Users]\nUnknownUsers = Create\n` });
  const [own, other] = [await who(gateway, await ours()), await who(gateway, await theirs())];
  t.strictSame([own.name, other.name], ['alice@MYQ.TEST', 'alice@SALES.TEST']);
  t.not(own.sub, other.sub);
  t.strictSame(await who(gateway, await theirs()), other, 'he is the same one the next time');
});

// The last: the other realm does not come back.
t.test('while the other realm is out its users come in with the tickets that they have, and the others as ever', async (t) => {
  const gateway = await start({ users, config: both });
  const ofCarol = await sales.kinit('carol');
  const kept = await theirs();
  await sales.stop();
  await t.rejects(makeToken(home, ofCarol), 'there are no new tickets');
  const before = performance.now();
  t.equal((await who(gateway, kept)).name, 'alice.sales');
  t.equal((await who(gateway, await ours())).name, 'alice');
  t.ok(performance.now() - before < 5_000, 'without waiting for anybody');
});
