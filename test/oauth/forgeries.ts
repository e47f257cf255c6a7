// Everything that somebody could make of a good token of ours to have it taken for another one (RFC 8725).

import { createHmac, generateKeyPairSync } from 'node:crypto';
import type { Gateway } from '../../src/gateway.ts';
import { jwkOf, signedJwt } from '../clients/keys.ts';
import { decoded, encoded, ownJwt, type Json } from './own-jwt.ts';

export type Forgeries = Readonly<Record<string, string>>;

const thief = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const thiefRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Not signed by our key at all. `server` is where its own keys could be fetched. */
export async function foreign({ keyring }: Gateway, good: string, server: string): Promise<Forgeries> {
  const { header, claims } = decoded(good);
  const kid = String(header['kid']);
  const key = await keyring.verificationKey(kid);
  const { keys: [jwk] } = await keyring.jwks();
  const { publicKeyPem: pem = '' } = key ?? {};
  const hmac = (secret: string | Buffer, alg = 'HS256'): string => {
    const text = `${encoded({ ...header, alg })}.${encoded(claims)}`;
    return `${text}.${createHmac(alg.replace('HS', 'sha'), secret).update(text).digest('base64url')}`;
  };
  const by = (change: Json, pair = thief, alg = 'ES256'): string => signedJwt({ ...header, alg, ...change }, claims, pair.privateKey, alg);
  const none = (alg: string, rest: Json = header): string => `${encoded({ ...rest, alg })}.${encoded(claims)}.`;
  const own = jwkOf(thief, { kid, alg: 'ES256', use: 'sig' });
  return {
    ...Object.fromEntries(['none', 'None', 'NONE', 'nOnE', ''].map((alg) => [`alg ${alg || 'empty'}`, none(alg)])),
    'alg none without kid': none('none', { typ: header['typ'] }), 'alg none with a signature': `${none('none')}${good.split('.')[2] ?? ''}`,
    'HS256 with the PEM': hmac(pem), 'HS256 with the PEM, trimmed': hmac(pem.trim()), 'HS384 with the PEM': hmac(pem, 'HS384'), 'HS512 with the PEM': hmac(pem, 'HS512'),
    'HS256 with the JWK': hmac(JSON.stringify(jwk)), 'HS256 with x of the JWK': hmac(Buffer.from(jwk?.x ?? '', 'base64url')), 'HS256 with the kid': hmac(kid), 'HS256 with nothing': hmac(''),
    'HS256 with the DER': hmac(key?.publicKey.export({ type: 'spki', format: 'der' }) ?? ''),
    'another key under our kid': by({}), 'another key and its jwk': by({ jwk: own }), 'another key, its jwk and no kid': by({ kid: undefined, jwk: own }),
    'another key and jku': by({ jku: `${server}/jwks` }), 'another key, jku and no kid': by({ kid: undefined, jku: `${server}/jwks` }),
    'another key and x5u': by({ x5u: `${server}/cert.pem` }), 'another key and x5c': by({ x5c: [thief.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    'RS256 by another key': by({}, thiefRsa, 'RS256'), 'PS256 by another key': by({}, thiefRsa, 'PS256'),
    ...Object.fromEntries([
      '../../../../dev/null', '/dev/null', 'data/gateway.db', '\' OR 1=1 --', '\' UNION SELECT \'x', '', 'unknown', '__proto__', 'constructor', `${kid}\0`, ` ${kid}`, kid.toUpperCase(), `${server}/jwks`, '*', 'null',
      [kid], [], {}, null, 0, true, 'x'.repeat(5000),
    ].map((one) => [`another key, kid ${JSON.stringify(one).slice(0, 60)}`, by({ kid: one })])),
    'another key without kid': by({ kid: undefined }),
  };
}

/** Signed by us, and changed afterwards. */
export function mutated(good: string): Forgeries {
  const parts = good.split('.');
  const [header = '', claims = '', signature = ''] = parts;
  const bytes = Buffer.from(signature, 'base64url');
  const der = Buffer.concat([Buffer.from([0x30, 68, 2, 32]), bytes.subarray(0, 32), Buffer.from([2, 32]), bytes.subarray(32)]);
  const flipped = parts.flatMap((part, index) => [0, 1, Math.trunc(part.length / 2), part.length - 3].map((at): [string, string] => {
    const other = part[at] === 'x' ? 'y' : 'x';
    return [`part ${String(index)}, character ${String(at)}`, parts.with(index, `${part.slice(0, at)}${other}${part.slice(at + 1)}`).join('.')];
  }));
  const claimed = (change: Json): string => `${header}.${encoded({ ...decoded(good).claims, ...change })}.${signature}`;
  return {
    ...Object.fromEntries(flipped),
    'another sub': claimed({ sub: 'root' }), 'a later exp': claimed({ exp: 4_000_000_000 }), 'more scope': claimed({ scope: 'openid users impersonate' }),
    'a header more': `${encoded({ ...decoded(good).header, x: 1 })}.${claims}.${signature}`,
    'no signature': `${header}.${claims}.`, 'no last part': `${header}.${claims}`, 'no header': `.${claims}.${signature}`, 'no claims': `${header}..${signature}`,
    'a signature of zeros': `${header}.${claims}.${Buffer.alloc(64).toString('base64url')}`, 'half a signature': `${header}.${claims}.${bytes.subarray(0, 32).toString('base64url')}`,
    'its halves swapped': `${header}.${claims}.${Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString('base64url')}`,
    'a signature in DER': `${header}.${claims}.${der.toString('base64url')}`, 'four parts': `${good}.${signature}`, 'five parts': `${good}.a.b`, 'two tokens': `${good}.${good}`,
    'a dot before': `.${good}`, 'a dot behind': `${good}.`, 'a comma': `${good},${good}`, 'quoted': `"${good}"`, 'cut in the middle': good.slice(0, good.length / 2), 'dots': '..', 'many dots': '.'.repeat(9000),
    'in JSON': JSON.stringify({ protected: header, payload: claims, signature }),
    'in JSON, general': JSON.stringify({ payload: claims, signatures: [{ protected: header, signature }] }),
    'its claims alone': claims, 'a word': 'token', 'letters': 'A'.repeat(9000),
  };
}

/** Signed by us, but saying what we never say. */
export async function misspoken(gateway: Gateway, good: string): Promise<Forgeries> {
  const { header, claims } = decoded(good);
  const raw = (payload: unknown, change: Json = {}): Promise<string> => ownJwt(gateway, { ...header, ...change }, payload);
  const sign = (change: Json, headerChange: Json = {}): Promise<string> => raw({ ...claims, ...change }, headerChange);
  const all: Readonly<Record<string, Promise<string>>> = {
    'an unknown crit': sign({}, { crit: ['urn:x'], 'urn:x': 1 }), 'an empty crit': sign({}, { crit: [] }), 'crit of alg': sign({}, { crit: ['alg'] }), 'crit as text': sign({}, { crit: 'x' }),
    'an unencoded payload': raw(claims, { crit: ['b64'], b64: false }), 'the payload in an array': raw([claims]), 'an array': raw([]), 'text': raw('"x"'), 'null': raw('null'), 'a number': raw('1'), 'no JSON': raw('{'), 'nothing': raw(''),
    'no typ': sign({}, { typ: undefined }), 'typ in an array': sign({}, { typ: [header['typ']] }), 'typ null': sign({}, { typ: null }), 'another typ': sign({}, { typ: 'logout+jwt' }), 'typ of DPoP': sign({}, { typ: 'dpop+jwt' }),
    'the other of our two typ': sign({}, { typ: header['typ'] === 'JWT' ? 'at+jwt' : 'JWT' }),
    'our kid in an array': sign({}, { kid: [header['kid']] }), 'no kid': sign({}, { kid: undefined }), 'alg in small letters': sign({}, { alg: 'es256' }), 'alg ES384': sign({}, { alg: 'ES384' }), 'alg RS256': sign({}, { alg: 'RS256' }),
    'another iss': sign({ iss: 'https://other.example' }), 'iss with a slash more': sign({ iss: `${gateway.issuer}/` }), 'iss in capitals': sign({ iss: gateway.issuer.toUpperCase() }), 'iss in an array': sign({ iss: [gateway.issuer] }), 'no iss': sign({ iss: undefined }),
    'no sub': sign({ sub: undefined }), 'no iat': sign({ iat: undefined }), 'no aud': sign({ aud: undefined }),
  };
  const signed = await Promise.all(Object.values(all));
  return Object.fromEntries(Object.keys(all).map((what, at) => [what, signed[at] ?? '']));
}
