// Passwords of a domain beside passwords of users here: whose each is, in every spelling of the name.

import t, { type Test } from 'tap';
import { UnavailableError } from '../../src/errors.ts';
import { verifyPassword } from '../../src/identity/password-hash.ts';
import { checkSecret } from '../../src/mechanisms/password-check.ts';
import { claimed } from '../../src/mechanisms/password-claim.ts';
import { accountOf, memoryDirectory } from '../identity/directory-of.ts';
import { sampleMirrored } from '../stores/samples.ts';
import { alicePassword, ATTEMPTS, PASSWORD, site, WRONG } from './password-site.ts';

const DOMAIN_PASSWORD = 'of the domain';
const account = accountOf('alice', { groups: ['S-1-5-21-1-2-3-513', 'S-1-5-32-545'] });
const bobs = accountOf('bob');

/** The usual people, of whom alice and bob have accounts with a password in MYQ.TEST, too. */
async function domainSite(t: Test, realms: readonly string[] = ['MYQ.TEST']) {
  const accounts = memoryDirectory(account, bobs);
  for (const { sid } of [account, bobs]) accounts.passwords.set(sid, DOMAIN_PASSWORD);
  const here = await site(t, { accounts, realms: () => realms });
  /** Mirrors somebody from his account, which then gets another name. */
  const renamed = async (name: string, to: string): Promise<string> => {
    const account = { directory: '', sid: accountOf(name).sid };
    const mirrored = await here.store.mirrorUser(sampleMirrored({ name, aliases: [`${name}@MYQ.TEST`], account }), false);
    if (mirrored.kind === 'conflict') throw new Error(JSON.stringify(mirrored));
    accounts.people.delete(name);
    accounts.people.set(to, { ...accountOf(name), name: to });
    return mirrored.user.id;
  };
  return { ...here, accounts, renamed };
}

t.test('who has a password here comes in by no other, however the name is typed', async (t) => {
  const { check, store, people, accounts, clock } = await domainSite(t);
  await store.changeAliases(people.alice.id, { add: [], remove: ['a.smith@MYQ.TEST'] });
  for (const name of ['alice', 'ally', 'Alice', 'MYQ\\alice', 'myq\\ALICE', 'alice@myq.test', ' MYQ\\Alice ']) {
    t.match(await check(alicePassword(DOMAIN_PASSWORD, name)), { kind: 'refused', reason: 'wrong_secret', user: 'Alice' }, name);
    const answer = await check(alicePassword(PASSWORD, name));
    t.match(answer, { kind: 'proved', proof: { subject: { kind: 'user', id: people.alice.id } } }, name);
    t.strictSame(answer.kind === 'proved' && answer.proof.sids, [], `${name}: no domain has proved him`);
    clock.now += 86_400;
  }
  t.strictSame([...new Set(accounts.bound)], ['nobody']);
});

t.test('neither what is claimed nor what is checked lets the domain decide about who has a password here', async (t) => {
  const { store, digestKey, accounts, people } = await domainSite(t);
  const options = { store, digestKey, accounts, realms: () => ['MYQ.TEST'] };
  const credential = { kind: 'password', user: 'MYQ\\alice', password: DOMAIN_PASSWORD } as const;
  const claim = await claimed(options, credential);
  t.match(claim, { owner: { id: people.alice.id }, passwordHash: /^\$argon2id\$/, counted: people.alice.id });
  t.equal(claim.account, undefined);
  t.match(await checkSecret({ ...options, verify: verifyPassword }, credential, { ...claim, account }), { kind: 'wrong' });
});

t.test('a password of the domain proves the account\'s SIDs, his own first, for the user whose it is', async (t) => {
  const { check, people, accounts, store } = await domainSite(t);
  accounts.people.set('bob', { ...bobs, groups: ['S-1-5-21-1-2-3-513', bobs.sid] });
  for (const name of ['bob', 'MYQ\\bob', 'bob@myq.test']) {
    const answer = await check(alicePassword(DOMAIN_PASSWORD, name));
    t.match(answer, { kind: 'proved', proof: { subject: { kind: 'user', id: people.bob.id } } }, name);
    t.strictSame(answer.kind === 'proved' && answer.proof.sids, [bobs.sid, 'S-1-5-21-1-2-3-513'], name);
    t.match(await check(alicePassword('', name)), { reason: 'wrong_secret' }, `${name}: without a password`);
  }
  await store.removeUser(people.alice.id);
  const stranger = await check(alicePassword(DOMAIN_PASSWORD, 'MYQ\\ALICE'));
  t.match(stranger, { kind: 'proved', proof: { subject: { kind: 'principal', principal: { canonical: 'alice@MYQ.TEST' } } } });
  t.strictSame(stranger.kind === 'proved' && stranger.proof.sids, [account.sid, ...account.groups]);
});

t.test('who was mirrored is found by his SID, though no alias leads to him any more', async (t) => {
  const { check, renamed, store, people } = await domainSite(t);
  const bob = await renamed('bob', 'robert');
  t.equal(bob, people.bob.id);
  for (const name of ['bob', 'robert', 'MYQ\\robert', 'robert@myq.test']) {
    t.match(await check(alicePassword(DOMAIN_PASSWORD, name)), { kind: 'proved', proof: { subject: { kind: 'user', id: bob } } }, name);
  }
  const alice = await renamed('alice', 'alicia');
  t.equal(alice, people.alice.id);
  for (const name of ['alice', 'alicia', 'MYQ\\alicia']) {
    t.match(await check(alicePassword(DOMAIN_PASSWORD, name)), { reason: 'wrong_secret', user: 'alice' }, `${name}: she has a password here`);
    t.match(await check(alicePassword(PASSWORD, name)), { proof: { subject: { id: alice } } }, name);
  }
  await store.setUserDisabled(bob, true);
  for (const name of ['bob', 'MYQ\\robert']) {
    t.match(await check(alicePassword(DOMAIN_PASSWORD, name)), { reason: 'wrong_secret', detail: 'the user is disabled', user: 'bob' }, name);
  }
});

t.test('a SID counts before an alias: the name may be another one\'s here', async (t) => {
  const { check, renamed } = await domainSite(t);
  const bob = await renamed('bob', 'ally');
  t.match(await check(alicePassword(DOMAIN_PASSWORD, 'MYQ\\ally')), { kind: 'proved', proof: { subject: { id: bob } } });
  t.match(await check(alicePassword(DOMAIN_PASSWORD, 'ally')), { reason: 'wrong_secret', user: 'Alice' });
});

t.test('a bare alias is nobody\'s of a domain while several realms may sign in', async (t) => {
  const { check } = await domainSite(t, ['MYQ.TEST', 'LAB.TEST']);
  t.match(await check(alicePassword(DOMAIN_PASSWORD, 'MYQ\\alice')), { kind: 'proved', proof: { subject: { kind: 'principal' } } });
  t.match(await check(alicePassword(DOMAIN_PASSWORD, 'bob')), { reason: 'wrong_secret', detail: 'the user has no password' });
});

t.test('all spellings have one counter: that of the user, or of the name', async (t) => {
  for (const [right, password, ...wrong] of [
    ['alice', PASSWORD, 'MYQ\\alice', 'alice@myq.test', 'alice', 'ALLY', 'MYQ\\ALICE'],
    ['MYQ\\alicia', PASSWORD, 'alicia', 'alice', 'MYQ\\alicia', 'ally', 'alicia@myq.test'],
    ['robert', DOMAIN_PASSWORD, 'MYQ\\robert', 'bob', 'robert@myq.test', 'BOB', 'MYQ\\ROBERT'],
  ] as const) {
    const { outcome, renamed } = await domainSite(t);
    if (right === 'MYQ\\alicia') await renamed('alice', 'alicia');
    if (right === 'robert') await renamed('bob', 'robert');
    t.equal(wrong.length, ATTEMPTS);
    for (const name of wrong) t.equal(await outcome(alicePassword(WRONG, name)), 'wrong_secret', name);
    for (const name of [right, ...wrong]) t.equal(await outcome(alicePassword(password, name)), 'sign_in_paused', name);
  }
  const { outcome, people, store } = await domainSite(t);
  await store.removeUser(people.bob.id);
  for (const name of ['bob', 'MYQ\\bob', 'BOB@myq.test', 'myq\\BOB', ' bob']) t.equal(await outcome(alicePassword(WRONG, name)), 'wrong_secret', name);
  for (const name of ['bob', 'MYQ\\bob']) t.equal(await outcome(alicePassword(DOMAIN_PASSWORD, name)), 'sign_in_paused', name);
});

t.test('without SignIn no password of the domain counts', async (t) => {
  const { check, accounts, people, renamed } = await domainSite(t);
  accounts.signIn = false;
  for (const name of ['bob', 'MYQ\\bob', 'bob@myq.test']) t.match(await check(alicePassword(DOMAIN_PASSWORD, name)), { reason: 'wrong_secret' }, name);
  await renamed('bob', 'bob');
  t.match(await check(alicePassword(DOMAIN_PASSWORD, 'bob')), { reason: 'wrong_secret', detail: /\(SignIn\)/ });
  t.match(await check(alicePassword(PASSWORD)), { kind: 'proved', proof: { subject: { id: people.alice.id } } });
});

t.test('while the directory is out, who has a password here comes in, and for others it is an outage that does not count', async (t) => {
  const { check, outcome, accounts, renamed } = await domainSite(t);
  await renamed('alice', 'alice');
  accounts.isOut = true;
  t.equal(await outcome(alicePassword(PASSWORD)), 'proved');
  t.equal(await outcome(alicePassword(DOMAIN_PASSWORD)), 'wrong_secret');
  for (let tries = 0; tries <= ATTEMPTS; tries++) {
    for (const name of ['bob', 'MYQ\\bob', 'nobody']) await t.rejects(check(alicePassword(DOMAIN_PASSWORD, name)), UnavailableError, name);
  }
  accounts.isOut = false;
  t.equal(await outcome(alicePassword(DOMAIN_PASSWORD, 'bob')), 'proved');
});
