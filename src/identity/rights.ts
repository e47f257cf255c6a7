// What a user may be granted: what everybody may, his own scopes, and those of his groups ([Rights]).

import { UnavailableError } from '../errors.ts';
import type { Accounts } from './account.ts';

/** One line of `[Rights]`: whoever is in the group has the scopes. */
export interface GroupRule {
  readonly group:
    | { readonly kind: 'sid'; readonly sid: string }
    /** Of Entra ID, by its object id: a GUID in lower case. */
    | { readonly kind: 'object'; readonly object: string }
    | { readonly kind: 'name'; readonly name: string };
  readonly scopes: readonly string[];
}

/** The group as `[Rights]` names it. */
export function shownGroup(group: GroupRule['group']): string {
  switch (group.kind) {
    case 'sid': return group.sid;
    case 'object': return group.object;
    case 'name': return group.name;
  }
}

export interface Rights {
  /** Whether groups matter at all. */
  readonly hasRules: boolean;
  /** The rules that concern somebody in these groups, each with the SID or object id that it means. */
  matching(sids: readonly string[]): Promise<readonly (readonly [sid: string, rule: GroupRule])[]>;
  /** Those of the groups that a rule names. */
  ruled(sids: readonly string[]): Promise<readonly string[]>;
  /** Everything that a user with these scopes of his own, in these groups, may be granted. */
  of(own: readonly string[], groups: readonly string[]): Promise<readonly string[]>;
}

export interface RightsOptions {
  readonly rules: readonly GroupRule[];
  /** What every user may be granted. */
  readonly everybody: readonly string[];
  /** Finds the groups that are given by name. */
  readonly accounts: Accounts;
  readonly warn: (message: string) => void;
}

/** Builds them. Throws for no outage: a rule whose group cannot be looked up gives nothing, and a warning tells. */
export function rights({ rules, everybody, accounts, warn }: RightsOptions): Rights {
  const warned = new Set<string>();
  const warnOnce = (name: string, why: string): undefined => {
    if (warned.has(name)) return;
    warned.add(name);
    warn(`[Rights] ${name} gives nobody anything: ${why}`);
  };
  const idOf = async (group: GroupRule['group']): Promise<string | undefined> => {
    if (group.kind !== 'name') return shownGroup(group);
    try {
      const sid = await accounts.groupSid(group.name);
      if (sid === undefined) return warnOnce(group.name, 'no directory has that group, or several have');
      warned.delete(group.name);
      return sid;
    } catch (error) {
      // Sign-ins must go on while the directory is out. Its SID instead of the name would hold even then.
      if (error instanceof UnavailableError) return warnOnce(group.name, error.detail ?? error.message);
      throw error;
    }
  };
  const matching: Rights['matching'] = async (sids) => {
    if (sids.length === 0 || rules.length === 0) return [];
    const his = new Set(sids);
    const named = await Promise.all(rules.map(async (rule) => [await idOf(rule.group), rule] as const));
    return named.flatMap(([sid, rule]) => (sid !== undefined && his.has(sid) ? [[sid, rule] as const] : []));
  };
  return {
    hasRules: rules.length > 0,
    matching,
    ruled: async (sids) => [...new Set((await matching(sids)).map(([sid]) => sid))],
    of: async (own, groups) => {
      const ofGroups = await matching(groups);
      return [...new Set([...everybody, ...own, ...ofGroups.flatMap(([, { scopes }]) => scopes)])];
    },
  };
}
