// The embedded store's secrets of users: password hashes, PINs and cards.

import type { DatabaseSync } from 'node:sqlite';
import type { KnownUser } from '../identity/user.ts';
import { transaction } from './sqlite-transaction.ts';
import { known, mapped, userReader } from './sqlite-user-rows.ts';
import type { CardChange, SecretChanged, UserSecrets } from './user-store.ts';

/** The secret methods over an open database. A change and the rise of the epoch are one transaction. */
export function sqliteSecrets(database: DatabaseSync) {
  const reader = userReader(database);
  const { byId, byPin, byCard } = reader;
  const secrets = database.prepare('SELECT password_hash, pin_digest FROM users WHERE id = ?');
  const updatePassword = database.prepare('UPDATE users SET password_hash = ?, epoch = epoch + 1 WHERE id = ?');
  const updatePin = database.prepare('UPDATE users SET pin_digest = ?, pin_source = NULL, epoch = epoch + 1 WHERE id = ?');

  return {
    userSecrets: (id: string): UserSecrets | undefined => {
      const row = secrets.get(id) as { password_hash: string | null; pin_digest: string | null } | undefined;
      return row && { passwordHash: row.password_hash ?? undefined, pinDigest: row.pin_digest ?? undefined };
    },
    userByPin: (digest: string): KnownUser | undefined => mapped(byPin(digest), known),
    userByCard: (digest: string): KnownUser | undefined => mapped(byCard(digest), known),
    setPassword: (id: string, hash: string | undefined): SecretChanged =>
      updatePassword.run(hash ?? null, id).changes > 0 ? 'changed' : 'no-user',
    setPin: (id: string, digest: string | undefined): SecretChanged => transaction(database, () => {
      if (byId(id) === undefined) return 'no-user';
      if (digest !== undefined && ![undefined, id].includes(byPin(digest)?.id)) return 'taken';
      updatePin.run(digest ?? null, id);
      return 'changed';
    }),
    changeCards: cardChanger(database, reader),
  };
}

/** Takes and gives cards, in this order, like aliases. */
function cardChanger(database: DatabaseSync, { byId, byCard }: ReturnType<typeof userReader>) {
  const cardsOf = database.prepare('SELECT digest FROM cards WHERE user_id = ?');
  // One that he has from a directory or a file is an admin's from then on.
  const giveCard = database.prepare('INSERT INTO cards (digest, user_id) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET source = NULL');
  const deleteCard = database.prepare('DELETE FROM cards WHERE digest = ?');
  const raiseEpoch = database.prepare('UPDATE users SET epoch = epoch + 1 WHERE id = ?');

  return (id: string, { add, remove }: CardChange): SecretChanged => transaction(database, () => {
    if (byId(id) === undefined) return 'no-user';
    const his = new Set((cardsOf.all(id) as unknown as { digest: string }[]).map(({ digest }) => digest));
    const taken = remove === 'all' ? his : new Set(remove);
    if ([...taken].some((digest) => !his.has(digest))) return 'absent';
    const given = [...new Set(add)];
    if (given.some((digest) => ![undefined, id].includes(byCard(digest)?.id))) return 'taken';
    for (const digest of taken) deleteCard.run(digest);
    for (const digest of given) giveCard.run(digest, id);
    if (taken.size > 0) raiseEpoch.run(id);
    return 'changed';
  });
}
