// How `users explain` tells it to people: step by step, one line for each thing that was looked at.

import { sectionOf } from '../directory/settings.ts';
import type { Explanation, PrincipalStep, RightsStep } from '../identity/explain.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { shownEntraId } from './entra-id.ts';
import { visible } from './terminal.ts';
import type { Way } from './users-explain-ways.ts';
import { table } from './verb.ts';

export interface PrintOptions {
  readonly record: UserRecord | undefined;
  readonly ways: readonly Way[];
  /** Which setting lets a realm in. */
  readonly settingOf: (realm: string) => string;
  /** Whether [Rights] has any line. */
  readonly hasRules: boolean;
  /** Whether anybody signs in by a domain here. */
  readonly hasDomains: boolean;
}

type Row = readonly [label: string, text: string];

/** The lines, in the order in which a sign-in decides. */
export function explanationLines(explanation: Explanation, options: PrintOptions): readonly string[] {
  const rows: readonly Row[] = [
    ['asked', visible(explanation.asked)],
    ['read as', readingText(explanation)],
    ...(options.hasDomains ? explanation.principals : []).flatMap((step) => principalRows(step, options)),
    ...userRows(explanation, options),
    ...accountRows(explanation),
    ...groupRows(explanation, options),
    ...(explanation.rights === undefined ? [] : rightsRows(explanation.rights)),
    ...options.ways.map(({ way, can, text }): Row => [wayNames[way], can ? `yes, ${text}` : `no: ${text}`]),
    ...explanation.notes.map((note): Row => ['note', visible(note)]),
  ];
  return table(rows).split('\n');
}

const wayNames: Readonly<Record<Way['way'], string>> = {
  password: 'password', directory: 'password of the domain', pin: 'PIN', card: 'cards', kerberos: 'Kerberos', ntlm: 'NTLM', entra: 'Entra ID',
};

function readingText({ reading }: Explanation): string {
  switch (reading.kind) {
    case 'name':
      return 'the name of a user here';
    case 'alias':
      return `the alias ${reading.alias} of a user here`;
    case 'domain':
      return `a user of the domain ${reading.domain}, which is the realm ${reading.realm} by ${reading.setting}`;
    case 'entra':
      return `the person ${shownEntraId(reading.id)} of Entra ID, who is a user here`;
    case 'account':
      return `a name of [${sectionOf(reading.account.directory)}]; nobody here has it as a name or alias`;
    case 'principal':
      return 'a principal; nobody here has it as a name or alias';
    case 'only-realm':
      return `a principal of ${reading.realm}, the one realm that may sign in; nobody here has it as a name or alias`;
    case 'nobody':
      return `nobody: ${visible(reading.why)}`;
  }
}

function principalRows(step: PrincipalStep, { settingOf }: PrintOptions): readonly Row[] {
  const { principal: { canonical, realm }, lookup, aliases, matched } = step;
  if (lookup.kind === 'refused' && lookup.reason === 'realm_not_allowed') {
    return [['principal', canonical], ['  realm', `${realm} may not sign in: ${withCure(lookup.detail, lookup.cure)}`]];
  }
  const at = matched === undefined ? aliases.length : aliases.indexOf(matched);
  const one = (alias: string, index: number): string => {
    if (index === at && lookup.kind === 'user') return `${alias}: of user ${lookup.user.name}`;
    return index < at ? `${alias}: nobody's` : `${alias}: not looked at`;
  };
  return [['principal', canonical], ['  realm', `${realm} may sign in, by ${settingOf(realm)}`], ['  aliases', aliases.map(one).join('; ')]];
}

const withCure = (detail: string, cure: string | undefined): string => (cure === undefined ? detail : `${detail}; ${cure}`);

function userRows({ user, aliases, newName, principals }: Explanation, { record }: PrintOptions): readonly Row[] {
  if (user !== undefined) {
    const state = record?.disabledInDirectory === true ? 'disabled in the directory' : user.disabled ? 'disabled' : 'enabled';
    return [['user', `${user.name}, ${state}, sub ${user.id}`], ['  aliases', aliases.join(', ') || 'none']];
  }
  if (newName !== undefined) return [['user', `none; ${newName} would be made at the first sign-in ([Users] UnknownUsers = Create)`]];
  const refusal = principals.map(({ lookup }) => (lookup.kind === 'refused' ? lookup : undefined)).find((one) => one?.reason === 'unknown_user');
  return [['user', refusal === undefined ? 'none' : `none: ${withCure(refusal.detail, refusal.cure)}`]];
}

function accountRows({ account, reading, refusedByAccount }: Explanation): readonly Row[] {
  const refusal = refusedByAccount.domain ?? refusedByAccount.secret;
  const refused: readonly Row[] = refusal === undefined ? [] : [['  refused', withCure(refusal.detail, refusal.cure)]];
  switch (account.kind) {
    case 'found': {
      const { dn, sid, name, realm, disabled, directory } = account.account;
      const how = account.by === 'sid' ? 'found by the SID that he was mirrored with' : `found as ${name}@${realm}`;
      const state = disabled ? 'disabled or expired' : 'enabled';
      return [['account', `${dn} in [${sectionOf(directory)}], ${how}`], ['  state', state], ['  SID', sid], ...refused];
    }
    case 'absent':
      return [['account', 'none: the directory of his realm has no such account, or none that UserFilter and BaseDn let through'], ...refused];
    case 'elsewhere':
      return reading.kind === 'nobody' ? [] : [['account', 'none: no name of his with a realm, as in user@REALM, is of a realm that a directory serves'], ...refused];
    case 'no-directory':
      return reading.kind === 'nobody' ? [] : [['account', 'none: no [Directory] is set']];
    case 'out':
      return [['account', `not known now, the directory is out: ${account.detail}`]];
  }
}

function groupRows({ groups, account, rights }: Explanation, { hasRules }: PrintOptions): readonly Row[] {
  if (account.kind !== 'found') return rights === undefined || !hasRules ? [] : [['groups', 'not known here; they come with his ticket, or his ID token']];
  if (groups.length === 0) return [['groups', 'none']];
  return groups.map((sid, index): Row => {
    const ruled = rights?.ofGroups.filter((one) => one.sid === sid).map(({ group, scopes }) => `[Rights] ${group} = ${scopes.join(' ')}`) ?? [];
    return [index === 0 ? 'groups' : '', ruled.length === 0 ? sid : `${sid}  <- ${ruled.join('; ')}`];
  });
}

function rightsRows({ everybody, own, ofGroups, all }: RightsStep): readonly Row[] {
  const list = (scopes: readonly string[]): string => scopes.join(' ') || 'none';
  return [
    ['rights', `everybody's: ${list(everybody)}`],
    ['', `his own: ${list(own)}`],
    ...(ofGroups.length === 0 ? [['', 'of groups: none'] as const] : ofGroups.map(({ group, scopes }): Row => ['', `of ${group}: ${list(scopes)}`])),
    ['', `in sum: ${list(all)}`],
  ];
}
