// RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0): who asks, whether a person must confirm, and where he goes then.

import type { ClientRecord, ClientStore } from '../stores/client-store.ts';
import type { ReadIdToken } from '../tokens/verify.ts';
import { parameters, type RawParameters, shown } from './parameters.ts';
import { withQuery } from './reply.ts';
import type { KeptSession, Sessions } from './session.ts';

/** What a logout request asks for. */
export interface LogoutRequest {
  readonly kind: 'logout';
  /** Whom the browser would sign out; undefined if nobody is signed in with it. */
  readonly session: KeptSession | undefined;
  /**
   * The session that ends without a question: the client showed an ID token of it, or of whom it is. Without that a link on any page
   * could sign a visitor out.
   */
  readonly proved: string | undefined;
  readonly client: ClientRecord | undefined;
  /** Where the browser goes afterwards; registered with the client. */
  readonly location: string | undefined;
}

/** Why the request is not obeyed; a page says so. */
export interface LogoutFault {
  readonly kind: 'page';
  readonly fault: 'doubled' | 'unknown_client' | 'unknown_redirect_uri' | 'bad_hint';
  readonly parameter?: string;
  /** For the log. */
  readonly detail: string;
}

export interface Logout {
  /** Reads the request. `cookie` is the browser's session, if it sent one. */
  read(raw: RawParameters, cookie: string | undefined): Promise<LogoutRequest | LogoutFault>;
  /** Ends the session with all that came of it. False if it was not there. */
  end(sessionId: string): Promise<boolean>;
}

export interface LogoutOptions {
  readonly clients: Pick<ClientStore, 'clientById'>;
  readonly sessions: Sessions;
  readonly readIdToken: (text: string) => Promise<ReadIdToken | undefined>;
}

/** All that we read; what else comes is ignored. */
export const logoutParameters = ['id_token_hint', 'client_id', 'post_logout_redirect_uri', 'state', 'ui_locales', 'logout_hint', 'theme'];

/** Builds it. An outage of the store throws UnavailableError. */
export function logout({ clients, sessions, readIdToken }: LogoutOptions): Logout {
  return {
    read: async (raw, cookie) => {
      const given = parameters(raw);
      const [doubled] = given.doubled(logoutParameters);
      if (doubled !== undefined) return { kind: 'page', fault: 'doubled', parameter: doubled, detail: `${doubled} came more than once` };
      const hintText = given.get('id_token_hint');
      // One that nobody can read any more proves nothing, but whoever wants to go shall be able to.
      const hint = hintText === undefined ? undefined : await readIdToken(hintText);
      const clientId = given.get('client_id') ?? hint?.aud;
      if (hint !== undefined && hint.aud !== clientId) {
        return { kind: 'page', fault: 'bad_hint', detail: `the ID token is that of client ${hint.aud}, and client_id is ${shown(clientId ?? '')}` };
      }
      const client = clientId === undefined ? undefined : await clients.clientById(clientId);
      if (clientId !== undefined && client === undefined) {
        return { kind: 'page', fault: 'unknown_client', detail: `no client has the id ${shown(clientId)}` };
      }
      const uri = given.get('post_logout_redirect_uri');
      const isRegistered = uri !== undefined && client?.postLogoutRedirectUris.includes(uri) === true;
      if (uri !== undefined && !isRegistered && (client !== undefined || hintText === undefined)) {
        return { kind: 'page', fault: 'unknown_redirect_uri', detail: unregistered(uri, client) };
      }
      const session = await sessions.kept(cookie);
      const location = isRegistered ? withState(uri, given.get('state')) : undefined;
      return { kind: 'logout', client, session, proved: provedSession(hint, session), location };
    },
    end: (id) => sessions.end(id),
  };
}

/** Who signed in again has a session of another id than his older ID tokens name. */
function provedSession(hint: ReadIdToken | undefined, session: KeptSession | undefined): string | undefined {
  if (hint === undefined || session === undefined) return hint?.sid;
  return hint.sid === session.id || hint.sub === session.user.id ? session.id : undefined;
}

function unregistered(uri: string, client: ClientRecord | undefined): string {
  if (client === undefined) return 'post_logout_redirect_uri came without id_token_hint or client_id';
  return `client ${client.id} asked for ${shown(uri)}; registered, letter by letter: ${client.postLogoutRedirectUris.join(' ') || 'none'}`;
}

const withState = (uri: string, state: string | undefined): string => (state === undefined ? uri : withQuery(uri, { state }));
