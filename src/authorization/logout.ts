// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): who asks, whether a person must confirm, and where he goes then.

import type { ClientRecord, ClientStore } from '../stores/client-store.ts';
import type { ReadIdToken } from '../tokens/verify.ts';
import { parameters, type RawParameters } from './parameters.ts';
import { withQuery } from './reply.ts';
import type { Sessions } from './session.ts';

/** What a logout request asks for. */
export interface LogoutRequest {
  readonly kind: 'logout';
  /** The session to be ended. */
  readonly sessionId: string | undefined;
  /** True if the client showed an ID token of that very session: otherwise any page could sign a visitor out. */
  readonly isProved: boolean;
  readonly client: ClientRecord | undefined;
  /** Where the browser goes afterwards; registered with the client. */
  readonly location: string | undefined;
}

/** Why the request is not obeyed; a page says so. */
export interface LogoutFault {
  readonly kind: 'page';
  readonly fault: 'doubled' | 'unknown_client' | 'unknown_redirect_uri' | 'bad_hint';
  readonly parameter?: string;
}

export interface Logout {
  /** Reads the request. `cookie` is the browser's session, if it sent one. */
  read(raw: RawParameters, cookie: string | undefined): Promise<LogoutRequest | LogoutFault>;
  /** Ends the session. False if there was none. */
  end(request: LogoutRequest): Promise<boolean>;
}

export interface LogoutOptions {
  readonly clients: Pick<ClientStore, 'clientById'>;
  readonly sessions: Sessions;
  readonly readIdToken: (text: string) => Promise<ReadIdToken | undefined>;
}

const known = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales', 'logout_hint'];

/** Builds it. An outage of the store throws UnavailableError. */
export function logout({ clients, sessions, readIdToken }: LogoutOptions): Logout {
  return {
    read: async (raw, cookie) => {
      const given = parameters(raw);
      const [doubled] = given.doubled(known);
      if (doubled !== undefined) return { kind: 'page', fault: 'doubled', parameter: doubled };
      const hintText = given.get('id_token_hint');
      const hint = hintText === undefined ? undefined : await readIdToken(hintText);
      const clientId = given.get('client_id') ?? hint?.aud;
      if ((hintText !== undefined && hint === undefined) || (hint !== undefined && hint.aud !== clientId)) return { kind: 'page', fault: 'bad_hint' };
      const client = clientId === undefined ? undefined : await clients.clientById(clientId);
      if (clientId !== undefined && client === undefined) return { kind: 'page', fault: 'unknown_client' };
      const uri = given.get('post_logout_redirect_uri');
      if (uri !== undefined && client?.postLogoutRedirectUris.includes(uri) !== true) return { kind: 'page', fault: 'unknown_redirect_uri' };
      const state = given.get('state');
      const ofCookie = sessions.idOf(cookie);
      return {
        kind: 'logout', client,
        sessionId: ofCookie ?? hint?.sid,
        isProved: hint?.sid !== undefined && (ofCookie === undefined || ofCookie === hint.sid),
        location: uri === undefined ? undefined : state === undefined ? uri : withQuery(uri, { state }),
      };
    },
    end: async ({ sessionId }) => sessionId !== undefined && await sessions.end(sessionId),
  };
}
