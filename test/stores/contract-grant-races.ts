// The store contract's cases about grants that several calls want at once, and about those that lose their user.

import type { Test } from 'tap';
import type { OpenBackend } from './backend.ts';
import { sampleGrant, sampleParties, sampleRefreshGrant, sampleSession } from './samples.ts';

export function grantRaceCases(t: Test, open: OpenBackend): void {
  races(t, open);
  cascades(t, open);
}

function races(t: Test, open: OpenBackend): void {
  t.test('of many who redeem one code at once, from both handles, one does; the others end it', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleGrant(alice.id, now());
    await one.addGrant(grant);
    const then = (n: number) => ({ generation: n + 1, idleUntil: now() + 60 + n, expiresAt: now() + 3600 + n });
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).redeemCode(grant.id, then(n))));
    const winner = answers.indexOf('redeemed');
    t.strictSame(answers.map((answer, n) => (n === winner ? 'reused' : answer)), Array.from({ length: 16 }, () => 'reused'));
    t.match(await two.grantById(grant.id), { ...then(winner), codeUsed: true, revoked: true });
  });

  t.test('of many who use one refresh token at once, from both handles, one does; the others end it', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleRefreshGrant(alice.id, now());
    await one.addGrant(grant);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).rotateRefresh(grant.id, 1, now() + 60 + n)));
    const count = (what: string): number => answers.filter((answer) => answer === what).length;
    t.equal(count('rotated'), 1);
    t.equal(count('reused'), 1, 'the first of the others has revoked it');
    t.equal(count('gone'), 14);
    t.match(await two.grantById(grant.id), { generation: 2, idleUntil: now() + 60 + answers.indexOf('rotated'), revoked: true });
  });

  t.test('of many who revoke one grant at once, from both handles, one does', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleRefreshGrant(alice.id, now());
    await one.addGrant(grant);
    const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => (n % 2 ? one : two).revokeGrant(grant.id)));
    t.equal(answers.filter(Boolean).length, 1);
  });

  t.test('a code that is redeemed and revoked at once ends revoked', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    for (let n = 0; n < 8; n++) {
      const grant = sampleGrant(alice.id, now());
      await one.addGrant(grant);
      const redeem = () => one.redeemCode(grant.id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 60 });
      const revoke = () => two.revokeGrant(grant.id);
      await Promise.all(n % 2 ? [redeem(), revoke()] : [revoke(), redeem()]);
      t.match(await one.grantById(grant.id), { revoked: true });
      t.equal(await two.rotateRefresh(grant.id, 1, now() + 60), 'gone');
    }
  });

  t.test('a grant whose session ends at the same time is dead, whichever comes first', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    for (let n = 0; n < 8; n++) {
      const session = sampleSession(alice.id, now());
      await one.addSession(session);
      const grant = sampleGrant(alice.id, now(), { sessionId: session.id });
      const add = () => one.addGrant(grant);
      const end = () => two.endSession(session.id);
      await Promise.all(n % 2 ? [add(), end()] : [end(), add()]);
      t.match(await one.grantById(grant.id), { revoked: true, sessionId: session.id });
      t.equal(await two.redeemCode(grant.id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 60 }), 'gone');
    }
  });
}

function cascades(t: Test, open: OpenBackend): void {
  t.test('a removed user takes his grants and sessions along; others keep theirs', async (t) => {
    const { one, two, now } = await open(t);
    const { alice, bob } = await sampleParties(one);
    const sessions = [sampleSession(alice.id, now()), sampleSession(bob.id, now())] as const;
    for (const session of sessions) await one.addSession(session);
    const grants = [
      sampleGrant(alice.id, now(), { sessionId: sessions[0].id }), sampleRefreshGrant(bob.id, now(), { sessionId: sessions[1].id }),
    ] as const;
    for (const grant of grants) await one.addGrant(grant);
    t.equal(await two.removeUser(alice.id), true);
    t.equal(await one.sessionById(sessions[0].id), undefined);
    t.equal(await one.grantById(grants[0].id), undefined);
    t.equal(await one.redeemCode(grants[0].id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 60 }), 'gone');
    t.equal((await one.sessionById(sessions[1].id))?.userId, bob.id);
    t.match(await one.grantById(grants[1].id), { revoked: false });
  });

  t.test('what comes for a user after he was removed is not kept, and is no fault', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    await one.removeUser(alice.id);
    const [grant, session] = [sampleGrant(alice.id, now()), sampleSession(alice.id, now())];
    await two.addGrant(grant);
    await two.addSession(session);
    t.equal(await one.grantById(grant.id), undefined);
    t.equal(await one.sessionById(session.id), undefined);
  });
}
