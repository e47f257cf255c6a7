// Tokens that must not let anybody in, each one fault away from a good one, with the reason for which it is refused.

import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { CompactSign, type CompactJWSHeaderParameters } from 'jose';
import type { RefusalReason } from '../../src/identity/refusal.ts';
import { PERSONAL_ACCOUNTS } from '../../src/guid.ts';
import { rsaKey } from '../realm/entra-keys.ts';
import type { Person, StandInTenant } from '../realm/entra.ts';
import type { EntraSite } from './site.ts';

export interface BadToken {
  readonly what: string;
  readonly reason: RefusalReason;
  make(site: EntraSite, person: Person): Promise<string>;
}

type Json = Readonly<Record<string, unknown>>;

const base64url = (content: string | Uint8Array): string => Buffer.from(content).toString('base64url');
const json = (value: unknown): string => base64url(JSON.stringify(value));
const now = (): number => Math.floor(Date.now() / 1000);
const EVIL = 'https://evil.example/keys';

const headerOf = ({ current }: StandInTenant): Json => ({ typ: 'JWT', alg: 'RS256', kid: current.kid });
const claimsOf = ({ tenant, app }: EntraSite, person: Person, changes: Json = {}): Json => tenant.claimsFor(person, app, changes);
const good = ({ tenant, app }: EntraSite, person: Person): Promise<string> => tenant.idToken(person, app);

/** Signed by the tenant's own key, with these claims changed; undefined takes one away. */
const claims = (reason: RefusalReason, what: string, changes: Json | ((site: EntraSite, person: Person) => Json)): BadToken => ({
  what, reason,
  make: (site, person) => site.tenant.idToken(person, site.app, typeof changes === 'function' ? changes(site, person) : changes),
});

/** Signed by the tenant's own key, with this header. */
const header = (reason: RefusalReason, what: string, changes: Json): BadToken => ({
  what, reason,
  make: async (site, person) => {
    const all = { ...headerOf(site.tenant), ...changes };
    const signed = await new CompactSign(Buffer.from(JSON.stringify(claimsOf(site, person))))
      .setProtectedHeader({ alg: 'RS256' }).sign(site.tenant.current.privateKey);
    // The signature does not count any more: the header alone must be enough to refuse it.
    return [json(all), ...signed.split('.').slice(1)].join('.');
  },
});

/** The parts of a good one, changed. */
const parts = (
  what: string, change: (header: string, payload: string, signature: string) => readonly string[], reason: RefusalReason = 'id_token_malformed',
): BadToken => ({
  what, reason,
  make: async (site, person) => {
    const [one = '', two = '', three = ''] = (await good(site, person)).split('.');
    return change(one, two, three).join('.');
  },
});

/** Rightly signed in another way. */
const signedBy = (
  what: string, reason: RefusalReason, alg: string, sign: Sign,
): BadToken => ({ what, reason, make: (site, person) => sign(site.tenant, { ...headerOf(site.tenant), alg }, claimsOf(site, person)) });

const withKey = (key: Parameters<CompactSign['sign']>[0]) => (_: StandInTenant, head: Json, payload: Json): Promise<string> =>
  new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader(head as unknown as CompactJWSHeaderParameters).sign(key);
type Sign = (tenant: StandInTenant, head: Json, payload: Json) => Promise<string>;
const hmac = (secretOf: (tenant: StandInTenant) => string): Sign => async (tenant, head, payload) => {
  const signed = `${json(head)}.${json(payload)}`;
  return `${signed}.${createHmac('sha256', secretOf(tenant)).update(signed).digest('base64url')}`;
};
const publicPem = ({ current }: StandInTenant): string => createPublicKey(current.privateKey).export({ format: 'pem', type: 'spki' }).toString();

/** What is no ID token at all. */
export const shapes: readonly BadToken[] = [
  parts('a word', () => ['x']),
  parts('two parts', (a, b) => [a, b]),
  parts('four parts', (a, b, c) => [a, b, c, c]),
  parts('five parts, as an encrypted one', (a, b, c) => [a, b, c, c, c]),
  parts('no header', (_, b, c) => ['', b, c]),
  parts('no payload', (a, _, c) => [a, '', c]),
  parts('no signature', (a, b) => [a, b, '']),
  parts('padded header', (a, b, c) => [`${a}=`, b, c]),
  parts('padded payload', (a, b, c) => [a, `${b}==`, c]),
  parts('padded signature', (a, b, c) => [a, b, `${c}==`]),
  parts('a blank in the signature', (a, b, c) => [a, b, `${c.slice(0, 9)} ${c.slice(9)}`]),
  parts('base64 that is not base64url', (a, b, c) => [a, b, `+/${c.slice(2)}`]),
  parts('a signature in another spelling', (a, b, c) => [a, b, `${c.slice(0, -1)}${c.endsWith('A') ? 'B' : 'h'}`]),
  parts('a header that is no JSON', (_, b, c) => [base64url('{alg:RS256}'), b, c]),
  parts('a header that is an array', (_, b, c) => [json(['RS256']), b, c]),
  parts('a header that is null', (_, b, c) => [json(null), b, c]),
  parts('a payload that is no JSON', (a, _, c) => [a, base64url('aud=x'), c]),
  parts('a payload that is an array', (a, b, c) => [a, json([JSON.parse(Buffer.from(b, 'base64url').toString())]), c]),
  parts('a payload that is a text', (a, b, c) => [a, json(Buffer.from(b, 'base64url').toString()), c]),
  parts('a token in a token', (a, b, c) => [a, json(`${a}.${b}.${c}`), c]),
  parts('a payload that is not UTF-8', (a, b, c) => [a, base64url(Buffer.concat([Buffer.from(b, 'base64url').subarray(0, -1), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])])), c]),
  parts('a payload behind a byte order mark', (a, b, c) => [a, base64url(Buffer.concat([Buffer.from('\ufeff'), Buffer.from(b, 'base64url')])), c]),
  header('id_token_malformed', 'no kid', { kid: undefined }),
  header('id_token_malformed', 'a kid that is a number', { kid: 1 }),
  header('id_token_malformed', 'a kid that is an array', { kid: ['a'] }),
  header('id_token_malformed', 'an empty kid', { kid: '' }),
  header('id_token_malformed', 'a kid of 300 characters', { kid: 'k'.repeat(300) }),
  header('id_token_malformed', 'the type of an access token', { typ: 'at+jwt' }),
  header('id_token_malformed', 'a type that is an array', { typ: ['JWT'] }),
  { what: '20 KiB', reason: 'id_token_too_large', make: (site, person) => site.tenant.idToken(person, site.app, { filler: 'x'.repeat(15 * 1024) }) },
];

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const ed = generateKeyPairSync('ed25519').privateKey;
const tenantKey = (alg: string): BadToken =>
  signedBy(`${alg} by the tenant's own key`, 'id_token_algorithm', alg, (tenant, head, payload) => withKey(tenant.current.privateKey)(tenant, head, payload));

const hmacByClientSecret: BadToken = {
  what: 'HS256 with the client secret', reason: 'id_token_algorithm',
  make: (site, person) => hmac(() => site.app.clientSecret)(site.tenant, { ...headerOf(site.tenant), alg: 'HS256' }, claimsOf(site, person)),
};

/** As deep as fits into a token. */
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Another algorithm, or a header that would choose the key. */
export const headers: readonly BadToken[] = [
  ...['none', 'nOnE', 'NONE'].map((alg) =>
    signedBy(`alg ${alg}`, 'id_token_algorithm', alg, async (_, head, payload) => `${json(head)}.${json(payload)}.`)),
  signedBy('HS256 with the public key as the secret', 'id_token_algorithm', 'HS256', hmac(publicPem)),
  signedBy('HS256 with the modulus as the secret', 'id_token_algorithm', 'HS256', hmac(({ current }) => String(createPublicKey(current.privateKey).export({ format: 'jwk' }).n))),
  hmacByClientSecret,
  parts('an algorithm that is nested deeply', (_, b, c) => [base64url(`{"alg":${nested(4000)}}`), b, c], 'id_token_algorithm'),
  signedBy('ES256', 'id_token_algorithm', 'ES256', withKey(ec)),
  signedBy('EdDSA', 'id_token_algorithm', 'EdDSA', withKey(ed)),
  ...['RS384', 'RS512', 'PS256'].map(tenantKey),
  header('id_token_algorithm', 'no alg', { alg: undefined }),
  header('id_token_algorithm', 'alg in lower case', { alg: 'rs256' }),
  header('id_token_algorithm', 'alg in a list', { alg: ['RS256'] }),
  header('id_token_header', 'jku', { jku: EVIL }),
  header('id_token_header', 'x5u', { x5u: EVIL }),
  header('id_token_header', 'x5c', { x5c: ['MIIB'] }),
  header('id_token_header', 'crit', { crit: ['exp'] }),
  header('id_token_header', 'b64', { b64: false }),
  header('id_token_header', 'zip', { zip: 'DEF' }),
  header('id_token_header', 'enc', { enc: 'A256GCM' }),
  header('id_token_header', 'cty of a nested token', { cty: 'JWT' }),
  {
    what: 'jwk with the key that signs', reason: 'id_token_header',
    make: async ({ tenant, ...site }, person) => {
      const key = rsaKey();
      const jwk = createPublicKey(key.privateKey).export({ format: 'jwk' });
      return tenant.sign({ ...headerOf(tenant), kid: key.kid, jwk }, claimsOf({ tenant, ...site }, person), key);
    },
  },
];

const strangersKey = (what: string, kid: (tenant: StandInTenant) => string, reason: RefusalReason): BadToken => ({
  what, reason,
  make: (site, person) => site.tenant.sign({ ...headerOf(site.tenant), kid: kid(site.tenant) }, claimsOf(site, person), rsaKey()),
});

/** Not signed by the tenant, or not this. */
export const signatures: readonly BadToken[] = [
  strangersKey('a stranger\'s key under the kid of the tenant\'s', ({ current }) => current.kid, 'id_token_signature'),
  strangersKey('a stranger\'s key under its own kid', () => 'stranger', 'id_token_key_unknown'),
  strangersKey('a kid that is a path', () => '../../keys', 'id_token_key_unknown'),
  strangersKey('a kid that is an address', () => EVIL, 'id_token_key_unknown'),
  strangersKey('a kid that every object has', () => '__proto__', 'id_token_key_unknown'),
  strangersKey('the kid in other letters', ({ current: { kid } }) => (kid.toLowerCase() === kid ? kid.toUpperCase() : kid.toLowerCase()), 'id_token_key_unknown'),
  strangersKey('the kid with a blank behind', ({ current }) => `${current.kid} `, 'id_token_key_unknown'),
  parts('a payload that was changed', (a, b, c) => [a, json({ ...JSON.parse(Buffer.from(b, 'base64url').toString()) as object, oid: randomUUID() }), c], 'id_token_signature'),
  parts('a header that was changed', (a, b, c) => [json({ ...JSON.parse(Buffer.from(a, 'base64url').toString()) as object, x5t: 'x' }), b, c], 'id_token_signature'),
  parts('half a signature', (a, b, c) => [a, b, c.slice(0, 172)], 'id_token_signature'),
  parts('one byte of a signature', (a, b) => [a, b, 'AA'], 'id_token_signature'),
  {
    what: 'the signature of another token', reason: 'id_token_signature',
    make: async (site, person) => [...(await good(site, person)).split('.').slice(0, 2), (await site.tenant.idToken(person, site.app, { uti: 'x' })).split('.')[2]].join('.'),
  },
];

const OTHER_TENANT = 'f8cdef31-a31e-4b4a-93e4-5f571e91255a';
const authorityOf = ({ tenant }: EntraSite): string => tenant.issuer.replace(`/${tenant.id}/v2.0`, '');

/** Rightly signed for somebody else, or by Microsoft for another tenant. */
export const audiences: readonly BadToken[] = [
  claims('id_token_audience', 'for another application', { aud: randomUUID() }),
  claims('id_token_audience', 'for nobody', { aud: undefined }),
  claims('id_token_audience', 'for an application by its address', ({ app }) => ({ aud: `api://${app.clientId}` })),
  claims('id_token_audience', 'a list with our application', ({ app }) => ({ aud: [app.clientId] })),
  claims('id_token_audience', 'a list with two applications', ({ app }) => ({ aud: [app.clientId, randomUUID()] })),
  claims('id_token_audience', 'our application in capitals', ({ app }) => ({ aud: app.clientId.toUpperCase() })),
  claims('id_token_issuer', 'no issuer', { iss: undefined }),
  claims('id_token_issuer', 'the issuer of version 1.0', ({ tenant }) => ({ iss: `https://sts.windows.net/${tenant.id}/` })),
  claims('id_token_issuer', 'another host', ({ tenant }) => ({ iss: `https://evil.example/${tenant.id}/v2.0` })),
  claims('id_token_issuer', 'the issuer of another tenant', (site) => ({ iss: `${authorityOf(site)}/${OTHER_TENANT}/v2.0` })),
  claims('id_token_issuer', 'the template of all tenants', (site) => ({ iss: `${authorityOf(site)}/{tenantid}/v2.0` })),
  claims('id_token_issuer', 'the issuer with a slash behind', ({ tenant }) => ({ iss: `${tenant.issuer}/` })),
  claims('id_token_issuer', 'the issuer without TLS', ({ tenant }) => ({ iss: tenant.issuer.replace('https', 'http') })),
  claims('id_token_issuer', 'the issuer in a list', ({ tenant }) => ({ iss: [tenant.issuer] })),
  claims('id_token_malformed', 'no tenant', { tid: undefined }),
  claims('id_token_malformed', 'a tenant that is a domain', { tid: 'example.com' }),
  claims('id_token_malformed', 'the tenant in a list', ({ tenant }) => ({ tid: [tenant.id] })),
  claims('id_token_malformed', 'the tenant with a line end', ({ tenant }) => ({ tid: `${tenant.id}\n` })),
  claims('tenant_not_allowed', 'another tenant', { tid: OTHER_TENANT }),
  claims('tenant_not_allowed', 'another tenant with its own issuer', (site) => ({ tid: OTHER_TENANT, iss: `${authorityOf(site)}/${OTHER_TENANT}/v2.0` })),
  claims('personal_account', 'a personal account', (site) => ({ tid: PERSONAL_ACCOUNTS, iss: `${authorityOf(site)}/${PERSONAL_ACCOUNTS}/v2.0` })),
  claims('id_token_version', 'version 1.0', { ver: '1.0' }),
  claims('id_token_version', 'no version', { ver: undefined }),
  claims('id_token_version', 'a version that is a number', { ver: 2 }),
  claims('app_only_token', 'an application without a person', { idtyp: 'app' }),
  claims('not_an_id_token', 'an access token, by scp', { scp: 'User.Read' }),
  claims('not_an_id_token', 'an access token, by azp', { azp: randomUUID() }),
  claims('not_an_id_token', 'an access token, by appid', { appid: randomUUID() }),
  claims('not_an_id_token', 'an access token, by an empty scp', { scp: '' }),
];

/** Rightly signed for us, and yet not good: when, who, and of which form. */
export const contents: readonly BadToken[] = [
  claims('id_token_version', 'a version that is nested deeply', { ver: JSON.parse('['.repeat(3000) + ']'.repeat(3000)) as unknown }),
  claims('id_token_expired', 'it has expired', () => ({ iat: now() - 4500, nbf: now() - 4500, exp: now() - 61 })),
  claims('id_token_not_yet_valid', 'not before a time that is to come', () => ({ nbf: now() + 70 })),
  claims('id_token_not_yet_valid', 'issued in the time to come', () => ({ iat: now() + 70 })),
  claims('id_token_not_yet_valid', 'signed in in the time to come', () => ({ auth_time: now() + 70 })),
  ...['exp', 'nbf', 'iat', 'sub', 'oid'].map((name) => claims('id_token_malformed', `no ${name}`, { [name]: undefined })),
  ...[String(now() + 600), now() + 600.5, -1, 0, 1e300, [now() + 600], null, true].map((exp) =>
    claims('id_token_malformed', `exp is ${JSON.stringify(exp)}`, { exp })),
  claims('id_token_malformed', 'nbf is a text', { nbf: '0' }),
  claims('id_token_malformed', 'iat is a date', { iat: '2026-01-01T00:00:00Z' }),
  claims('id_token_malformed', 'oid is a name', { oid: 'alice' }),
  claims('id_token_malformed', 'oid is a list', (_, { object }) => ({ oid: [object] })),
  claims('id_token_malformed', 'oid with a slash', (_, { object }) => ({ oid: `${object}/` })),
  claims('id_token_malformed', 'sub is an object', { sub: {} }),
  claims('id_token_malformed', 'sub is empty', { sub: '' }),
  claims('id_token_malformed', 'preferred_username is a list', { preferred_username: ['alice@example.com', 'bob@example.com'] }),
  claims('id_token_malformed', 'upn is an object', { upn: { toString: 'alice' } }),
  claims('id_token_malformed', 'name is a list', { name: ['Alice'] }),
  claims('id_token_malformed', 'groups is a text', { groups: randomUUID() }),
  claims('id_token_malformed', 'groups with a number', { groups: [randomUUID(), 1] }),
  claims('id_token_malformed', 'amr is an object', { amr: { 0: 'mfa' } }),
  claims('id_token_malformed', 'acct is 7', { acct: 7 }),
  claims('id_token_malformed', 'hasgroups is a list', { hasgroups: ['true'] }),
  claims('id_token_malformed', '_claim_names is a text', { _claim_names: 'groups' }),
  claims('id_token_malformed', 'onprem_sid is a number', { onprem_sid: 1 }),
  claims('guest_account', 'a guest, by acct', { acct: 1 }),
  claims('guest_account', 'a guest, by acct as a text', { acct: '1' }),
  claims('guest_account', 'a guest, by idp', { idp: `https://sts.windows.net/${OTHER_TENANT}/` }),
  claims('guest_account', 'a guest from a personal account', { idp: 'live.com' }),
];
