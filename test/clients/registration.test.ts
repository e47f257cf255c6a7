// What a client may be registered with: good ones of each kind, and every fault of a bad one at once.

import t from 'tap';
import { clientFaults, grantTypes, scopeNameFaults } from '../../src/clients/registration.ts';
import { canonicalScopes } from '../../src/tokens/scopes.ts';
import type { Client } from '../../src/stores/client-store.ts';
import { knownScopes } from '../../src/tokens/scopes.ts';
import { sampleClient } from '../stores/samples.ts';
import { jwkOf, pairs, setOf } from './keys.ts';

const service: Partial<Client> = {
  isPublic: false, grants: ['client_credentials'], scopes: ['users'], redirectUris: [], postLogoutRedirectUris: [], origins: [],
};

t.test('clients of each kind are good', (t) => {
  for (const [what, change] of [
    ['a browser application', {}],
    ['a desktop client', { redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback', 'com.example.app:/cb'], origins: [] }],
    ['a service', service],
    ['a service with keys', { ...service, jwks: setOf(jwkOf(pairs.p256)) }],
    ['one with every grant', { isPublic: false, grants: grantTypes }],
    ['a terminal', { ...service, isPublic: true, grants: ['login_info', 'refresh_token'], scopes: ['openid', 'offline.access'] }],
    ['one that exchanges tokens', { ...service, isPublic: true, grants: ['urn:ietf:params:oauth:grant-type:token-exchange'] }],
    ['the standard\'s word for staying signed in', { scopes: ['openid', 'offline_access'] }],
    ['the longest name', { name: 'ž'.repeat(100) }], ['a name beyond the first plane', { name: '\u{1F5A8}'.repeat(100) }],
    ['the longest id', { id: 'x'.repeat(100) }], ['a MyQ id', { id: '7B4CD3C2-F57E-4D52-A90A-23EED001CE81' }], ['an id of all that it may have', { id: 'aZ0._~-' }],
  ] as const) t.strictSame(clientFaults(sampleClient(change)), [], what);
  t.end();
});

t.test('each fault is told', (t) => {
  const faults: readonly (readonly [RegExp, ...Partial<Client>[]])[] = [
    [/client id/, ...['', ' ', 'a b', 'a:b', 'ž', 'a/b', 'a%41', 'a\0', 'x'.repeat(101), 'a\n', 'https://a.example', '"x"'].map((id) => ({ id }))],
    [/client name/, ...['', ' ', ' a', 'a ', 'a\nb', 'a\u001b[31m', 'a\u202eb', 'a\u2028b', 'x'.repeat(101), '\uD800', 'a\tb', '\u0085', '\uE000'].map((name) => ({ name }))],
    [/there is no grant password, implicit; known: authorization_code refresh_token/, { grants: ['authorization_code', 'password', 'implicit'] }],
    [/there is no grant Authorization_Code: did you mean authorization_code\?$/, { ...service, grants: ['Authorization_Code'] }],
    [/there is no grant code: did you mean authorization_code\?$/, { grants: ['code', 'refresh_token'] }],
    [/there is no grant client_credential: did you mean client_credentials\?$/, { ...service, grants: ['client_credential'] }],
    [/there is no grant token: did you mean refresh_token or urn:ietf:params:oauth:grant-type:token-exchange\?$/, { ...service, grants: ['token'] }],
    [/there is no grant token-exchange: did you mean urn:ietf:params:oauth:grant-type:token-exchange\?$/, { ...service, grants: ['token-exchange'] }],
    [/there is no grant urn:ietf:params:oauth:grant-type:jwt-bearer, xx; known: /, { ...service, grants: ['urn:ietf:params:oauth:grant-type:jwt-bearer', 'xx'] }],
    [/there is no grant __proto__, toString/, { grants: ['authorization_code', '__proto__', 'toString'] }],
    [/needs a grant/, { ...service, grants: [] }],
    [/the grant "refresh_token" is there twice/, { grants: ['authorization_code', 'refresh_token', 'refresh_token'] }],
    [/a public client cannot have the grant client_credentials/, { ...service, isPublic: true }, { grants: ['authorization_code', 'client_credentials'], scopes: ['openid'] }],
    [/authorization_code needs a redirect URI/, { redirectUris: [] }],
    [/a redirect URI needs the grant authorization_code/, { grants: ['refresh_token'] }],
    [/there is no scope root, admin; known: openid/, { scopes: ['root', 'users', 'admin'] }],
    [/there is no scope OpenID: did you mean openid\?$/, { scopes: ['OpenID'] }],
    [/there is no scope profil: did you mean profile\?$/, { scopes: ['profil', 'openid'] }],
    [/there is no scope read: did you mean cert\.read or terminal\.read\?$/, { scopes: ['read'] }],
    [/there is no scope offline: did you mean offline\.access\?$/, { scopes: ['offline'] }],
    [/there is no scope x{200}; known/, { scopes: ['x'.repeat(5000)] }],
    [/there is no scope openid profile;/, { scopes: ['openid profile'] }],
    [/needs a scope; known: openid/, { scopes: [] }], [/needs a scope; known: cert\.manage (?!.*(?:openid|offline))/, { ...service, scopes: [] }],
    [/needs a grant/, { ...service, grants: [], scopes: [] }, { ...service, grants: [], scopes: ['openid', 'offline.access'] }], [/client id/, { id: '', scopes: [] }],
    [/the scope offline\.access needs the grant refresh_token/, { grants: ['authorization_code'], scopes: ['openid', 'offline.access'] },
      { grants: ['authorization_code'], scopes: ['offline_access'] }, { ...service, grants: ['login_info', 'client_credentials'], scopes: ['offline.access'] }],
    [/the scope "jobs" is there twice/, { scopes: ['jobs', 'jobs'] }],
    [/the scope "offline.access" is there twice/, { scopes: ['offline_access', 'offline.access'] }],
    [/without a user there is nothing behind the scope openid, offline.access/, { ...service, scopes: ['openid', 'users', 'offline_access'] }],
    [/the redirect URI "http:\/\/evil.com\/" must begin with https/, { redirectUris: ['http://evil.com/'] }],
    [/the redirect URI "https:\/\/a.example\/" is there twice/, { redirectUris: ['https://a.example/', 'https://a.example/'] }],
    [/the post-logout redirect URI "\/bye" must be absolute/, { postLogoutRedirectUris: ['/bye'] }],
    [/the post-logout redirect URI "https:\/\/a.example\/" is there twice/, { postLogoutRedirectUris: ['https://a.example/', 'https://a.example/'] }],
    [/the origin "null" must be an origin/, { origins: ['null'] }],
    [/the origin "https:\/\/a.example" is there twice/, { origins: ['https://a.example', 'https://a.example'] }],
    [/a public client has no keys/, { jwks: setOf(jwkOf(pairs.p256)) }],
    [/the JWK set must be JSON/, { ...service, jwks: '' }],
    [/the JWK set must have good keys only: key 1 is private/, { ...service, jwks: setOf(pairs.p256.privateKey.export({ format: 'jwk' })) }],
  ];
  for (const [reason, ...changes] of faults) {
    for (const change of changes) {
      const told = clientFaults(sampleClient(change));
      // What the test runner prints must be harmless.
      const name = JSON.stringify(change).replace(/[^ -~]/gu, '?').slice(0, 60);
      t.equal(told.length, 1, name);
      t.match(told[0], reason, name);
    }
  }
  t.end();
});

t.test('all faults are told at once, and a huge value is cut', (t) => {
  const told = clientFaults(sampleClient({
    id: '', name: '', grants: ['client_credentials', 'client_credentials'], scopes: ['y', 'openid'], redirectUris: ['z', `http://${'e'.repeat(1900)}/`], origins: ['w'], postLogoutRedirectUris: ['v'], jwks: 'u',
  }));
  t.equal(told.length, 13, told.join('\n'));
  for (const one of told) t.ok(one.length < 500);
  t.end();
});

t.test('a misspelt grant or a missing one brings no complaint about what it may need', (t) => {
  for (const change of [{ grants: ['authorization_cod'], redirectUris: [] }, { grants: ['code'] }, { grants: [] }, { ...service, grants: ['xx'], isPublic: true, scopes: ['openid'] }]) {
    t.match(clientFaults(sampleClient(change)), [/^there is no grant|^a client needs a grant/], change.grants.join(' '));
    t.equal(clientFaults(sampleClient(change)).length, 1);
  }
  t.strictSame(scopeNameFaults(['users', 'offline_access', 'user', 'root']), [
    'there is no scope user: did you mean users?', `there is no scope root; known: ${knownScopes.join(' ')}`,
  ]);
  t.end();
});

t.test('scopes are kept in one spelling, each once', (t) => {
  t.strictSame(canonicalScopes(['openid', 'offline_access', 'jobs', 'offline.access', 'jobs']), ['openid', 'offline.access', 'jobs']);
  t.strictSame(canonicalScopes([]), []);
  t.end();
});
