// Microsoft Graph: what a tenant tells of a person beyond his token, with the application's own permission.

import type { EntraConfig } from '../config/load.ts';
import { UnavailableError } from '../errors.ts';
import type { GraphAbsence, GraphPerson } from '../identity/entra-people.ts';
import { OUT } from './failure.ts';
import { graphQuestions } from './graph-questions.ts';
import { graphTokens } from './graph-token.ts';
import { type JsonObject, objectOf } from './json.ts';
import { keptAnswers } from './kept-answers.ts';
import type { EntraMetadata } from './metadata.ts';
import type { Refreshed } from './refreshed.ts';
import type { Web, WebAnswer } from './web.ts';

export interface GraphGroups {
  readonly kind: 'found';
  /** Object ids in lower case, and beside them the SIDs of groups that are synchronised from a domain. */
  readonly groups: readonly string[];
}

export interface Graph {
  /** By the object id. Rejects with UnavailableError if Microsoft is out, or asks for a pause. */
  person(object: string): Promise<GraphPerson | GraphAbsence>;
  /** All groups that he is in, nested ones too. The same. Half a list is never an answer. */
  groups(object: string): Promise<GraphGroups | GraphAbsence>;
}

/** Milliseconds for one question with all its pages. */
const DEADLINE = 10_000;
const MAX_PAGES = 50;

/** Seconds for which an answer counts: one person's sign-ins come in bursts. */
const FRESH = 60;

export interface GraphOptions {
  readonly settings: EntraConfig;
  readonly web: Web;
  readonly metadata: Refreshed<EntraMetadata>;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Asks Graph of the tenant's cloud, with the application's own token. */
export function graph({ settings, web, metadata, now }: GraphOptions): Graph {
  const tokens = graphTokens(settings, web, metadata, now);
  const ask = graphQuestions({ web, tokens, now });
  const root = async (object: string): Promise<string> => `https://${(await metadata.get()).graphHost}/v1.0/users/${object}`;
  const people = keptAnswers<GraphPerson | GraphAbsence>({ freshFor: FRESH, now });
  const memberships = keptAnswers<GraphGroups | GraphAbsence>({ freshFor: FRESH, now });
  return {
    person: (object) => people(object, async () => {
      const answer = await ask(`${await root(object)}?$select=${FIELDS}`, performance.now() + DEADLINE);
      return 'kind' in answer ? answer : absenceIn(answer, 'User.Read.All') ?? personIn(objectOf(answer, `the person ${object} at Microsoft Graph`));
    }),
    groups: (object) => memberships(object, async () => {
      const end = performance.now() + DEADLINE;
      const first = `${await root(object)}/transitiveMemberOf?$select=id,displayName,onPremisesSecurityIdentifier&$top=999`;
      const groups: string[] = [];
      for (let [url, number] = [first, 1]; ; number++) {
        if (number > MAX_PAGES) throw new UnavailableError(OUT, { detail: `the groups of ${object} fill more than ${String(MAX_PAGES)} pages` });
        const answer = await ask(url, end);
        const absence = 'kind' in answer ? answer : absenceIn(answer, 'GroupMember.Read.All');
        if (absence !== undefined) return absence;
        const page = pageIn(objectOf(answer as WebAnswer, `the groups of ${object} at Microsoft Graph`), new URL(first));
        if (page === undefined) {
          tokens.doubt();
          return notPermitted('GroupMember.Read.All', 'hides what groups are called');
        }
        const { found, next } = page;
        groups.push(...found);
        if (next === undefined) return { kind: 'found', groups };
        url = next;
      }
    }),
  };
}

const FIELDS = 'id,accountEnabled,onPremisesSamAccountName,onPremisesSecurityIdentifier,onPremisesDomainName';

/** 403 and 404 are answers, too. */
function absenceIn({ status }: WebAnswer, permission: string): GraphAbsence | undefined {
  if (status === 404) return { kind: 'absent' };
  return status === 403 ? notPermitted(permission, 'refuses the question (403)') : undefined;
}

const notPermitted = (permission: string, what: string): GraphAbsence => ({
  kind: 'not-permitted', detail: `Microsoft Graph ${what}`,
  cure: `give the app registration the application permission ${permission} of Microsoft Graph, and grant admin consent`,
});

const textIn = (object: JsonObject, name: string): string | undefined => {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

function personIn(answer: JsonObject): GraphPerson {
  return {
    kind: 'found',
    samAccountName: textIn(answer, 'onPremisesSamAccountName'),
    domainName: textIn(answer, 'onPremisesDomainName'),
    sid: textIn(answer, 'onPremisesSecurityIdentifier')?.toUpperCase(),
    enabled: typeof answer['accountEnabled'] === 'boolean' ? answer['accountEnabled'] : undefined,
  };
}

interface GroupPage {
  readonly found: readonly string[];
  readonly next: string | undefined;
}

/**
 * The groups of one page, and where the next one is: on the same host, below the same version. Undefined if Graph hides what they are:
 * to an application with User.Read.All alone it tells their ids, and neither names nor SIDs.
 */
function pageIn(answer: JsonObject, asked: URL): GroupPage | undefined {
  const { value, '@odata.nextLink': next } = answer;
  if (!Array.isArray(value)) throw new UnavailableError(OUT, { detail: 'Microsoft Graph answers with no list of groups' });
  const entries = (value as readonly unknown[]).map((one) => (typeof one === 'object' && one !== null ? one as JsonObject : {}));
  if (entries.some((entry) => textIn(entry, 'id') === undefined)) throw new UnavailableError(OUT, { detail: 'Microsoft Graph answers with a group without id' });
  const groups = entries.filter((entry) => entry['@odata.type'] === '#microsoft.graph.group');
  if (groups.some((group) => textIn(group, 'displayName') === undefined)) return undefined;
  const found = groups.flatMap((group) =>
    [textIn(group, 'id')?.toLowerCase(), textIn(group, 'onPremisesSecurityIdentifier')?.toUpperCase()].filter((one) => one !== undefined));
  if (next === undefined || next === null) return { found, next: undefined };
  const isNear = typeof next === 'string' && URL.canParse(next) && new URL(next).origin === asked.origin && new URL(next).pathname.startsWith('/v1.0/');
  if (!isNear) throw new UnavailableError(OUT, { detail: 'Microsoft Graph leads to another host for the next page, which is not followed' });
  return { found, next };
}
