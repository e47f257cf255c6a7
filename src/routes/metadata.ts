// What this authorization server says of itself (RFC 8414 §2, OpenID Connect Discovery §3): what works, no more and no less.

import { clientAuthenticationMethods } from '../clients/authenticate.ts';
import { assertionAlgorithms } from '../clients/jwks.ts';
import { knownScopes } from '../tokens/scopes.ts';
import { languages } from './pages/catalogue.ts';

/** Of clients that are asked for a secret: who only says who he is has not authenticated. */
const confidential = clientAuthenticationMethods.filter((method) => method !== 'none');

/** Builds the document. Every address derives from the issuer. */
export function metadata(issuer: string, grantTypes: readonly string[]): Readonly<Record<string, unknown>> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/en/auth`,
    token_endpoint: `${issuer}/api/auth/token`,
    userinfo_endpoint: `${issuer}/api/auth/userinfo`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    introspection_endpoint: `${issuer}/api/auth/introspect`,
    revocation_endpoint: `${issuer}/api/auth/revoke`,
    end_session_endpoint: `${issuer}/en/auth/logout`,
    scopes_supported: [...knownScopes, 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: grantTypes,
    subject_types_supported: ['public'],
    // One of them signs; RS256 must be named (Discovery §3), and the tokens of a former key are still good.
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
    token_endpoint_auth_methods_supported: clientAuthenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    introspection_endpoint_auth_methods_supported: confidential,
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: clientAuthenticationMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'amr', 'nonce', 'at_hash', 'sid', 'preferred_username', 'name', 'email'],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    ui_locales_supported: languages,
  };
}
