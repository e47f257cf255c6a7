// "Sign in with Microsoft": the authorization code flow with a tenant of Entra ID (OIDC Core §3.1, RFC 7636), to the Proof.

import {
  authorizationCodeGrant, AuthorizationResponseError, buildAuthorizationUrl, calculatePKCECodeChallenge, ClientError, ClientSecretPost,
  clockTolerance, Configuration, customFetch, type CustomFetch, randomNonce, randomPKCECodeVerifier, randomState, ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import type { EntraConfig } from '../config/load.ts';
import { GatewayError } from '../errors.ts';
import { refused, type Refusal } from '../identity/refusal.ts';
import { SKEW } from './entra/claims.ts';
import type { EntraMechanism, ProvedIdToken } from './entra.ts';
import { refusedBy } from './microsoft/refused-answer.ts';
import { printable } from './token/printable.ts';

/** One section `[Entra]`, as far as its endpoints are concerned. */
export interface SignInTenant {
  readonly settings: EntraConfig;
  readonly issuer: string;
  /** An outage throws UnavailableError. */
  metadata(): Promise<{ readonly authorizationEndpoint: string; readonly tokenEndpoint: string }>;
  /** Verified TLS to the tenant's own host, in limited time, and no redirects. */
  readonly fetch: CustomFetch;
}

/** What is to be known of a sign-in that was begun, until its answer comes. It goes to nobody but the browser that began it. */
export interface MicrosoftFlow {
  /** The name of the section. */
  readonly section: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  /** Seconds since the epoch. */
  readonly begunAt: number;
  /** He has to show anew who he is. */
  readonly isFresh: boolean;
}

export interface MicrosoftAsked {
  readonly loginHint: string | undefined;
  readonly domainHint: string | undefined;
  /** He has to show anew who he is, whether Microsoft knows him already or not. */
  readonly isFresh: boolean;
  /** He wants to choose another account. */
  readonly isSwitch: boolean;
}

export interface MicrosoftSignIn {
  /** The sections that offer it, in the order of the file. */
  readonly sections: readonly EntraConfig[];
  /** Where to send the browser. An outage of Microsoft throws UnavailableError. */
  begin(section: string, asked: MicrosoftAsked): Promise<{ readonly location: string; readonly flow: MicrosoftFlow }>;
  /** Takes the answer, the query as it came. An outage throws UnavailableError. */
  finish(flow: MicrosoftFlow, query: string): Promise<ProvedIdToken | Refusal>;
}

export interface MicrosoftOptions {
  readonly tenants: readonly SignInTenant[];
  readonly entra: EntraMechanism;
  readonly redirectUri: string;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** The ID token alone is used: nothing is asked of Microsoft in the person's name. */
const SCOPE = 'openid profile email';

/** Builds the browser's way to Entra ID. */
export function microsoftSignIn({ tenants, entra, redirectUri, now }: MicrosoftOptions): MicrosoftSignIn {
  const open = tenants.filter(({ settings }) => settings.enableSignInWithMicrosoft);
  const tenantOf = (section: string): SignInTenant | undefined => open.find(({ settings }) => settings.name === section);
  return {
    sections: open.map(({ settings }) => settings),
    begin: async (section, { loginHint, domainHint, isFresh, isSwitch }) => {
      const tenant = tenantOf(section);
      if (tenant === undefined) throw new RangeError(`no section "${section}" offers a sign-in with Microsoft`);
      const flow = { section, state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier(), begunAt: now(), isFresh };
      const prompt = isFresh ? 'login' : isSwitch ? 'select_account' : undefined;
      const url = buildAuthorizationUrl(await configurationOf(tenant), {
        redirect_uri: redirectUri,
        scope: SCOPE,
        // By form_post the answer would come from another site, without our cookies.
        response_mode: 'query',
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: await calculatePKCECodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        ...(prompt === undefined ? {} : { prompt }),
        ...claimsRequest(tenant.settings),
        // Whoever wants to choose shall not be led back to the account that he is to be asked about.
        ...(loginHint === undefined || isSwitch ? {} : { login_hint: loginHint }),
        ...(domainHint === undefined || isSwitch ? {} : { domain_hint: domainHint }),
      });
      return { location: url.href, flow };
    },
    finish: async (flow, query) => {
      const tenant = tenantOf(flow.section);
      if (tenant === undefined) return refused('microsoft_flow', `the section "${flow.section}" does not offer it any more`);
      const answer = await idTokenOf(tenant, flow, `${redirectUri}?${query}`);
      if (typeof answer !== 'string') return answer;
      const token = await entra.check(answer, { nonce: flow.nonce });
      return token.kind === 'proved' ? staleness(token, flow) ?? token : token;
    },
  };
}

/** Demands the authentication contexts, so that Microsoft asks for what is missing (OIDC Core §5.5; Microsoft: "Claims challenges"). */
function claimsRequest({ requireAcrs }: EntraConfig): { readonly claims?: string } {
  if (requireAcrs.length === 0) return {};
  const [value] = requireAcrs;
  const acrs = { essential: true, ...(requireAcrs.length === 1 ? { value } : { values: requireAcrs }) };
  return { claims: JSON.stringify({ id_token: { acrs } }) };
}

/** The request to ask him went through his browser, which could have taken it away: only `auth_time` tells that he was asked. */
function staleness({ authenticatedAt }: ProvedIdToken, { isFresh, begunAt }: MicrosoftFlow): Refusal | undefined {
  if (!isFresh) return undefined;
  if (authenticatedAt === undefined) {
    return refused('microsoft_misconfigured', 'he had to show anew who he is, and the ID token does not tell auth_time',
      'add the optional claim auth_time for ID tokens to the app registration');
  }
  if (authenticatedAt >= begunAt - SKEW) return undefined;
  return refused('microsoft_refused', 'he had to show anew who he is, and auth_time is before the request');
}

async function configurationOf({ settings, issuer, metadata, fetch }: SignInTenant): Promise<Configuration> {
  const { authorizationEndpoint, tokenEndpoint } = await metadata();
  const secret = settings.clientSecret?.export().toString('utf8') ?? '';
  const server = { issuer, authorization_endpoint: authorizationEndpoint, token_endpoint: tokenEndpoint };
  const configuration = new Configuration(server, settings.clientId, { id_token_signed_response_alg: 'RS256', [clockTolerance]: SKEW }, ClientSecretPost(secret));
  configuration[customFetch] = async (url, options) => {
    const answer = await fetch(url, options);
    // The error is in the body, and the library looks no further than at a challenge beside it.
    answer.headers.delete('www-authenticate');
    return answer;
  };
  return configuration;
}

/** Redeems the code. */
async function idTokenOf(tenant: SignInTenant, flow: MicrosoftFlow, url: string): Promise<string | Refusal> {
  try {
    const answer = await authorizationCodeGrant(await configurationOf(tenant), new URL(url), {
      expectedState: flow.state, expectedNonce: flow.nonce, pkceCodeVerifier: flow.verifier, idTokenExpected: true,
    });
    return answer.id_token ?? refused('microsoft_refused', 'the answer holds no ID token');
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Refusal {
  if (error instanceof AuthorizationResponseError) {
    return refusedBy({ error: error.error, description: error.error_description, subcode: error.cause.get('error_subcode') ?? undefined });
  }
  const status = statusOf(error);
  // Whatever stands in such an answer, it is not about this sign-in.
  if (status !== undefined && (status === 429 || status >= 500)) {
    return refused('backend_unavailable', `the token endpoint answers with the status ${String(status)}`);
  }
  if (error instanceof ResponseBodyError) return refusedBy({ error: error.error, description: error.error_description });
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof GatewayError) throw cause;
  }
  if (error instanceof ClientError || error instanceof WWWAuthenticateChallengeError) {
    return refused('microsoft_refused', `the answer is not as it must be: ${printable(error.message)}${error.code === undefined ? '' : ` (${error.code})`}`);
  }
  throw error;
}

/** Of an answer that was none of the standard's, or told an error. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError) return error.status;
  return error instanceof ClientError && error.cause instanceof Response ? error.cause.status : undefined;
}
