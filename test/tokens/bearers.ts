// Bearer tokens, good ones and every kind of bad one, signed with a gateway's own key and with others.

import { constants, createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { Keyring } from '../../src/tokens/keyring.ts';

type Json = Readonly<Record<string, unknown>>;

/** Whose tokens they are; `current` gives the key that they are signed with. A gateway is one. */
export interface Signing {
  readonly issuer: string;
  readonly audience: string;
  readonly keyring: Pick<Keyring, 'current' | 'verificationKey'>;
}

export interface Bearer {
  readonly what: string;
  readonly token: string;
  readonly good: boolean;
}

const encode = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const input = (header: unknown, payload: unknown): string => `${encode(header)}.${encode(payload)}`;

/** RFC 7518 §3.3 to §3.5, as WebCrypto has them. */
function parametersOf(algorithm: string): Parameters<typeof crypto.subtle.sign>[0] {
  if (algorithm === 'ES256') return { name: 'ECDSA', hash: 'SHA-256' };
  return algorithm.startsWith('PS') ? { name: 'RSA-PSS', saltLength: 32 } : { name: 'RSASSA-PKCS1-v1_5' };
}

/** Signs with the own key, whatever the header says. */
async function own({ keyring }: Signing, header: unknown, payload: unknown): Promise<string> {
  const text = input(header, payload);
  const { algorithm, privateKey } = await keyring.current();
  const signature = await crypto.subtle.sign(parametersOf(algorithm), privateKey, Buffer.from(text));
  return `${text}.${Buffer.from(signature).toString('base64url')}`;
}

function foreign(header: Json, payload: unknown, key: KeyObject, hash = 'sha256'): string {
  const text = input(header, payload);
  const pss = String(header['alg']).startsWith('PS') ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363', ...pss }).toString('base64url')}`;
}

/** The claims of a good token. */
export function goodClaims(gateway: Signing, sub: string): Json {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: gateway.issuer, sub, aud: gateway.audience, client_id: 'myq-desktop-client', scope: 'openid profile', iat: now,
    exp: now + 600, jti: 'id-1',
    auth_time: now, amr: ['wia'], preferred_username: 'alice', cbt: 'none',
  };
}

/** Signs claims as the gateway itself would. */
export async function signed(gateway: Signing, claims: unknown, header: Json = {}): Promise<string> {
  const { kid, algorithm } = await gateway.keyring.current();
  return own(gateway, { alg: algorithm, kid, typ: 'at+jwt', ...header }, claims);
}

/** Tokens that differ from a good one in what is signed. */
export async function signedBearers(gateway: Signing, sub: string): Promise<readonly Bearer[]> {
  const claims = goodClaims(gateway, sub);
  const now = Number(claims['iat']);
  const { algorithm } = await gateway.keyring.current();
  const without = (name: string): Json => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
  const cases: readonly (readonly [string, boolean, unknown, Json?])[] = [
    ['as issued', true, claims],
    ['typ AT+JWT: media types have no case', true, claims, { typ: 'AT+JWT' }],
    ['typ application/at+jwt', true, claims, { typ: 'application/at+jwt' }],
    ['nbf in the past', true, { ...claims, nbf: now - 5 }],
    ['aud: an array with ours', true, { ...claims, aud: ['https://other.test', gateway.audience] }],
    ['a claim that nobody knows', true, { ...claims, x: { y: [null] } }],
    ['jwk in the header, but signed with our key', true, claims, { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }],
    ['jku in the header', true, claims, { jku: 'http://127.0.0.1:9/keys' }],
    ['x5u in the header', true, claims, { x5u: 'http://127.0.0.1:9/cert' }],
    ['typ JWT', false, claims, { typ: 'JWT' }],
    ['typ missing', false, claims, { typ: undefined }],
    ['typ not a string', false, claims, { typ: ['at+jwt'] }],
    ['typ with a blank', false, claims, { typ: 'at+jwt ' }],
    ['an ID token', false, { iss: gateway.issuer, sub, aud: 'myq-desktop-client', iat: now, exp: now + 600, nonce: 'n' }, { typ: 'JWT' }],
    ['kid unknown', false, claims, { kid: 'unknown' }],
    ['kid missing', false, claims, { kid: undefined }],
    ['kid not a string', false, claims, { kid: 1 }],
    ['kid __proto__', false, claims, { kid: '__proto__' }],
    ['alg none, with a signature', false, claims, { alg: 'none' }],
    ...['es256', 'rs256', 'ES384', 'HS256', 'PS256', 'RS512', 'EdDSA', ...['ES256', 'RS256'].filter((other) => other !== algorithm)]
      .map((alg) => [`alg ${alg} by the header alone`, false, claims, { alg }] as const),
    ['alg: an array with ours', false, claims, { alg: [algorithm] }],
    ['alg missing', false, claims, { alg: undefined }],
    ['crit with an unknown extension', false, claims, { crit: ['urn:x'], 'urn:x': 1 }],
    ['crit empty', false, claims, { crit: [] }],
    ['crit of a registered name', false, claims, { crit: ['typ'] }],
    ['iss of another', false, { ...claims, iss: 'https://evil.test' }],
    ['iss with a slash more', false, { ...claims, iss: `${gateway.issuer}/` }],
    ['iss: an array with ours', false, { ...claims, iss: [gateway.issuer] }],
    ['aud of another', false, { ...claims, aud: 'https://other.test' }],
    ['aud: an array without ours', false, { ...claims, aud: ['https://other.test'] }],
    ['aud: an empty array', false, { ...claims, aud: [] }],
    ['aud: the client', false, { ...claims, aud: 'myq-desktop-client' }],
    ['expired', false, { ...claims, exp: now - 1 }],
    ['exp as text', false, { ...claims, exp: String(now + 600) }],
    ['exp null', false, { ...claims, exp: null }],
    ['nbf in the future', false, { ...claims, nbf: now + 60 }],
    ['nbf as text', false, { ...claims, nbf: '0' }],
    ['payload: an array', false, [claims]],
    ['payload: text', false, '"claims"'],
    ['payload: null', false, 'null'],
    ['payload: no JSON', false, '{"iss":'],
    ...['iss', 'sub', 'aud', 'exp', 'iat', 'jti', 'client_id', 'scope'].map((name) => [`${name} missing`, false, without(name)] as const),
  ];
  return Promise.all(cases.map(async ([what, good, payload, header]) => ({ what, good, token: await signed(gateway, payload, header) })));
}

/** Tokens that are signed with another key, or not at all, or were changed afterwards. */
export async function forgedBearers(gateway: Signing, sub: string): Promise<readonly Bearer[]> {
  const claims = goodClaims(gateway, sub);
  const { kid, algorithm } = await gateway.keyring.current();
  const typ = 'at+jwt';
  const good = await signed(gateway, claims);
  const [header = '', payload = '', signature = ''] = good.split('.');
  const key = await gateway.keyring.verificationKey(kid);
  if (key === undefined) throw new Error('the signing key is not published');
  const { publicKey, publicKeyPem: pem } = key;
  const hmac = (secret: string | Buffer): string => {
    const text = input({ alg: 'HS256', kid, typ }, claims);
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const changed = Buffer.from(signature, 'base64url');
  changed[10] = (changed[10] ?? 0) ^ 1;
  const bad: Readonly<Record<string, string>> = {
    'alg none without a signature': `${input({ alg: 'none', typ }, claims)}.`,
    'alg none with our kid': `${input({ alg: 'none', kid, typ }, claims)}.`,
    'HS256 with the public PEM as secret': hmac(pem),
    'HS256 with the trimmed PEM as secret': hmac(pem.trim()),
    'HS256 with the public key in DER as secret': hmac(publicKey.export({ type: 'spki', format: 'der' })),
    'HS256 with the public JWK as secret': hmac(JSON.stringify(publicKey.export({ format: 'jwk' }))),
    'HS256 with an empty secret': hmac(''),
    'ES256 of another key under our kid': foreign({ alg: 'ES256', kid, typ }, claims, p256.privateKey),
    'ES256 of another key, which the header brings': foreign(
      { alg: 'ES256', kid, typ, jwk: p256.publicKey.export({ format: 'jwk' }) }, claims, p256.privateKey,
    ),
    'ES256 of another key, from where the header says': foreign(
      { alg: 'ES256', kid: 'evil', typ, jku: 'https://127.0.0.1:9/keys', x5u: 'https://127.0.0.1:9/cert' }, claims, p256.privateKey,
    ),
    'ES384 of another key under our kid': foreign({ alg: 'ES384', kid, typ }, claims, p384.privateKey, 'sha384'),
    'RS256 of another key under our kid': foreign({ alg: 'RS256', kid, typ }, claims, rsa.privateKey),
    'RS256 of another key, which the header brings': foreign(
      { alg: 'RS256', kid, typ, jwk: rsa.publicKey.export({ format: 'jwk' }) }, claims, rsa.privateKey,
    ),
    'PS256 of another key under our kid': foreign({ alg: 'PS256', kid, typ }, claims, rsa.privateKey),
    'the payload of another user': `${header}.${encode({ ...claims, sub: 'root' })}.${signature}`,
    'the header changed': `${encode({ alg: algorithm, kid, typ, x: 1 })}.${payload}.${signature}`,
    'a bit of the signature flipped': `${header}.${payload}.${changed.toString('base64url')}`,
    'a signature of zeros': `${header}.${payload}.${Buffer.alloc(Buffer.from(signature, 'base64url').length).toString('base64url')}`,
    'a signature in DER': `${header}.${payload}.${sign('sha256', Buffer.from(`${header}.${payload}`), p256.privateKey).toString('base64url')}`,
    'without its signature': `${header}.${payload}.`,
    'without its last part': `${header}.${payload}`,
    'cut by one character': good.slice(0, -1),
    'cut in the middle': good.slice(0, good.length / 2),
    'one character more': `${good}A`,
    'a part more': `${good}.${signature}`,
    'of five parts': `${good}.a.b`,
    'only dots': '..',
    'one word': 'token',
    '20 KiB of letters': 'A'.repeat(20 * 1024),
    '20 KiB of dots': '.'.repeat(20 * 1024),
  };
  return Object.entries(bad).map(([what, token]) => ({ what, token, good: false }));
}
