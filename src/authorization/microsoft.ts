// The login page's way to Microsoft and back: which tenants it offers to whom, and the browser's part of each sign-in.

import { createHash } from 'node:crypto';
import type { EntraConfig } from '../config/load.ts';
import { RequestError } from '../errors.ts';
import { networkOf } from '../identity/network.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import type { ProvedIdToken } from '../mechanisms/entra.ts';
import type { MicrosoftSignIn } from '../mechanisms/microsoft.ts';
import type { MarkStore } from '../stores/attempt-store.ts';
import { FLOW_LIFETIME, type FlowSeal, type KeptFlow, type LeftPage } from './microsoft-flow.ts';
import type { AuthorizationRequest } from './request.ts';

/** One tenant, as the login page offers it. */
export interface MicrosoftOffer {
  /** The name of its section. */
  readonly section: string;
  /** Whether the page must say which tenant it is. */
  readonly isNamed: boolean;
}

export interface Leaving {
  readonly location: string;
  /** Names the cookie. */
  readonly state: string;
  /** What the browser is to keep under it. */
  readonly sealed: string;
}

export interface BrowserMicrosoft {
  /** The tenants to offer for this request, the one that its hints name first. */
  offers(asked: AuthorizationRequest): readonly MicrosoftOffer[];
  /** The section that the client has named by `domain_hint`: the page need not ask. */
  hinted(asked: AuthorizationRequest): string | undefined;
  has(section: string): boolean;
  /** Leads to Microsoft. An outage throws UnavailableError; RequestError for a request too long to be kept by a browser. */
  leave(asked: AuthorizationRequest, page: LeftPage, how: { readonly section: string; readonly isSwitch: boolean }): Promise<Leaving>;
  /** What the browser has kept of the sign-in with this state. */
  comeBack(sealed: string | undefined, state: unknown): Promise<KeptFlow | undefined>;
  /** Who came back from this address, by the answer's query; once for each flow. An outage throws UnavailableError. */
  finish(kept: KeptFlow, query: string, address: string): Promise<ProvedIdToken | Refusal>;
}

export interface BrowserMicrosoftOptions {
  readonly microsoft: MicrosoftSignIn;
  readonly seal: FlowSeal;
  readonly marks: Pick<MarkStore, 'markOnce'>;
}

/** So many answers of one network are redeemed at a time: each is a question to Microsoft, and strangers must not hold the way there. */
const AT_ONCE = 16;

/** Builds it. */
export function browserMicrosoft({ microsoft, seal, marks }: BrowserMicrosoftOptions): BrowserMicrosoft {
  const { sections } = microsoft;
  const underWay = new Map<string, number>();
  const hinted = ({ domainHint }: AuthorizationRequest): EntraConfig | undefined => sections.find((one) => isHint(one, domainHint));
  const ofLogin = ({ loginHint = '' }: AuthorizationRequest): EntraConfig | undefined =>
    sections.find(({ domains }) => domains.includes(loginHint.split('@')[1]?.toLowerCase() ?? ''));
  return {
    offers: (asked) => {
      const first = hinted(asked) ?? ofLogin(asked);
      const ordered = first === undefined ? sections : [first, ...sections.filter((one) => one !== first)];
      return ordered.map(({ name }) => ({ section: name, isNamed: sections.length > 1 && name !== '' }));
    },
    hinted: (asked) => hinted(asked)?.name,
    has: (section) => sections.some(({ name }) => name === section),
    leave: async (asked, page, { section, isSwitch }) => {
      const { loginHint, domainHint, prompt, maxAge, selectsAccount } = asked;
      const { location, flow } = await microsoft.begin(section, {
        loginHint,
        isSwitch: isSwitch || selectsAccount,
        // The name of a section, or a tenant's id, means something here only.
        domainHint: domainHint?.includes('.') === true ? domainHint : undefined,
        isFresh: (prompt === 'login' && !selectsAccount) || maxAge !== undefined,
      });
      const sealed = await seal.seal({ page, flow });
      if (sealed === undefined) throw new RequestError('invalid_request', 'the request is too long for a sign-in with Microsoft', { statusCode: 414 });
      return { location, state: flow.state, sealed };
    },
    comeBack: (sealed, state) => seal.open(sealed, state),
    finish: async ({ flow }, query, address) => {
      const network = networkOf(address);
      const count = underWay.get(network) ?? 0;
      if (count >= AT_ONCE) return refused('backend_unavailable', `${String(count)} answers of Microsoft are looked at for ${network}`);
      underWay.set(network, count + 1);
      try {
        const mark = createHash('sha256').update(`microsoft\0${flow.state}`).digest();
        if (!await marks.markOnce(mark, flow.begunAt + FLOW_LIFETIME)) return refused('microsoft_flow', 'its answer was here before');
        return await microsoft.finish(flow, query);
      } finally {
        const left = (underWay.get(network) ?? 1) - 1;
        if (left === 0) underWay.delete(network);
        else underWay.set(network, left);
      }
    },
  };
}

const isHint = ({ name, tenantId, domains }: EntraConfig, hint: string | undefined): boolean =>
  hint !== undefined && hint !== '' && [name, tenantId, ...domains].includes(hint.toLowerCase());
