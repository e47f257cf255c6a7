// The store contract's cases about grants, one call after the other.

import type { Test } from 'tap';
import type { NewGrant } from '../../src/stores/grant-store.ts';
import type { OpenBackend } from './backend.ts';
import { sampleGrant, sampleParties, sampleRefreshGrant, sampleSession } from './samples.ts';

export function grantCases(t: Test, open: OpenBackend): void {
  content(t, open);
  codes(t, open);
  refreshing(t, open);
  revoking(t, open);
  expiry(t, open);
}

function content(t: Test, open: OpenBackend): void {
  t.test('a grant comes back as it went in, with all that it may have and with as little', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const session = sampleSession(alice.id, now());
    await one.addSession(session);
    const grant = sampleGrant(alice.id, now());
    const long = `žluť 🖨️ ${'x'.repeat(20_000)}`;
    for (const change of [
      {}, { sessionId: session.id, epoch: 7 }, { scopes: [], generation: 3, idleUntil: now() + 5, expiresAt: now() + 10 },
      { code: { redirectUri: 'http://127.0.0.1:1/callback' } }, { code: { redirectUri: '', nonce: '', challenge: '' } },
      { code: { redirectUri: 'app.example:/callback', nonce: long } },
      { authentication: { at: now() - 9, methods: ['wia', 'mfa'], channelBinding: 'bound' } },
      { authentication: { at: 0, methods: [], channelBinding: 'none' } },
      { authentication: { at: 0, methods: ['wia'], groups: ['S-1-5-21-1-2-3-513', 'S-1-5-32-545'] } }, { authentication: { at: 0, methods: [], groups: [] } },
      {
        authentication: {
          at: 1, methods: ['pwd', 'mfa'], groups: ['0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11', 'S-1-5-32-545'],
          entra: { tenant: '72f988bf-86f1-41af-91ab-2d7cd011db47', at: now() },
        },
      },
      { authentication: { at: now(), methods: [], channelBinding: 'bound', entra: { tenant: 'tenant', at: 0 } } },
    ] satisfies Partial<NewGrant>[]) {
      const made = { ...grant, ...change, id: `id ${JSON.stringify(change)}` };
      await one.addGrant(made);
      t.strictSame(await two.grantById(made.id), { ...made, codeUsed: false, revoked: false });
    }
    const { code, ...uncoded } = grant;
    await one.addGrant(uncoded);
    t.strictSame(await two.grantById(grant.id), { ...uncoded, codeUsed: false, revoked: false });
    t.ok(code);
    t.equal(await two.grantById('nothere'), undefined);
    t.equal(await two.grantById(''), undefined);
  });
}

function codes(t: Test, open: OpenBackend): void {
  t.test('a code is redeemed once; with the second time the grant is revoked', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const [grant, other] = [sampleGrant(alice.id, now()), sampleGrant(alice.id, now())];
    for (const added of [grant, other]) await one.addGrant(added);
    const then = { generation: 1, idleUntil: now() + 3600, expiresAt: now() + 7200 };
    t.equal(await two.redeemCode(grant.id, then), 'redeemed');
    t.strictSame(await one.grantById(grant.id), { ...grant, ...then, codeUsed: true, revoked: false });
    const later = { generation: 9, idleUntil: now() + 9000, expiresAt: now() + 9000 };
    t.equal(await one.redeemCode(grant.id, later), 'reused');
    t.strictSame(await two.grantById(grant.id), { ...grant, ...then, codeUsed: true, revoked: true }, 'and nothing else of it changes');
    t.equal(await two.redeemCode(grant.id, later), 'reused', 'also when it is revoked already');
    t.equal(await two.rotateRefresh(grant.id, 1, now() + 9000), 'gone');
    t.match(await two.grantById(other.id), { codeUsed: false, revoked: false });
  });

  t.test('no code is redeemed that is unknown, revoked before its use, or was never given', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const [revoked, codeless] = [sampleGrant(alice.id, now()), sampleRefreshGrant(alice.id, now())];
    for (const grant of [revoked, codeless]) await one.addGrant(grant);
    await one.revokeGrant(revoked.id);
    for (const id of [revoked.id, codeless.id, 'nothere', '']) {
      t.equal(await two.redeemCode(id, { generation: 1, idleUntil: now() + 3600, expiresAt: now() + 7200 }), 'gone');
    }
    t.match(await one.grantById(revoked.id), { codeUsed: false, revoked: true, expiresAt: revoked.expiresAt });
    t.match(await one.grantById(codeless.id), { codeUsed: false, revoked: false, generation: 1 });
  });
}

function refreshing(t: Test, open: OpenBackend): void {
  t.test('refresh tokens are replaced one by one; a former one revokes the grant', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleRefreshGrant(alice.id, now());
    await one.addGrant(grant);
    t.equal(await one.rotateRefresh(grant.id, 1, now() + 5000), 'rotated');
    t.equal(await two.rotateRefresh(grant.id, 2, now() + 6000), 'rotated');
    t.match(await one.grantById(grant.id), { generation: 3, idleUntil: now() + 6000, expiresAt: grant.expiresAt, revoked: false });
    for (const number of [4, 0, -1, 1.5, NaN, Infinity, 2 ** 53, 1e300]) {
      t.equal(await two.rotateRefresh(grant.id, number, now() + 9000), 'gone', `${String(number)} was never given`);
    }
    t.match(await one.grantById(grant.id), { generation: 3, revoked: false });
    t.equal(await one.rotateRefresh(grant.id, 1, now() + 9000), 'reused');
    t.match(await two.grantById(grant.id), { generation: 3, idleUntil: now() + 6000, revoked: true });
    for (const number of [1, 2, 3]) t.equal(await two.rotateRefresh(grant.id, number, now() + 9000), 'gone', 'it is revoked');
    t.equal(await two.rotateRefresh('nothere', 1, now() + 9000), 'gone');
  });

  t.test('without a refresh token there is none to replace', async (t) => {
    const { one, two, now } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleGrant(alice.id, now());
    await one.addGrant(grant);
    for (const number of [0, 1]) t.equal(await two.rotateRefresh(grant.id, number, now() + 60), 'gone');
    await two.redeemCode(grant.id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 120 });
    t.equal(await one.rotateRefresh(grant.id, 1, now() + 60), 'rotated');
  });

  t.test('a refresh token that was idle for too long is gone, and its grant is not', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleRefreshGrant(alice.id, now(), { idleUntil: now() + 60 });
    await one.addGrant(grant);
    tick(59);
    t.equal(await two.rotateRefresh(grant.id, 1, now() + 60), 'rotated');
    tick(60);
    for (const number of [2, 1]) t.equal(await one.rotateRefresh(grant.id, number, now() + 60), 'gone');
    t.match(await two.grantById(grant.id), { generation: 2, revoked: false });
  });
}

function revoking(t: Test, open: OpenBackend): void {
  t.test('a grant is revoked once, and stays known until it expires', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const grant = sampleRefreshGrant(alice.id, now());
    await one.addGrant(grant);
    t.equal(await one.revokeGrant(grant.id), true);
    t.equal(await two.revokeGrant(grant.id), false);
    t.equal(await two.revokeGrant('nothere'), false);
    t.strictSame(await two.grantById(grant.id), { ...grantWithoutCode(grant), codeUsed: false, revoked: true });
    t.equal(await two.rotateRefresh(grant.id, 1, now() + 60), 'gone');
    tick(86_400);
    t.equal(await one.grantById(grant.id), undefined);
  });

  t.test('one access token is revoked until its time, the longest that was said', async (t) => {
    const { one, two, now, tick } = await open(t);
    await one.revokeAccessToken('jti', now() + 60);
    t.equal(await two.isAccessTokenRevoked('jti'), true);
    t.equal(await two.isAccessTokenRevoked('JTI'), false);
    await two.revokeAccessToken('jti', now() + 50);
    tick(59);
    t.equal(await one.isAccessTokenRevoked('jti'), true);
    tick(1);
    t.equal(await one.isAccessTokenRevoked('jti'), false);
    await one.revokeAccessToken('past', now());
    t.equal(await two.isAccessTokenRevoked('past'), false);
  });
}

const grantWithoutCode = ({ code: _code, ...grant }: NewGrant): NewGrant => grant;

function expiry(t: Test, open: OpenBackend): void {
  t.test('from its end on a grant is unknown to every method', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const [fresh, used] = [sampleGrant(alice.id, now()), sampleGrant(alice.id, now())];
    const refresh = sampleRefreshGrant(alice.id, now(), { expiresAt: now() + 60 });
    for (const grant of [fresh, used, refresh]) await one.addGrant(grant);
    await one.redeemCode(used.id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 60 });
    tick(59);
    for (const { id } of [fresh, used, refresh]) t.equal((await two.grantById(id))?.id, id);
    tick(1);
    for (const { id } of [fresh, used, refresh]) {
      t.equal(await two.grantById(id), undefined);
      t.equal(await two.redeemCode(id, { generation: 1, idleUntil: now() + 60, expiresAt: now() + 60 }), 'gone');
      t.equal(await two.rotateRefresh(id, 1, now() + 60), 'gone');
      t.equal(await two.revokeGrant(id), false);
      t.equal(await one.grantById(id), undefined, 'and nothing brings it back');
    }
  });

  t.test('adding much, for a short time, takes no more than its time', async (t) => {
    const { one, two, now, tick } = await open(t);
    const { alice } = await sampleParties(one);
    const add = async (id: string, life: number): Promise<void> => {
      await one.addGrant(sampleGrant(alice.id, now(), { id, expiresAt: now() + life }));
      await one.revokeAccessToken(id, now() + life);
    };
    await add('long', 3600);
    for (let n = 0; n < 100; n++) await add(`short ${String(n)}`, 60);
    tick(60);
    for (let n = 0; n < 100; n++) await add(`later ${String(n)}`, 60);
    for (const id of ['long', 'later 0', 'later 99']) {
      t.equal((await two.grantById(id))?.id, id);
      t.equal(await two.isAccessTokenRevoked(id), true);
    }
    for (const id of ['short 0', 'short 99']) {
      t.equal(await two.grantById(id), undefined);
      t.equal(await two.isAccessTokenRevoked(id), false);
    }
  });
}
