// What the claims of a signed ID token of Entra ID say (Microsoft: "ID token claims reference"), and whether that will do here.

import type { EntraConfig } from '../../config/load.ts';
import { guidOf } from '../../guid.ts';
import { refused, type Refusal } from '../../identity/refusal.ts';
import { printable } from '../token/printable.ts';
import { shown } from './id-token.ts';

/** Claims of a token whose signature is good; times in seconds since the epoch, GUIDs in lower case. */
export interface IdTokenClaims {
  readonly kind: 'claims';
  readonly tenant: string;
  readonly object: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When he showed who he is; the token need not tell it. */
  readonly authenticatedAt: number | undefined;
  /** RFC 8176; empty if the token does not tell. */
  readonly methods: readonly string[];
  readonly userPrincipalName: string | undefined;
  readonly displayName: string | undefined;
  /** Only where Entra ID says that the domain's owner has verified it: else anybody could have written any address there. */
  readonly email: string | undefined;
  /** objectSid of the account of Active Directory that he is synchronised from. */
  readonly sid: string | undefined;
  readonly isGuest: boolean;
  /** `overage`: he is in more groups than a token holds. */
  readonly groups: readonly string[] | 'overage';
}

export interface ClaimExpectations {
  readonly issuer: string;
  readonly settings: EntraConfig;
  /** Of the request; undefined: none was sent. */
  readonly nonce: string | undefined;
  /** Seconds since the epoch. */
  readonly now: number;
}

type Payload = Readonly<Record<string, unknown>>;

/** Seconds by which two clocks may differ. */
export const SKEW = 60;

const sidForm = /^S-1-\d{1,15}(?:-\d{1,10}){1,15}$/;

/** The claim as a GUID in lower case; undefined for anything else. */
export function guidIn(payload: Payload, name: string): string | undefined {
  const value = payload[name];
  return typeof value === 'string' ? guidOf(value) : undefined;
}

/** Checks all claims but those that chose the key. */
export function readClaims(payload: Payload, expected: ClaimExpectations): IdTokenClaims | Refusal {
  const wrong = wrongType(payload);
  if (wrong !== undefined) return refused('id_token_malformed', `the claim ${wrong} has another type than it must have: ${shown(payload[wrong])}`);
  return timeFault(payload, expected) ?? personFault(payload, expected) ?? conditionFault(payload, expected) ?? claimsOf(payload, expected);
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string');
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const required: Readonly<Record<string, (value: unknown) => boolean>> = { exp: isTime, nbf: isTime, iat: isTime, sub: isText, oid: isText };

const optional: Readonly<Record<string, (value: unknown) => boolean>> = {
  auth_time: isTime, nonce: isText, upn: isText, preferred_username: isText, onprem_sid: isText, idp: isText, idtyp: isText,
  amr: isTexts, groups: isTexts, acrs: (value) => isText(value) || isTexts(value),
  name: (value) => typeof value === 'string', email: (value) => typeof value === 'string',
  acct: (value) => [0, 1, '0', '1'].includes(value as number), hasgroups: (value) => [true, false, 'true', 'false'].includes(value as boolean),
  _claim_names: isObject, _claim_sources: isObject,
};

/** The first claim that is missing though it must be there, or is nothing that it can be. */
function wrongType(payload: Payload): string | undefined {
  const missing = Object.entries(required).find(([name, fits]) => !fits(payload[name]));
  const odd = Object.entries(optional).find(([name, fits]) => payload[name] !== undefined && !fits(payload[name]));
  return (missing ?? odd)?.[0];
}

function timeFault(payload: Payload, { settings: { maxTokenAge }, now }: ClaimExpectations): Refusal | undefined {
  const { exp, nbf, iat, auth_time: authTime } = payload;
  if (Number(exp) + SKEW <= now) return refused('id_token_expired', `it expired ${String(now - Number(exp))} s ago`);
  const start = Math.max(Number(nbf), Number(iat), Number(authTime ?? 0));
  if (start - SKEW > now) return refused('id_token_not_yet_valid', `it begins in ${String(start - now)} s`, 'set the clock of this machine');
  if (maxTokenAge !== undefined && now - Number(iat) > maxTokenAge + SKEW) {
    return refused('id_token_too_old', `it was issued ${String(now - Number(iat))} s ago, and MaxTokenAge is ${String(maxTokenAge)} s`);
  }
  return undefined;
}

function personFault(payload: Payload, { issuer, settings }: ClaimExpectations): Refusal | undefined {
  if (guidIn(payload, 'oid') === undefined) return refused('id_token_malformed', `oid is no GUID: ${shown(payload['oid'])}`);
  if (isGuest(payload, issuer) && !settings.allowGuests) {
    return refused('guest_account', `he is a guest of the tenant (acct ${shown(payload['acct'])}, idp ${shown(payload['idp'])})`,
      'if guests shall sign in: AllowGuests = True', nameOf(payload));
  }
  return undefined;
}

/** By `acct`, or by an identity provider that is not this tenant. */
const isGuest = ({ acct, idp }: Payload, issuer: string): boolean => String(acct) === '1' || (idp !== undefined && idp !== issuer);

/** `preferred_username` is the userPrincipalName where the app registration does not ask for `upn`. */
const nameOf = (payload: Payload): string | undefined => plainText(payload, 'upn') ?? plainText(payload, 'preferred_username');

/** Undefined for a name that does not show as it is, or would fill a page. */
function plainText(payload: Payload, name: string): string | undefined {
  const text = payload[name];
  return typeof text === 'string' && text !== '' && text.length <= 256 && printable(text, 300) === text ? text : undefined;
}

function conditionFault(payload: Payload, { settings: { requireAcrs }, nonce }: ClaimExpectations): Refusal | undefined {
  if (nonce !== undefined && payload['nonce'] !== nonce) {
    return refused('id_token_nonce', payload['nonce'] === undefined ? 'it has no nonce' : 'its nonce is another one');
  }
  const given: readonly unknown[] = [payload['acrs'] ?? []].flat();
  const missing = requireAcrs.filter((one) => !given.includes(one));
  if (missing.length === 0) return undefined;
  return refused('acrs_missing', `the authentication context ${missing.join(' ')} of RequireAcrs is not among its acrs: ${shown(given.join(' ') || 'none')}`,
    'the optional claim acrs for ID tokens, and a Conditional Access policy for that context (docs/entra.md)', nameOf(payload));
}

function claimsOf(payload: Payload, { issuer }: ClaimExpectations): IdTokenClaims {
  const sid = plainText(payload, 'onprem_sid')?.toUpperCase();
  return {
    kind: 'claims',
    tenant: guidIn(payload, 'tid') ?? '',
    object: guidIn(payload, 'oid') ?? '',
    issuedAt: payload['iat'] as number,
    expiresAt: payload['exp'] as number,
    authenticatedAt: payload['auth_time'] as number | undefined,
    methods: ((payload['amr'] ?? []) as readonly string[]).filter((one) => /^[\w.:-]{1,32}$/.test(one)).slice(0, 16),
    userPrincipalName: nameOf(payload),
    displayName: plainText(payload, 'name'),
    email: [true, 'true', 1, '1'].includes(payload['xms_edov'] as boolean) ? plainText(payload, 'email') : undefined,
    sid: sid !== undefined && sidForm.test(sid) ? sid : undefined,
    isGuest: isGuest(payload, issuer),
    groups: groupsOf(payload),
  };
}

/** Object ids and SIDs; names of groups, which the app registration can ask for instead, can be given to others. */
function groupsOf({ groups = [], hasgroups: has, _claim_names: names = {} }: Payload): readonly string[] | 'overage' {
  if (String(has) === 'true' || Object.hasOwn(names as object, 'groups')) return 'overage';
  return (groups as readonly string[]).flatMap((one) => {
    const sid = one.toUpperCase();
    return guidOf(one) ?? (sidForm.test(sid) ? sid : []);
  });
}
