// The rules of [Rights]: which group has which scopes (RFC 6749 §3.3). A SID (MS-DTYP §2.4.2) or an object ID is one group for ever; a name
// is looked up.

import { guidOf } from '../guid.ts';
import { netbiosName } from './domains.ts';
import type { RuleSection } from './keys.ts';
import { type Kind, quote, type Reading } from './values.ts';

/**
 * `sid` in its text form with a capital S, or a group's object ID in Entra ID, in lower case; `name` as written: `NAME`, or `DOMAIN\NAME`.
 */
export type RightsGroup =
  | { readonly kind: 'sid'; readonly sid: string }
  | { readonly kind: 'object'; readonly object: string }
  | { readonly kind: 'name'; readonly name: string };

/** What the members of a group may be granted beyond what every user has. */
export interface RightsRule {
  readonly group: RightsGroup;
  /** At least one, each once; the standard's `offline_access` as `offline.access`. */
  readonly scopes: readonly string[];
}

const number = '(?:0|[1-9]\\d*)';
const sidForm = new RegExp(`^S-1-(${number})((?:-${number}){1,15})$`, 'i');

/** Whether it is a SID: revision 1, an authority of 48 bits, 1 to 15 sub-authorities of 32 bits. */
function isSid(text: string): boolean {
  if (text.length > 200) return false;
  const [, authority = '', parts = ''] = sidForm.exec(text) ?? [];
  return authority !== '' && Number(authority) < 2 ** 48 && parts.slice(1).split('-').every((part) => Number(part) < 2 ** 32);
}

/** A sAMAccountName of a group: Windows forbids these characters, and people cannot see those of \p{C}. */
const groupName = /^(?! )[^"/\\[\]:;|=,+*?<>\p{C}\u2028\u2029]{1,256}(?<! )$/u;

function groupOf(key: string): { readonly group: RightsGroup } | { readonly wrong: string; readonly isName: boolean } {
  if (/^S-\d+-/i.test(key)) {
    if (isSid(key)) return { group: { kind: 'sid', sid: key.toUpperCase() } };
    // What has other than digits behind its beginning may be anything.
    return { wrong: 'not a SID, expected S-1- and up to 16 numbers, such as S-1-5-21-1004336348-1177238915-682003330-1105', isName: /^[S\d-]{1,200}$/i.test(key) };
  }
  const object = guidOf(key);
  if (object !== undefined) return { group: { kind: 'object', object } };
  const [first = '', name, ...more] = key.split('\\');
  const isGroup = more.length === 0 && (name === undefined
    ? groupName.test(first)
    : 'value' in netbiosName.read(first, '') && groupName.test(name));
  if (isGroup) return { group: { kind: 'name', name: key } };
  return { wrong: `not a group, expected ${rights.keyExpected}`, isName: false };
}

function readScopes(text: string): Reading<readonly string[]> {
  const scopes: string[] = [];
  for (const word of text.split(/[\s,]+/).filter((part) => part !== '')) {
    if (word.length > 255 || !/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(word)) return { wrong: `${quote(word)} is not a scope` };
    const scope = word === 'offline_access' ? 'offline.access' : word;
    if (scopes.includes(scope)) return { wrong: `${quote(scope)} is named twice` };
    scopes.push(scope);
  }
  return scopes.length === 0 ? { wrong: 'names no scope' } : { value: scopes };
}

export const rights: RuleSection<RightsRule> = {
  help: 'Which scopes the members of a group may have beyond what every user has. Each line is a rule: a group of the domain or of '
    + 'Entra ID and its scopes. Who is in several groups has the scopes of them all. A SID stays when the group is renamed, and "users explain" '
    + 'shows it; a name needs [Directory], which looks it up; groups of Entra ID are named by their object ID.',
  keyExpected: 'a group: its SID, NAME or DOMAIN\\NAME, or its object ID in Entra ID',
  valueExpected: 'scopes separated by blanks or commas, each once, such as reports printers',
  examples: [
    'S-1-5-21-1004336348-1177238915-682003330-1105 = reports',
    'Print Admins = printers queues reports',
    'EXAMPLE\\Helpdesk = users, jobs',
    '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11 = reports',
  ],
  kindOf(key) {
    const read = groupOf(key);
    return 'wrong' in read ? read : { kind: ruleOf(read.group) };
  },
};

function ruleOf(group: RightsGroup): Kind<RightsRule> {
  return {
    expected: rights.valueExpected,
    read(text) {
      const reading = readScopes(text);
      return 'wrong' in reading ? reading : { value: { group, scopes: reading.value } };
    },
    show: ({ scopes }) => scopes.join(' '),
  };
}
