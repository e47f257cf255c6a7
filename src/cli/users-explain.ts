// `users explain`: how a name resolves, through which rules, to whom and to which rights. Nothing is changed by it.

import type { Config } from '../config/load.ts';
import { openAccounts } from '../directory/accounts.ts';
import { sectionOf } from '../directory/settings.ts';
import { type Explanation, explain, type NamedDomain } from '../identity/explain.ts';
import { canonicalAlias } from '../identity/principal.ts';
import { plainWord } from '../identity/shell-word.ts';
import type { EntraId } from '../identity/user.ts';
import { type KeytabFile, keytabFile } from '../mechanisms/keytab-file.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { everyUsersScopes } from '../tokens/scopes.ts';
import { userRules } from '../user-rules.ts';
import { readEntraId } from './entra-id.ts';
import { action, type Call, type Report } from './users-action.ts';
import { explanationLines } from './users-explain-print.ts';
import { type Way, waysOf } from './users-explain-ways.ts';

/** The action. It ends with exit 1 if the name leads to nobody who could sign in. */
export const explainAction = action({}, explainUser);

async function explainUser({ store, name, config }: Call): Promise<Report> {
  const now = (): number => Math.floor(Date.now() / 1000);
  const warnings: string[] = [];
  const accounts = openAccounts({ directories: config.directories, now, warn: (message) => { warnings.push(message); } });
  try {
    const keytab = keytabFile(config.kerberos.keytab);
    const explanation = await explain(name, {
      directory: store, accounts, domains: domainsOf(config),
      ...userRules(config, () => keytab.realms()),
      entraIds: (text) => peopleIn(text, config),
      rules: config.rights,
      everybody: everyUsersScopes,
    });
    const { user } = explanation;
    const record = user === undefined ? undefined : await store.userByName(user.name);
    const named = user === undefined ? undefined : await store.userByAnyName(user.name, canonicalAlias(user.name));
    const ways = waysOf({ explanation, record, named, config, keytab });
    const settingOf = (realm: string): string => realmSetting(config, keytab.realms(), realm);
    const notes = [...explanation.notes, ...warnings, ...keytabNotes(config, keytab)];
    const why = ways.some(({ can }) => can) ? undefined : complaint(explanation, record);
    return {
      lines: explanationLines({ ...explanation, notes }, {
        record, ways, settingOf, hasRules: config.rights.length > 0,
        hasDomains: config.kerberos.enabled || config.ntlm.enabled || config.directories.length > 0,
      }),
      json: jsonOf({ ...explanation, notes }, record, ways),
      complaint: why,
    };
  } finally {
    accounts.close();
  }
}

/** With no tenant set, or another one's, it is a name like any other. */
function peopleIn(text: string, { tenants }: Config): readonly EntraId[] {
  const people = tenants.map((tenant) => readEntraId(text, [tenant])).filter((person) => typeof person !== 'string');
  return people.filter(({ tenant }, index) => people.findIndex((one) => one.tenant === tenant) === index);
}

/** Why the realm that it would let in may not sign in. */
function keytabNotes({ kerberos }: Config, keytab: KeytabFile): readonly string[] {
  const read = keytab.read();
  return kerberos.enabled && kerberos.realms.length === 0 && 'problem' in read ? [`the keytab ${keytab.path}: ${read.problem}; it lets no realm in`] : [];
}

/** As NTLM reads DOMAIN\user, then as the login page does. */
function domainsOf({ ntlm, directories }: Config): readonly NamedDomain[] {
  return [
    ...ntlm.domains.map(({ domain, realm }) => ({ domain, realm, setting: '[NTLM] Domains' })),
    ...directories.flatMap(({ name, domain, realm }) => [
      { domain, realm, setting: `[${sectionOf(name)}] Domain` }, { domain: realm, realm, setting: `[${sectionOf(name)}] Realm` },
    ]),
  ];
}

/** Which setting lets a realm in: the first of those that user-rules.ts has. */
function realmSetting({ kerberos, ntlm, directories }: Config, keytabRealms: readonly string[], realm: string): string {
  if (kerberos.realms.length > 0) return '[Kerberos] Realms';
  if (keytabRealms.includes(realm)) return `the keytab ${kerberos.keytab}`;
  if (ntlm.enabled && ntlm.domains.some((one) => one.realm === realm)) return '[NTLM] Domains';
  return directories.filter((one) => one.signIn && one.realm === realm).map(({ name }) => `[${sectionOf(name)}] Realm`).join(', ');
}

/** Why nobody could sign in by this name, in a sentence. */
function complaint({ reading, user, newName, principals, refusedByAccount }: Explanation, record: UserRecord | undefined): string {
  if (reading.kind === 'nobody') return reading.why;
  const refusal = principals.map(({ lookup }) => (lookup.kind === 'refused' ? lookup : undefined)).find((one) => one !== undefined);
  const sentence = (detail: string, cure: string | undefined): string => (cure === undefined ? detail : `${detail}; ${cure}`);
  if (user === undefined && newName === undefined) return sentence(refusal?.detail ?? 'it leads to no user', refusal?.cure);
  if (record?.disabledInDirectory === true) {
    return `user ${record.name} is disabled in the directory; enable him there, then myq-gateway users sync`;
  }
  if (user?.disabled === true) return `user ${user.name} is disabled; myq-gateway users enable ${plainWord(user.name, '<NAME>')}`;
  const byAccount = refusedByAccount.secret ?? refusedByAccount.domain;
  if (byAccount !== undefined) return sentence(byAccount.detail, byAccount.cure);
  return refusal === undefined ? `${user?.name ?? newName ?? ''} has nothing to sign in with` : sentence(refusal.detail, refusal.cure);
}

function jsonOf(explanation: Explanation, record: UserRecord | undefined, ways: readonly Way[]): object {
  const { asked, reading, principals, user, newName, aliases, account, groups, rights, refusedByAccount, notes } = explanation;
  const ruled = rights?.ofGroups ?? [];
  return {
    asked, reading,
    principals: principals.map(({ principal: { canonical, realm }, aliases: lookedUp, matched = null, lookup }) => ({
      principal: canonical, realm, realmAllowed: lookup.kind !== 'refused' || lookup.reason !== 'realm_not_allowed', lookedUp, matched,
      user: lookup.kind === 'user' ? lookup.user.name : null,
      refusal: lookup.kind === 'refused' ? { reason: lookup.reason, detail: lookup.detail, cure: lookup.cure ?? null } : null,
    })),
    user: user === undefined ? null : {
      id: user.id, name: user.name, disabled: user.disabled, disabledInDirectory: record?.disabledInDirectory ?? false, aliases,
      entraIds: record?.entraIds ?? [],
    },
    newName: newName ?? null,
    account,
    refusedByAccount: { domain: refusedByAccount.domain ?? null, secret: refusedByAccount.secret ?? null },
    groups: groups.map((sid) => ({ sid, rights: ruled.filter((one) => one.sid === sid).map(({ group, scopes }) => ({ group, scopes })) })),
    rights: rights ?? null,
    ways, canSignIn: ways.some(({ can }) => can), notes,
  };
}
