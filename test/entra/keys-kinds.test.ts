// What else a tenant publishes beside the keys that sign its ID tokens: it verifies nothing, and does no harm.

import { generateKeyPairSync, sign } from 'node:crypto';
import type { JWK } from 'jose';
import t from 'tap';
import { later } from '../oauth/clock.ts';
import { published, rsaKey, type SigningKey } from '../realm/entra-keys.ts';
import { checkOf, signedBy } from './fetches.ts';
import { openEntraSite } from './site.ts';

const OTHER = '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11';
const ec = (curve: string): JWK => generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ format: 'jwk' }) as JWK;
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An ID token by a key of any length; jose would not make one with a short key. */
function signed({ kid, privateKey }: SigningKey, claims: object): string {
  const text = `${part({ typ: 'JWT', alg: 'RS256', kid })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
}

t.test('keys of other kinds are passed over: no token is verified with one, and the good ones go on', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const { tenant, entra: { authority } } = site;
  const alice = tenant.person({});
  const [key, short] = [rsaKey(), rsaKey(1024)];
  const plain = published(key, undefined);
  const zeros = Buffer.concat([Buffer.alloc(128), Buffer.from(published(short, undefined).n ?? '', 'base64url')]).toString('base64url');
  const kinds: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['short', published(short, undefined)],
    ['short with zeros', { ...published(short, undefined), n: zeros }],
    ['for encryption', { ...plain, use: 'enc' }],
    ['of an odd use', { ...plain, use: ['sig'] }],
    ['for another algorithm', { ...plain, alg: 'RS512' }],
    ['for PSS', { ...plain, alg: 'PS256' }],
    ['of another tenant', { ...plain, issuer: `${authority}/${OTHER}/v2.0` }],
    ['of another authority', { ...plain, issuer: 'https://login.example.com/{tenantid}/v2.0' }],
    ['of personal accounts', { ...plain, issuer: `${authority}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0` }],
    ['of an odd issuer', { ...plain, issuer: [tenant.issuer] }],
    ['of no issuer', { ...plain, issuer: null }],
    ['without an id', { ...plain, kid: undefined }],
    ['with a number as id', { ...plain, kid: 7 }],
    ['without a modulus', { ...plain, n: undefined }],
    ['without an exponent', { ...plain, e: undefined }],
    ['elliptic', { ...ec('P-256'), use: 'sig', kid: key.kid }],
    ['elliptic and said to be RS256', { ...ec('P-384'), use: 'sig', alg: 'RS256', kid: key.kid }],
    ['symmetric', { kty: 'oct', k: plain.n, use: 'sig', kid: key.kid }],
    ['unheard of', { ...plain, kty: 'rsa' }],
  ];
  for (const [index, [name, jwk]] of kinds.entries()) {
    later(t, 31 * (index + 1));
    tenant.keySet.extra = [jwk as JWK, ...[null, 'x', 1, []] as unknown as JWK[]];
    const reply = await site.exchange(signed(name.startsWith('short') ? short : key, tenant.claimsFor(alice, site.app)));
    t.match([reply.statusCode, reply.json()], [400, { error: 'invalid_request', reason: 'id_token_key_unknown' }], name);
    t.equal((await site.signIn(alice)).statusCode, 200, `${name}: the good one goes on`);
    t.equal(await checkOf(site), 'ok');
  }
});

t.test('a good key may leave out what it is for, or name its tenant; one of another kind with the same id is in nobody\'s way', async (t) => {
  const site = await openEntraSite(t, { keys: 'UserName = upnPrefix\n' });
  const { tenant } = site;
  const alice = tenant.person({});
  const key = rsaKey();
  const { kty, n, e, kid } = published(key, undefined);
  const bare = { kty, n, e, kid };
  const kinds: readonly (readonly [string, readonly unknown[]])[] = [
    ['bare', [bare]],
    ['for RS256', [{ ...bare, alg: 'RS256', key_ops: ['verify'] }]],
    ['of the tenant', [{ ...bare, issuer: tenant.issuer }]],
    ['of any tenant', [{ ...bare, issuer: tenant.issuer.replace(tenant.id, '{tenantid}') }]],
    ['beside others of its id', [{ ...ec('P-256'), kid }, { ...bare, use: 'enc' }, bare, { ...bare, issuer: 'https://login.example.com/' }]],
  ];
  for (const [index, [name, keys]] of kinds.entries()) {
    // So that each is fetched, and counts for itself alone.
    later(t, 3601 * (index + 1));
    tenant.keySet.replaced = { keys };
    t.equal((await site.exchange(await signedBy(site, alice, key))).statusCode, 200, name);
    t.equal((await site.signIn(alice)).statusCode, 400, `${name}: and none but it`);
  }
});
