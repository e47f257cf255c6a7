// With what somebody can sign in: each way, and why or why not.

import type { Config } from '../config/load.ts';
import { sectionOf } from '../directory/settings.ts';
import type { Explanation } from '../identity/explain.ts';
import { mayBePaired } from '../identity/find-entra-user.ts';
import type { Principal } from '../identity/principal.ts';
import type { Named } from '../identity/user.ts';
import type { KeytabFile } from '../mechanisms/keytab-file.ts';
import type { UserRecord } from '../stores/user-store.ts';
import { shownEntraId } from './entra-id.ts';

export interface Way {
  readonly way: 'password' | 'directory' | 'pin' | 'card' | 'kerberos' | 'ntlm' | 'entra';
  readonly can: boolean;
  /** How, or why not. */
  readonly text: string;
}

export interface WaysOptions {
  readonly explanation: Explanation;
  /** Undefined for somebody who is no user yet. */
  readonly record: UserRecord | undefined;
  /** What his names say of where they come from. */
  readonly named: Named | undefined;
  readonly config: Config;
  readonly keytab: Pick<KeytabFile, 'path' | 'read' | 'httpKeys'>;
}

/** All of them, for a user or for somebody who would become one; for nobody there are none. */
export function waysOf(options: WaysOptions): readonly Way[] {
  const { explanation: { user, newName }, record } = options;
  if (user === undefined && newName === undefined) return [];
  const secrets = record === undefined ? [] : secretsHere(options, record);
  return [...secrets, inDirectory(options), kerberosWay(options), ntlmWay(options), entraWay(options)];
}

function secretsHere({ explanation, config }: WaysOptions, record: UserRecord): readonly Way[] {
  const { pinSignIn } = config.users;
  const where = pinSignIn ? 'on the login page and through applications' : 'through applications (login_info); not on the login page: [Users] PinSignIn is off';
  const own = (way: Way['way'], lack: string | undefined, how: string): Way => wayOf(way, lack, blockedBy(explanation, 'secret'), how);
  return [
    own('password', record.hasPassword ? undefined : 'he has none here', 'kept here'),
    own('pin', record.hasPin ? undefined : 'he has none', where),
    own('card', record.cards > 0 ? undefined : 'he has none', `${String(record.cards)}, ${where}`),
  ];
}

function inDirectory({ explanation, record, config }: WaysOptions): Way {
  const { account } = explanation;
  const lack = (): string | undefined => {
    if (record?.hasPassword === true) return 'he has a password here, and only that one counts';
    if (account.kind === 'no-directory') return 'no [Directory] is set';
    if (account.kind === 'out') return 'not known now: the directory is out';
    if (account.kind !== 'found') return 'he has no account in a directory';
    const { directory } = account.account;
    return config.directories.some(({ name, signIn }) => name === directory && signIn) ? undefined : `[${sectionOf(directory)}] SignIn is off`;
  };
  return wayOf('directory', lack(), blockedBy(explanation, 'secret'), account.kind === 'found' ? `checked by [${sectionOf(account.account.directory)}]` : '');
}

function kerberosWay({ explanation, config, keytab }: WaysOptions): Way {
  const his = principalsOf(explanation);
  const lack = (): string | undefined => {
    if (!config.kerberos.enabled) return '[Kerberos] Enabled is off';
    if (keytab.httpKeys().length === 0) {
      const read = keytab.read();
      return `the keytab ${keytab.path}: ${'problem' in read ? read.problem : 'it has no HTTP/ key'}`;
    }
    return his.length === 0 ? noPrincipal : undefined;
  };
  return wayOf('kerberos', lack(), blockedBy(explanation, 'domain'), `as ${his.map(({ canonical }) => canonical).join(', ')}`);
}

function ntlmWay({ explanation, config: { ntlm, security } }: WaysOptions): Way {
  const his = principalsOf(explanation);
  const names = his.flatMap(({ user, realm }) => ntlm.domains.filter((one) => one.realm === realm).map(({ domain }) => `${domain}\\${user}`));
  const lack = (): string | undefined => {
    if (security.kerberosOnly) return '[Security] KerberosOnly is on';
    if (!ntlm.enabled) return '[NTLM] Enabled is off';
    if (his.length === 0) return noPrincipal;
    return names.length === 0 ? '[NTLM] Domains has no domain of his' : undefined;
  };
  return wayOf('ntlm', lack(), blockedBy(explanation, 'domain'), `as ${names.join(', ')}`);
}

function entraWay({ explanation, record, named, config: { tenants } }: WaysOptions): Way {
  const his = record?.entraIds.filter(({ tenant }) => tenants.some(({ tenantId }) => tenantId === tenant)) ?? [];
  const mayPair = named !== undefined && mayBePaired(named) && tenants.some(({ pairByObjectId }) => !pairByObjectId);
  const lack = (): string | undefined => {
    if (tenants.length === 0) return 'no [Entra] is set';
    return his.length > 0 || mayPair ? undefined : 'he is tied to no person of a tenant yet, and by a name alone nobody will be: users set --entra-id';
  };
  const how = his.length > 0 ? `as ${his.map(shownEntraId).join(', ')}` : 'as the first person who comes with his name by the rule UserName, and as nobody else then';
  return wayOf('entra', lack(), blockedBy(explanation, 'domain'), how);
}

const noPrincipal = 'no principal that may sign in leads to him';

/** Those that a sign-in takes for him. */
function principalsOf({ principals, user }: Explanation): readonly Principal[] {
  return principals
    .filter(({ lookup }) => (lookup.kind === 'user' ? lookup.user.id === user?.id : lookup.kind === 'new'))
    .map(({ principal }) => principal);
}

/** What stands against him, whatever he has. */
function blockedBy({ user, refusedByAccount }: Explanation, by: 'domain' | 'secret'): string | undefined {
  return user?.disabled === true ? 'he is disabled' : refusedByAccount[by]?.detail;
}

function wayOf(way: Way['way'], lack: string | undefined, blocked: string | undefined, how: string): Way {
  const no = lack ?? blocked;
  return { way, can: no === undefined, text: no ?? how };
}
