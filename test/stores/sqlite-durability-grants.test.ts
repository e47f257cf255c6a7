// The embedded store's grants across processes: what was answered about a code or refresh token survives a kill, and none works twice.

import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { GrantRecord } from '../../src/stores/grant-store.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import type { Store } from '../../src/stores/store.ts';
import { child, result } from './child.ts';
import { sampleGrant, sampleParties, sampleRefreshGrant } from './samples.ts';

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const later = { generation: 1, idleUntil: now + DAY, expiresAt: now + DAY };

/** A store on a new file, with a user. */
async function begun(t: Test): Promise<{ readonly file: string; readonly store: Store; readonly userId: string }> {
  const file = join(t.testdir(), 'gateway.db');
  const store = openSqlite(file);
  t.teardown(() => store.close());
  return { file, store, userId: (await sampleParties(store)).alice.id };
}

/** The whole lines that it printed until it was killed, so many milliseconds after it had printed `sign`. */
async function killed(t: Test, process: ReturnType<typeof child>, sign: string, after: number): Promise<readonly (readonly string[])[]> {
  const seen = result(process);
  for (let text = ''; !text.includes(sign);) text += String((await once(process.stdout, 'data'))[0]);
  await sleep(after);
  process.kill('SIGKILL');
  const { lines, code } = await seen;
  t.equal(code, null);
  // Each line ends by a full stop; the last one may be cut in two by the kill.
  return lines.filter((line) => line.endsWith('.')).map((line) => line.slice(0, -1).split(' '));
}

t.test('what was answered in a code flow is true after kill -9', async (t) => {
  const { file, store, userId } = await begun(t);
  const body = `const later = ${JSON.stringify(later)};
const say = (...words) => process.stdout.write(words.join(' ') + '.\\n');
for (let n = 0; ; n++) {
  const id = process.pid + '-' + n;
  await store.countAttempt([{ key: 'tries', limit: 1e9, endsAfter: 'last' }], ${String(DAY)});
  say('tried');
  await store.addGrant({ ...${JSON.stringify(sampleGrant(userId, now, { expiresAt: now + DAY }))}, id });
  say('added', id);
  say(await store.redeemCode(id, later), id);
  for (let number = 1; number < 4; number++) say(await store.rotateRefresh(id, number, later.idleUntil), id, number);
  const other = id + '-other';
  await store.addGrant({ ...${JSON.stringify(sampleRefreshGrant(userId, now))}, id: other });
  if (await store.revokeGrant(other)) say('revoked', other);
  await store.revokeAccessToken(id, later.expiresAt);
  say('ended', id);
}`;
  const told: (readonly string[])[] = [];
  for (let round = 0; round < 4; round++) told.push(...await killed(t, child(file, body), 'ended', round * 37));
  const of = (verb: string): readonly (readonly string[])[] => told.filter(([said]) => said === verb);
  const verbs = ['tried', 'added', 'redeemed', 'rotated', 'revoked', 'ended'];
  t.strictSame([...new Set(told.map(([verb]) => verb))].sort(), [...verbs].sort(), 'nothing else was answered');
  for (const [, id = ''] of of('added')) t.ok(await store.grantById(id));
  for (const [, id = '', number] of of('rotated')) {
    const { generation } = await store.grantById(id) as GrantRecord;
    t.ok(generation > Number(number) && generation <= 4, `${id} ${String(generation)}`);
  }
  for (const [, id = ''] of of('revoked')) t.match(await store.grantById(id), { revoked: true });
  for (const [, id = ''] of of('ended')) t.equal(await store.isAccessTokenRevoked(id), true);
  t.equal(await store.countAttempt([{ key: 'tries', limit: of('tried').length, endsAfter: 'last' }], DAY), 'tries', 'no try is forgotten');
  // At last the thief: nothing of what was used works again.
  for (const [, id = '', number] of of('rotated')) t.not(await store.rotateRefresh(id, Number(number), now + DAY), 'rotated');
  for (const [, id = ''] of of('redeemed')) {
    t.equal(await store.redeemCode(id, later), 'reused');
    t.match(await store.grantById(id), { revoked: true });
  }
});

t.test('of two processes that want the same codes and refresh tokens each gets some, none twice, also when both are killed', async (t) => {
  const { file, store, userId } = await begun(t);
  const ids = Array.from({ length: 150 }, (_, n) => String(n));
  for (const id of ids) {
    await store.addGrant(sampleGrant(userId, now, { id: `code-${id}`, expiresAt: now + DAY }));
    await store.addGrant(sampleRefreshGrant(userId, now, { id: `refresh-${id}` }));
  }
  const body = `const later = ${JSON.stringify(later)};
for (let n = 0; n < ${String(ids.length)}; n++) {
  process.stdout.write('code-' + n + ' ' + await store.redeemCode('code-' + n, later) + '.\\n');
  process.stdout.write('refresh-' + n + ' ' + await store.rotateRefresh('refresh-' + n, 1, later.idleUntil) + '.\\n');
}
setInterval(() => {}, 1000);`;
  const told = (await Promise.all([child(file, body), child(file, body)].map((process) => killed(t, process, 'refresh-3 ', 20)))).flat();
  let silent = 0;
  for (const id of ids) {
    const last = [['code', await store.redeemCode(`code-${id}`, later)], ['refresh', await store.rotateRefresh(`refresh-${id}`, 1, now + DAY)]];
    for (const [kind, answer] of last) {
      const answers = [...told.filter(([name]) => name === `${String(kind)}-${id}`).map(([, said]) => said), answer];
      const won = answers.filter((said) => said === 'redeemed' || said === 'rotated').length;
      t.ok(won <= 1, `${String(kind)} ${id}: ${answers.join()}`);
      if (won === 0) silent++;
    }
  }
  t.ok(silent <= 2, `${String(silent)} answers were on their way at the kill, one a process at the most`);
  t.ok(told.length > 2);
});
