// The gateway's own token for Microsoft Graph (RFC 6749 §4.4; Microsoft: "Get access without a user").

import type { EntraConfig } from '../config/load.ts';
import type { GraphAbsence } from '../identity/entra-people.ts';
import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';
import { objectOf, parsed } from './json.ts';
import type { EntraMetadata } from './metadata.ts';
import type { Refreshed } from './refreshed.ts';
import { sectionOf } from './settings.ts';
import type { Web } from './web.ts';

/** Why Graph answers nothing. */
export type NotPermitted = Extract<GraphAbsence, { readonly kind: 'not-permitted' }>;

export interface GraphTokens {
  /** A token that is good for a minute at least. Rejects with UnavailableError if Microsoft is out. */
  get(): Promise<{ readonly kind: 'token'; readonly token: string } | NotPermitted>;
  /** Graph does not take this one any more. */
  drop(token: string): void;
  /** The present one does not permit what was asked; a newer one will, if a permission was given since. */
  doubt(): void;
}

/** Seconds by which one is renewed before its end. */
const MARGIN = 60;

/** Seconds for which one that does not permit enough is not renewed for that. */
const DOUBT = 60;

/** Builds them; nobody waits for a second request at the same time. */
export function graphTokens(settings: EntraConfig, web: Web, metadata: Refreshed<EntraMetadata>, now: () => number): GraphTokens {
  let kept: { readonly token: string; readonly since: number; readonly until: number } | undefined;
  let asking: ReturnType<GraphTokens['get']> | undefined;
  const ask: GraphTokens['get'] = async () => {
    const { clientId, clientSecret, name, tenantId } = settings;
    if (clientSecret === undefined) {
      return { kind: 'not-permitted', detail: 'there is no ClientSecret to ask Microsoft Graph with', cure: `set ClientSecret in [${sectionOf(name)}]` };
    }
    const { tokenEndpoint, graphHost } = await metadata.get();
    const form = new URLSearchParams({
      grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret.export().toString('utf8'), scope: `https://${graphHost}/.default`,
    });
    const answer = await web.ask(tokenEndpoint, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString(),
    });
    const what = `the token of tenant ${tenantId} for Microsoft Graph`;
    if (answer.status === 400 || answer.status === 401) return refusalIn(parsed(answer.text) ?? {}, name);
    const { access_token: token, expires_in: seconds } = objectOf(answer, what);
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token) || !(Number(seconds) > 0)) throw new UnavailableError(OUT, { detail: `${what}: the answer holds none` });
    kept = { token, since: now(), until: now() + Number(seconds) - MARGIN };
    return { kind: 'token', token };
  };
  return {
    get: async () => {
      if (kept !== undefined && now() < kept.until) return { kind: 'token', token: kept.token };
      return asking ??= ask().finally(() => { asking = undefined; });
    },
    drop: (token) => { if (kept?.token === token) kept = undefined; },
    doubt: () => { if (kept !== undefined && now() - kept.since >= DOUBT) kept = undefined; },
  };
}

/** Microsoft's description names the secret's place, never its value. */
function refusalIn({ error_description: description }: Readonly<Record<string, unknown>>, section: string): NotPermitted {
  const [code = 'without a code'] = /AADSTS\d{4,8}/.exec(typeof description === 'string' ? description : '') ?? [];
  const why = code === 'AADSTS7000222' ? 'has expired' : code === 'AADSTS7000215' ? 'is wrong, or the Secret ID was copied' : 'or ClientId is not taken';
  return {
    kind: 'not-permitted', detail: `Microsoft refuses the ClientSecret (${code})`,
    cure: `ClientSecret of [${sectionOf(section)}] ${why}: make a new secret in the app registration, and put its Value there`,
  };
}
