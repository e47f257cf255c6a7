// Whom a ticket means here: realms, unknown and disabled users, and principals that are no people.

import t from 'tap';
import { decodeJwt } from 'jose';
import type { GatewayProcess } from '../realm/gateway.ts';
import { signIn, type Answer } from '../realm/http.ts';
import { startRealm, type Realm } from '../realm/kdc.ts';
import { openDomain } from '../realm/site.ts';
import { makeToken } from '../realm/tokens.ts';
import { refuses } from './refusal-answer.ts';

const notPeople = ['carol/admin', 'HTTP/ws1.myq.test', 'host/ws1.myq.test', 'WS1$'];
const password = 'Passw0rd.all';
const passwords = (names: readonly string[]): Readonly<Record<string, string>> => Object.fromEntries(names.map((name) => [name, password]));
const { realm: myq, start } = await openDomain(t, { users: passwords(['alice', 'ALICE', 'bob', 'dave', ...notPeople]) });
const other = await startRealm({ realm: 'OTHER.TEST', users: passwords(['alice', 'dave']), services: [] });
t.after(() => other.stop());
await myq.trust(other);
const [one, two, creating] = await Promise.all([
  start({ config: '[Kerberos]\nRealms = MYQ.TEST', users: [['alice', '--full-name', 'Alice Example']] }),
  start({
    config: '[Kerberos]\nRealms = MYQ.TEST, OTHER.TEST\n[Users]\nUnknownUsers = Create',
    users: [['first', '--alias', 'alice@MYQ.TEST'], ['second', '--alias', 'alice@OTHER.TEST'], ['dave']],
  }),
  start({ config: '[Kerberos]\nRealms = MYQ.TEST\n[Users]\nUnknownUsers = Create', users: [] }),
]);

/** Signs a user of this realm in at the gateway, from kinit on. */
async function signInAs(gateway: GatewayProcess, user: string, realm: Realm = myq): Promise<Answer> {
  return signIn(gateway, await makeToken(realm, await realm.kinit(user)));
}
const claimsOf = (answer: Answer): Readonly<Record<string, unknown>> => decodeJwt(String(answer.json?.['access_token']));

await t.test('the user is found by the bare alias while one realm may sign in, in upper case too', async (t) => {
  const [lower, upper] = [await signInAs(one, 'alice'), await signInAs(one, 'ALICE')];
  t.equal(lower.status, 200, lower.text);
  t.equal(upper.status, 200, upper.text);
  t.equal(claimsOf(lower)['preferred_username'], 'alice');
  t.equal(claimsOf(upper)['sub'], claimsOf(lower)['sub']);
});

await t.test('a user of a trusted realm that is not allowed is refused without a challenge', async (t) => {
  await refuses(t, one, () => signInAs(one, 'alice', other), {
    status: 403, reason: 'realm_not_allowed', detail: /realm OTHER\.TEST is not among MYQ\.TEST/, cure: /add OTHER\.TEST to \[Kerberos\] Realms; .*users alias NAME --add user@REALM/,
  });
});

await t.test('with UnknownUsers=Reject a user whom nobody added is refused without a challenge', async (t) => {
  await refuses(t, one, () => signInAs(one, 'bob'), {
    status: 403, reason: 'unknown_user', detail: /no user has the alias bob@MYQ\.TEST or bob/, cure: /users add bob --alias bob@MYQ\.TEST/,
  });
});

await t.test('a user is refused from the moment of being disabled, and signs in again once enabled', async (t) => {
  await one.cli('users', 'disable', 'alice');
  await refuses(t, one, () => signInAs(one, 'alice'), {
    status: 403, reason: 'user_disabled', detail: /user alice is disabled/, cure: /users enable alice/,
  });
  await one.cli('users', 'enable', 'alice');
  t.equal((await signInAs(one, 'alice')).status, 200);
});

await t.test('a removed user is unknown at once', async (t) => {
  await one.cli('users', 'add', 'bob');
  t.equal((await signInAs(one, 'bob')).status, 200);
  await one.cli('users', 'remove', 'bob');
  t.match(await signInAs(one, 'bob'), { status: 403, json: { reason: 'unknown_user' } });
});

await t.test('users of the same name in two allowed realms are two people', async (t) => {
  const [first, second] = [await signInAs(two, 'alice'), await signInAs(two, 'alice', other)];
  t.equal(claimsOf(first)['preferred_username'], 'first');
  t.equal(claimsOf(second)['preferred_username'], 'second');
  t.not(claimsOf(first)['sub'], claimsOf(second)['sub']);
});

await t.test('with two allowed realms a bare alias means nobody, and created users carry their realm', async (t) => {
  const [first, second] = [await signInAs(two, 'dave'), await signInAs(two, 'dave', other)];
  t.equal(claimsOf(first)['preferred_username'], 'dave@MYQ.TEST');
  t.equal(claimsOf(second)['preferred_username'], 'dave@OTHER.TEST');
  const { id } = JSON.parse(await two.cli('users', 'show', 'dave', '--json')) as { id: string };
  t.equal(new Set([id, claimsOf(first)['sub'], claimsOf(second)['sub']]).size, 3);
});

await t.test('with UnknownUsers=Create the first sign-in makes the user, the next one finds the same', async (t) => {
  const [first, next] = [await signInAs(creating, 'bob'), await signInAs(creating, 'bob')];
  t.equal(first.status, 200, first.text);
  t.equal(claimsOf(first)['preferred_username'], 'bob');
  t.equal(claimsOf(next)['sub'], claimsOf(first)['sub']);
  const { id } = JSON.parse(await creating.cli('users', 'show', 'bob', '--json')) as { id: string };
  t.equal(id, claimsOf(first)['sub']);
});

await t.test('two first sign-ins at once make one user', async (t) => {
  const tokens = [await makeToken(myq, await myq.kinit('alice')), await makeToken(myq, await myq.kinit('ALICE'))];
  const answers = await Promise.all(tokens.map((token) => signIn(creating, token)));
  t.strictSame(answers.map(({ status }) => status), [200, 200]);
  t.equal(new Set(answers.map((answer) => claimsOf(answer)['sub'])).size, 1);
});

for (const name of notPeople) {
  await t.test(`${name} is not a person, and no user is made of it`, async (t) => {
    const before = await creating.cli('users', 'list');
    const why = name.includes('/') ? /the name has an instance/ : /a machine or managed service account/;
    await refuses(t, creating, () => signInAs(creating, name), { status: 403, reason: 'not_a_person', detail: why });
    t.equal(await creating.cli('users', 'list'), before);
  });
}

t.end();
