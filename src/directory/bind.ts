// A person's password, checked by a bind of its own (RFC 4513 §5.1.3) on a connection that is used for nothing else.

import { randomBytes, randomUUID } from 'node:crypto';
import type { Account, BindAnswer } from '../identity/account.ts';
import { UnavailableError } from '../errors.ts';
import { turns } from '../identity/turns.ts';
import { bindDetail } from './bind-detail.ts';
import type { Controllers } from './controllers.ts';
import { before, type Deadline, deadline } from './deadline.ts';
import { outSentence } from './failure.ts';
import type { Lookups } from './lookups.ts';
import type { DirectorySettings } from './settings.ts';

/** So many connections at once, and so many more who wait for one. */
const AT_ONCE = 16;
const WAITING = 1_000;
/** Octets; Active Directory takes 256 characters at most. */
const MAX_PASSWORD = 1_024;

/** Checks passwords; rejects with an UnavailableError if the directory is out, or too many wait. */
export type CheckPassword = (account: Account | undefined, password: string) => Promise<BindAnswer>;

export interface PasswordOptions {
  readonly settings: Pick<DirectorySettings, 'baseDn' | 'timeout'>;
  readonly controllers: Pick<Controllers, 'unbound'>;
  readonly lookups: Pick<Lookups, 'dnOf'>;
}

export function passwordCheck({ settings, controllers, lookups }: PasswordOptions): CheckPassword {
  const take = turns({ atOnce: AT_ONCE, waiting: WAITING });
  return async (account, password) => {
    const impossible = account === undefined ? undefined : neverRight(password);
    if (impossible !== undefined) return { kind: 'wrong', detail: impossible };
    const patience = deadline(settings.timeout * 1000);
    const check = take('', async (): Promise<BindAnswer> => {
      if (patience.isPast) throw tooLate;
      // Search and bind have a deadline each, and whoever waits has his own: a controller that has no time left for its answer is not out.
      const whole = (): Deadline => deadline(settings.timeout * 1000);
      // Where it is now: an entry may have moved since it was cached, and another may be in its place.
      const dn = await lookups.dnOf(account?.sid ?? nobodysSid, whole());
      // Nobody waits for it any more, and a wrong password would count towards the lockout.
      if (patience.isPast) throw tooLate;
      const isReal = account !== undefined && dn !== undefined;
      const [name, secret] = isReal ? [dn, password] : [`CN=${randomUUID()},${settings.baseDn[0] ?? ''}`, randomBytes(12).toString('base64')];
      const result = await controllers.unbound(whole(), (connection, share) => connection.bind(name, secret, share));
      if (result.kind === 'right' && isReal) return { kind: 'right' };
      if (account === undefined) return { kind: 'wrong', detail: 'there is no such account' };
      return { kind: 'wrong', detail: dn === undefined || result.kind === 'right' ? 'the account is gone' : bindDetail(result) };
    });
    return before(patience, check, 'no turn and no answer to the check of a password');
  };
}

const tooLate = new UnavailableError(outSentence, { of: 'directory', detail: 'the check of a password had not begun in time' });

/** Of a domain that nobody has: searched for whoever has no account, so that it takes the same time. */
const nobodysSid = 'S-1-5-21-0-0-0-1000';

/** Why no bind is needed. What UTF-8 cannot carry, or ends a string early, would be compared as another password than was typed. */
function neverRight(password: string): string | undefined {
  if (password === '') return 'the password is empty';
  if (password.includes('\0') || !password.isWellFormed()) return 'the password has characters that no password has';
  return Buffer.byteLength(password) > MAX_PASSWORD ? 'the password is longer than any can be' : undefined;
}
