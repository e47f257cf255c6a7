// One LDAP connection to a domain controller, over TLS that is verified already: bind and search (RFC 4511 §4.2, §4.5).

import { BindRequest, PagedResultsControl, PresenceFilter, SearchRequest, UnbindRequest } from 'ldapts';
import type { Deadline } from './deadline.ts';
import { dial, type DialOptions } from './dial.ts';
import { type Answer, exchange } from './exchange.ts';
import { DirectoryFailure } from './failure.ts';
import type { Filter } from './filter.ts';
import type { Entry } from './message.ts';
import type { DirectoryUrl } from './settings.ts';

/** Result codes of RFC 4511 appendix A that are treated here by name. */
const codes = { success: 0, sizeLimitExceeded: 4, referral: 10, noSuchObject: 32, busy: 51, unavailable: 52 } as const;

/** About the name or the password, and not about the controller: 19, 32, 34, 48, 49, 50, 53. */
const refusesBind: ReadonlySet<number> = new Set([19, 32, 34, 48, 49, 50, 53]);

export interface Search {
  readonly base: string;
  /** Without one, the base alone is read. */
  readonly filter?: Filter;
  readonly attributes: readonly string[];
  /** At most so many entries; more are left out. 0: as many as there are. */
  readonly limit?: number;
}

export type BindResult = { readonly kind: 'right' } | { readonly kind: 'wrong'; readonly code: number; readonly diagnostic: string };

/** All methods reject with a DirectoryFailure. */
export interface Connection {
  readonly isOpen: boolean;
  /** Simple bind (RFC 4513 §5.1.3). An empty name or password would ask for no check at all and is refused here, too. */
  bind(name: string, password: string, end: Deadline): Promise<BindResult>;
  /** The entries; undefined if there is no such base. References to other servers are passed over. */
  search(search: Search, end: Deadline): Promise<readonly Entry[] | undefined>;
  /** One page (RFC 2696) and the cookie of the next one; undefined if there is no such base. Starts with an empty cookie. */
  page(search: Search, size: number, cookie: Buffer, end: Deadline): Promise<Page | undefined>;
  close(): void;
}

export interface Page {
  readonly entries: readonly Entry[];
  /** Undefined after the last one. A page may be empty and not the last. */
  readonly next: Buffer | undefined;
}

/** Connects; rejects with a DirectoryFailure. */
export async function openConnection(url: DirectoryUrl, options: DialOptions, end: Deadline): Promise<Connection> {
  const line = exchange(await dial(url, options, end));
  const ask = async (search: Search, end: Deadline, controls: PagedResultsControl[] = []): Promise<Answer | undefined> => {
    const answer = await line.ask('search', (messageId) => searchRequest(messageId, search, controls, end), end);
    if (answer.code === codes.noSuchObject) return undefined;
    const enough = answer.code === codes.sizeLimitExceeded && (search.limit ?? 0) > 0;
    if (answer.code !== codes.success && !enough) throw resultFailure(answer, `the search in "${search.base}"`);
    return answer;
  };
  return {
    get isOpen() { return line.isOpen; },
    bind: async (name, password, end) => {
      if (name === '' || password === '') return { kind: 'wrong', code: 53, diagnostic: 'empty name or password' };
      const answer = await line.ask('bind', (messageId) => new BindRequest({ messageId, dn: name, password }), end);
      const { code, diagnostic } = answer;
      if (code === codes.success) return { kind: 'right' };
      if (refusesBind.has(code)) return { kind: 'wrong', code, diagnostic };
      throw resultFailure(answer, 'the bind');
    },
    search: async (search, end) => (await ask(search, end))?.entries,
    page: async (search, size, cookie, end) => {
      const answer = await ask(search, end, [new PagedResultsControl({ critical: true, value: { size, cookie } })]);
      return answer === undefined ? undefined : { entries: answer.entries, next: answer.cookie };
    },
    close: () => {
      line.tell((messageId) => new UnbindRequest({ messageId }));
      line.end(new DirectoryFailure('lost', 'the connection was closed'));
    },
  };
}

function searchRequest(messageId: number, search: Search, controls: PagedResultsControl[], end: Deadline): SearchRequest {
  return new SearchRequest({
    messageId,
    baseDN: search.base,
    scope: search.filter === undefined ? 'base' : 'sub',
    filter: search.filter ?? new PresenceFilter({ attribute: 'objectClass' }),
    attributes: [...search.attributes],
    sizeLimit: search.limit ?? 0,
    timeLimit: Math.ceil(end.left / 1000),
    controls,
  });
}

function resultFailure({ code, diagnostic }: Answer, what: string): DirectoryFailure {
  if (code === codes.referral) {
    return new DirectoryFailure('answered', `${what} was referred to another server, which is not followed`, {
      cure: 'name in BaseDn only what is in the domain of Url',
    });
  }
  const kind = code === codes.busy || code === codes.unavailable ? 'out' : 'answered';
  return new DirectoryFailure(kind, `${what} failed with result ${code} (${diagnostic})`);
}
