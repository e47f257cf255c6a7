// The authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, OIDC Core §3.1.2.1): what is asked, or how it is wrong.

import { granteeOf } from '../clients/grantee.ts';
import { matchRedirectUri } from '../clients/redirect-uri.ts';
import type { RequestErrorWord } from '../errors.ts';
import { RequestError } from '../errors.ts';
import type { ClientRecord, ClientStore } from '../stores/client-store.ts';
import type { CodeBinding } from '../stores/grant-store.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { ReadIdToken } from '../tokens/verify.ts';
import { parameters, type Parameters, type RawParameters, shown } from './parameters.ts';

/** Where the answer goes and in which form. Only made of a redirect URI that is registered with the client. */
export interface ReplyTo {
  readonly redirectUri: string;
  readonly mode: 'query' | 'form_post';
  readonly state: string | undefined;
}

export interface AuthorizationRequest {
  readonly kind: 'request';
  readonly client: ClientRecord;
  readonly replyTo: ReplyTo;
  readonly scopes: readonly string[];
  /** What the code will be bound to. */
  readonly code: CodeBinding;
  /** `none`: no page may be shown. `login`: a fresh sign-in is wanted, whatever session there is. */
  readonly prompt: 'none' | 'login' | undefined;
  /** `prompt=select_account` without `login`: where he is known in several ways he may choose, and need not show anew who he is. */
  readonly selectsAccount: boolean;
  /** Seconds; an older sign-in does not do. */
  readonly maxAge: number | undefined;
  readonly loginHint: string | undefined;
  /** Microsoft's own: the domain of the person's organisation, or what else names a tenant here. */
  readonly domainHint: string | undefined;
  /** Who is expected to be signed in. */
  readonly expected: ReadIdToken | undefined;
}

/** Why nobody may be sent anywhere: the redirect URI is not proved, so a person has to read it. `detail` is for the log. */
export type PageFault = { readonly kind: 'page'; readonly detail: string } & (
  | { readonly fault: 'doubled' | 'missing'; readonly parameter: 'client_id' | 'redirect_uri' }
  | { readonly fault: 'unknown_client' | 'unknown_redirect_uri' });

/** Why the client gets an error (RFC 6749 §4.1.2.1). */
export interface RequestFault {
  readonly kind: 'fault';
  readonly client: ClientRecord;
  readonly replyTo: ReplyTo;
  readonly error: RequestErrorWord;
  readonly description: string;
}

export interface RequestReaderOptions {
  readonly clients: Pick<ClientStore, 'clientById'>;
  readonly readIdToken: (text: string) => Promise<ReadIdToken | undefined>;
}

/** All that we read. What else comes is ignored (RFC 6749 §3.1). */
export const authorizationParameters = [
  'response_type', 'response_mode', 'client_id', 'redirect_uri', 'scope', 'state', 'nonce', 'code_challenge', 'code_challenge_method',
  'prompt', 'max_age', 'login_hint', 'domain_hint', 'id_token_hint', 'ui_locales', 'request', 'request_uri', 'registration', 'theme',
];

/** Such values come back in URLs or tokens. */
const MAX_VALUE = 2048;

/** Builds the reader. An outage of the store throws UnavailableError. */
export function requestReader(options: RequestReaderOptions) {
  return async (raw: RawParameters): Promise<AuthorizationRequest | RequestFault | PageFault> => {
    const given = parameters(raw);
    const [doubled] = given.doubled(['client_id', 'redirect_uri']) as ('client_id' | 'redirect_uri')[];
    if (doubled !== undefined) return { kind: 'page', fault: 'doubled', parameter: doubled, detail: `${doubled} came more than once` };
    const clientId = given.get('client_id');
    const redirectUri = given.get('redirect_uri');
    if (clientId === undefined) return { kind: 'page', fault: 'missing', parameter: 'client_id', detail: 'client_id is missing' };
    const client = await options.clients.clientById(clientId);
    if (client === undefined) return { kind: 'page', fault: 'unknown_client', detail: `no client has the id ${shown(clientId)}` };
    if (redirectUri === undefined) {
      return { kind: 'page', fault: 'missing', parameter: 'redirect_uri', detail: `redirect_uri is missing in the request of client ${client.id}` };
    }
    if (!matchRedirectUri(redirectUri, client.redirectUris, client.isPublic)) {
      const detail = `client ${client.id} asked for ${shown(redirectUri)}; registered, letter by letter: ${client.redirectUris.join(' ') || 'none'}`;
      return { kind: 'page', fault: 'unknown_redirect_uri', detail };
    }
    const mode = given.get('response_mode') === 'form_post' ? 'form_post' : 'query';
    const replyTo: ReplyTo = { redirectUri, mode, state: given.get('state') };
    try {
      return await read(options, client, replyTo, given);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return { kind: 'fault', client, replyTo, error: error.error, description: error.message };
    }
  };
}

export type RequestReader = ReturnType<typeof requestReader>;

type Reading = Promise<AuthorizationRequest>;

async function read(options: RequestReaderOptions, client: ClientRecord, replyTo: ReplyTo, given: Parameters): Reading {
  const doubled = given.doubled(authorizationParameters);
  if (doubled.length > 0) throw new RequestError('invalid_request', `${doubled.join(', ')} came more than once`);
  const long = authorizationParameters.find((name) => name !== 'id_token_hint' && (given.get(name)?.length ?? 0) > MAX_VALUE);
  if (long !== undefined) throw new RequestError('invalid_request', `${long} is longer than ${String(MAX_VALUE)} characters`);
  requireSupported(given);
  if (!client.grants.includes('authorization_code')) {
    throw new RequestError('unauthorized_client', 'this client may not use the authorization code flow');
  }
  const scope = given.get('scope');
  if (scope === undefined) throw new RequestError('invalid_scope', 'scope is missing: name here what the token shall be good for');
  return {
    kind: 'request', client, replyTo,
    scopes: readScopes(scope, client),
    code: { redirectUri: replyTo.redirectUri, ...optional('challenge', readChallenge(client, given)), ...optional('nonce', given.get('nonce')) },
    ...readPrompt(given.get('prompt')),
    maxAge: readMaxAge(given.get('max_age')),
    loginHint: given.get('login_hint'),
    domainHint: given.get('domain_hint'),
    expected: await readHint(options, given.get('id_token_hint')),
  };
}

function requireSupported(given: Parameters): void {
  const responseType = given.get('response_type');
  if (responseType === undefined) throw new RequestError('invalid_request', 'response_type is missing: it must be code');
  if (responseType !== 'code') throw new RequestError('unsupported_response_type', 'response_type must be code');
  if (!['query', 'form_post', undefined].includes(given.get('response_mode'))) {
    throw new RequestError('invalid_request', 'response_mode must be query or form_post');
  }
  for (const name of ['request', 'request_uri', 'registration'] as const) {
    if (given.get(name) !== undefined) throw new RequestError(`${name}_not_supported`, `${name} is not supported here`);
  }
}

/** What no user could be granted through this client is said at once, and not after he has typed his password. */
function readScopes(text: string, client: ClientRecord): readonly string[] {
  const scopes = parseScope(text);
  const { scopes: possible } = granteeOf(client);
  if (scopes.some((scope) => possible.includes(scope))) return scopes;
  throw new RequestError('invalid_scope', 'none of the scopes can be granted through this client; scopes are separated by blanks');
}

const optional = <Name extends string>(name: Name, value: string | undefined): { readonly [N in Name]?: string } =>
  (value === undefined ? {} : { [name]: value } as { readonly [N in Name]: string });

/** RFC 9700 §2.1.1: public clients must use PKCE, and `plain` proves nothing to who can read the request. */
function readChallenge(client: ClientRecord, given: Parameters): string | undefined {
  const challenge = given.get('code_challenge');
  const method = given.get('code_challenge_method');
  if (challenge === undefined) {
    if (method !== undefined) throw new RequestError('invalid_request', 'code_challenge is missing, and code_challenge_method came');
    if (client.isPublic) throw new RequestError('invalid_request', 'code_challenge is missing: this client must use PKCE with S256');
    return undefined;
  }
  if (method !== 'S256') throw new RequestError('invalid_request', 'code_challenge_method must be S256');
  if (!/^[\w-]{43}$/.test(challenge)) {
    throw new RequestError('invalid_request', 'code_challenge must be the base64url of a SHA-256 hash: 43 characters');
  }
  return challenge;
}

/** Nobody is asked for consent here, since an admin registered the client: `consent` asks for what is always given. */
function readPrompt(prompt: string | undefined): Pick<AuthorizationRequest, 'prompt' | 'selectsAccount'> {
  const words = prompt?.split(' ') ?? [];
  if (!words.every((word) => ['none', 'login', 'consent', 'select_account'].includes(word))) {
    throw new RequestError('invalid_request', 'prompt must be none, or some of login, consent and select_account');
  }
  if (words.includes('none')) {
    if (words.length > 1) throw new RequestError('invalid_request', 'prompt=none excludes all others');
    return { prompt: 'none', selectsAccount: false };
  }
  const [login, account] = [words.includes('login'), words.includes('select_account')];
  return { prompt: login || account ? 'login' : undefined, selectsAccount: account && !login };
}

function readMaxAge(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new RequestError('invalid_request', 'max_age must be a number of seconds');
  return Number(text);
}

async function readHint({ readIdToken }: RequestReaderOptions, text: string | undefined): Promise<ReadIdToken | undefined> {
  if (text === undefined) return undefined;
  const hint = await readIdToken(text);
  if (hint === undefined) throw new RequestError('invalid_request', 'id_token_hint is not an ID token of this gateway');
  return hint;
}
