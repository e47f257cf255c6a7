// The store contract's cases about browser sessions.

import type { Test } from 'tap';
import type { SessionRecord } from '../../src/stores/grant-store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleParties, sampleRefreshGrant, sampleSession } from './samples.ts';

export function sessionCases(t: Test, open: OpenBackend): void {
  content(t, open);
  ending(t, open);
  replacing(t, open);
}

function content(t: Test, open: OpenBackend): void {
  t.test('a session comes back as it went in, until its time', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    for (const change of [
      {}, { epoch: 7, id: `žluť 🖨️ ${'x'.repeat(10_000)}` },
      { authentication: { at: now() - 5, methods: ['wia', 'mfa'], channelBinding: 'bound' } },
      { authentication: { at: 0, methods: [], channelBinding: 'none' } },
      { authentication: { at: 0, methods: ['wia'], groups: ['S-1-5-21-1-2-3-513', 'S-1-5-32-545'] } }, { authentication: { at: 0, methods: [], groups: [] } },
      {
        authentication: {
          at: 1, methods: ['pwd', 'mfa'], groups: ['0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11', 'S-1-5-32-545'],
          entra: { tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47', at: now() },
        },
      },
      { authentication: { at: now(), methods: [], channelBinding: 'bound', entra: { tenant: 'tenant', at: 0 } } },
    ] satisfies Partial<SessionRecord>[]) {
      const session = sampleSession(alice.id, now(), { expiresAt: now() + 60, ...change });
      await one.addSession(session);
      t.strictSame(await two.sessionById(session.id), session);
      t.equal(await two.sessionById(session.id.toUpperCase()), undefined);
    }
    const last = sampleSession(alice.id, now(), { id: 'last', expiresAt: now() + 60 });
    await one.addSession(last);
    tick(59);
    t.strictSame(await two.sessionById('last'), last);
    tick(1);
    t.equal(await two.sessionById('last'), undefined);
    t.equal(await one.endSession('last'), false);
    t.equal(await one.sessionById(''), undefined);
  });

  t.test('adding much, for a short time, takes no more than its time', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const add = (id: string, life: number) => one.addSession(sampleSession(alice.id, now(), { id, expiresAt: now() + life }));
    await add('long', 3600);
    for (let n = 0; n < 100; n++) await add(`short ${String(n)}`, 60);
    const grant = sampleRefreshGrant(alice.id, now(), { sessionId: 'short 0' });
    await one.addGrant(grant);
    tick(60);
    for (let n = 0; n < 100; n++) await add(`later ${String(n)}`, 60);
    for (const id of ['long', 'later 0', 'later 99']) t.equal((await two.sessionById(id))?.id, id);
    t.equal(await two.sessionById('short 0'), undefined);
    t.match(await two.grantById(grant.id), { revoked: false, sessionId: 'short 0' }, 'its end alone takes no grant');
  });
}

function ending(t: Test, open: OpenBackend): void {
  t.test('a session that ends revokes every grant that came from it, and no other', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const [session, other] = [sampleSession(alice.id, now()), sampleSession(alice.id, now())];
    for (const added of [session, other]) await one.addSession(added);
    const grants = [session.id, session.id, other.id, undefined].map((sessionId) => sampleRefreshGrant(alice.id, now(), { sessionId }));
    for (const grant of grants) await one.addGrant(grant);
    t.equal(await one.endSession(session.id), true);
    t.equal(await two.sessionById(session.id), undefined);
    t.strictSame(await Promise.all(grants.map(async ({ id }) => (await two.grantById(id))?.revoked)), [true, true, false, false]);
    t.equal(await two.endSession(session.id), false);
    t.equal(await two.endSession('nothere'), false);
    t.equal((await one.sessionById(other.id))?.id, other.id);
    const late = sampleRefreshGrant(alice.id, now(), { sessionId: session.id });
    await one.addGrant(late);
    t.match(await two.grantById(late.id), { revoked: true }, 'a grant that comes after the end is revoked from the start');
  });

  t.test('of many who end one session at once, from both handles, one does', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const session = sampleSession(alice.id, now());
    await one.addSession(session);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).endSession(session.id)));
    t.equal(answers.filter(Boolean).length, 1);
  });

  t.test('who signs out with a session that has expired still ends its grants', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const session = sampleSession(alice.id, now(), { expiresAt: now() + 60 });
    await one.addSession(session);
    const grant = sampleRefreshGrant(alice.id, now(), { sessionId: session.id });
    await one.addGrant(grant);
    tick(60);
    t.equal(await two.endSession(session.id), false);
    t.match(await one.grantById(grant.id), { revoked: true });
  });
}

function replacing(t: Test, open: OpenBackend): void {
  for (const age of [0, 3600]) {
    t.test(`a session replaced ${age === 0 ? 'while it lasts' : 'after its time'} hands over the grants of its user`, async (t) => {
      const { one, two, now, tick } = await open(t);
      const { alice } = await sampleParties(one);
      const former = sampleSession(alice.id, now(), { expiresAt: now() + 3600 });
      await one.addSession(former);
      const grant = (sessionId?: string) => sampleRefreshGrant(alice.id, now(), { sessionId });
      const [live, revoked, other] = [grant(former.id), grant(former.id), grant()];
      for (const added of [live, revoked, other]) await one.addGrant(added);
      await one.revokeGrant(revoked.id);
      tick(age);
      const session = sampleSession(alice.id, now());
      await two.addSession(session, former.id);
      t.equal(await one.sessionById(former.id), undefined);
      t.strictSame(await one.sessionById(session.id), session);
      t.match(await one.grantById(live.id), { sessionId: session.id, revoked: false });
      t.match(await one.grantById(revoked.id), { revoked: true });
      t.equal(await two.endSession(former.id), false);
      t.match(await one.grantById(live.id), { revoked: false }, 'the former one has nothing left to end');
      await two.endSession(session.id);
      t.match(await one.grantById(live.id), { revoked: true });
      t.match(await one.grantById(other.id), { revoked: false });
    });
  }

  t.test('a session replaced by another user\'s ends with its grants', async (t) => {
    const { one, two, now } = await open(t);
    const { alice, bob } = await sampleParties(one);
    const [former, session] = [sampleSession(alice.id, now()), sampleSession(bob.id, now())];
    await one.addSession(former);
    const grant = sampleRefreshGrant(alice.id, now(), { sessionId: former.id });
    await one.addGrant(grant);
    await two.addSession(session, former.id);
    t.equal(await one.sessionById(former.id), undefined);
    t.strictSame(await one.sessionById(session.id), session);
    t.match(await one.grantById(grant.id), { revoked: true, sessionId: former.id });
    t.equal(await one.rotateRefresh(grant.id, 1, now() + 60), 'gone');
  });

  t.test('to replace what is not there is no fault', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const [session, next] = [sampleSession(alice.id, now()), sampleSession(alice.id, now())];
    await one.addSession(session, 'nothere');
    t.strictSame(await two.sessionById(session.id), session);
    await two.addSession(next);
    t.strictSame(await one.sessionById(session.id), session, 'without a word about it nothing is replaced');
  });
}
