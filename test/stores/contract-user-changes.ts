// The store contract's cases about changing what is said of a user.

import type { Test } from 'tap';
import type { NewUser, UserChange } from '../../src/stores/user-store.ts';
import type { OpenBackend } from './backend.ts';

const alice: NewUser = {
  name: 'Alice', aliases: ['alice'], fullName: 'Alice Example', email: 'alice@example.com', scopes: ['users', 'scan'], passwordHash: 'hash',
};
const change = (some: Partial<UserChange>): UserChange => ({ addScopes: [], removeScopes: [], ...some });

export function userChanges(t: Test, open: OpenBackend): void {
  t.test('what a change names is changed as one step, and the rest stays', async (t) => {
    const { one, two } = await open(t);
    const bob = await one.addUser({ ...alice, name: 'bob', aliases: [] });
    let wanted = await one.addUser(alice);
    for (const [made, result] of [
      [{}, {}],
      [{ email: 'Žluť@example.com' }, { email: 'Žluť@example.com' }],
      [{ fullName: 'Alice 李 🖨️', email: undefined }, { fullName: 'Alice 李 🖨️' }],
      [{ addScopes: ['reports', 'users', 'reports'] }, { scopes: ['users', 'scan', 'reports'] }],
      [{ removeScopes: ['users', 'users'], addScopes: ['credit'], email: null }, { scopes: ['scan', 'reports', 'credit'], email: undefined }],
      [{ fullName: null, removeScopes: ['scan', 'reports', 'credit'] }, { fullName: undefined, scopes: [] }],
      [{ email: null, fullName: null }, {}],
      [{ personalNumber: '007 Žluť' }, { personalNumber: '007 Žluť' }],
      [{ personalNumber: undefined }, {}],
      [{ personalNumber: null }, { personalNumber: undefined }],
      [{ email: "'); DROP TABLE users;--", fullName: 'back' }, { email: "'); DROP TABLE users;--", fullName: 'back' }],
    ] as const) {
      wanted = { ...wanted, ...result };
      t.strictSame(await two.changeUser(wanted.id, change(made)), { kind: 'changed', user: wanted }, JSON.stringify(made));
      t.strictSame(await one.userByName('alice'), wanted);
    }
    t.strictSame(await one.userByName('bob'), bob);
    t.match(await one.userSecrets(wanted.id), { passwordHash: 'hash' });
    t.match(await one.changeUser(wanted.id, change({ addScopes: ['x'], removeScopes: [] })), { user: { scopes: ['x'] } });
    t.match(await one.changeUser(wanted.id, change({ addScopes: ['x'], removeScopes: ['x'] })), { user: { scopes: ['x'] } }, 'taken, then given');
  });

  t.test('if a scope that is taken is not his nothing is written, and for nobody there is nothing', async (t) => {
    const { one, two } = await open(t);
    const user = await one.addUser(alice);
    const all = { email: null, fullName: 'new', personalNumber: '7', addScopes: ['reports'] };
    t.strictSame(
      await two.changeUser(user.id, change({ ...all, removeScopes: ['users', 'credit', 'Scan', 'credit'] })), { kind: 'refused', absent: ['credit', 'Scan'] },
    );
    t.strictSame(await two.changeUser(user.id, change({ addScopes: ['new'], removeScopes: ['new'] })), { kind: 'refused', absent: ['new'] });
    t.strictSame(await one.userByName('alice'), user);
    t.strictSame(await two.changeUser('nobody', change(all)), { kind: 'no-user' });
    await one.removeUser(user.id);
    t.strictSame(await two.changeUser(user.id, change(all)), { kind: 'no-user' });
    t.strictSame(await one.users(), []);
  });

  t.test('of many changes at once, from both handles, none is lost', async (t) => {
    const { one, two } = await open(t);
    const { id } = await one.addUser(alice);
    const added = Array.from({ length: 16 }, (_, n) => `scope-${String(n)}`);
    const results = await Promise.all([
      ...added.map((scope, n) => (n % 2 ? one : two).changeUser(id, change({ addScopes: [scope] }))),
      one.changeUser(id, change({ email: 'new@example.com' })),
      two.changeUser(id, change({ fullName: null, removeScopes: ['users'] })),
    ]);
    t.ok(results.every(({ kind }) => kind === 'changed'));
    const user = await two.userByName('alice');
    t.match(user, { email: 'new@example.com', fullName: undefined });
    t.strictSame(user?.scopes.toSorted(), ['scan', ...added].toSorted());
  });
}
