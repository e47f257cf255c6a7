// What `users` prints of users, and of what was done with them. What was made newly is printed, and no other secret.

import { sectionOf } from '../directory/settings.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { shownEntraId } from './entra-id.ts';
import { oneLine } from './terminal.ts';
import type { Answer } from './users-action.ts';
import { type Mixed, table } from './verb.ts';

/** The text for people, or the same as JSON. */
export function print(answer: Answer, json: boolean): string | Mixed | undefined {
  if (answer === undefined) return json ? '{}' : undefined;
  if ('made' in answer) return json ? JSON.stringify(answer.made, undefined, 2) : Object.values(answer.made).join('\n');
  if ('lines' in answer) {
    const text = json ? JSON.stringify(answer.json, undefined, 2) : answer.lines.map(oneLine).join('\n');
    return answer.complaint === undefined ? text : { text, complaint: answer.complaint };
  }
  if (json) return JSON.stringify(answer, undefined, 2);
  const users = [answer].flat();
  // A list is wide enough without what `show` tells.
  const shown = Array.isArray(answer) ? undefined : users[0]?.account;
  const account = shown === undefined ? [] : [['DIRECTORY', `[${sectionOf(shown.directory)}]`], ['SID', shown.sid]];
  const people = Array.isArray(answer) ? [] : users[0]?.entraIds ?? [];
  const entra = people.length === 0 ? [] : [['ENTRA ID', people.map(shownEntraId).join(', ')]];
  const more = [...account, ...entra];
  const rows = users.map((user) => [
    user.name, state(user), signIn(user), user.aliases.join(', '), user.fullName ?? '', user.email ?? '', user.personalNumber ?? '',
    user.scopes.join(' '), user.id, ...more.map(([, value = '']) => value),
  ]);
  const heading = ['NAME', 'STATE', 'SIGN-IN', 'ALIASES', 'FULL NAME', 'E-MAIL', 'PERSONAL NUMBER', 'MORE SCOPES', 'SUB'];
  return table([[...heading, ...more.map(([title = '']) => title)], ...rows]);
}

function state({ disabled, disabledInDirectory }: UserRecord): string {
  if (disabledInDirectory) return 'disabled in the directory';
  return disabled ? 'disabled' : 'enabled';
}

/** The secrets that a user has, and whether he is somebody in Entra ID; `-` for one who signs in with none of them. */
function signIn({ hasPassword, hasPin, cards, entraIds }: UserRecord): string {
  const ways = [
    ...(hasPassword ? ['password'] : []), ...(hasPin ? ['PIN'] : []), ...(cards > 0 ? [cards === 1 ? '1 card' : `${String(cards)} cards`] : []),
    ...(entraIds.length > 0 ? ['Entra ID'] : []),
  ];
  return ways.join(', ') || '-';
}
