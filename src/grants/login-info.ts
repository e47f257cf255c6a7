// grant_type=login_info, MyQ's own: the client hands over what a person typed or held to a reader.

import { RequestError } from '../errors.ts';
import { SECRET_REFUSED } from '../identity/refusal.ts';
import type { Identity, Resolver } from '../identity/resolve.ts';
import type { PasswordMechanism } from '../mechanisms/password.ts';
import type { SecretCredential } from '../mechanisms/password-credential.ts';
import type { Client } from '../stores/client-store.ts';
import { parseScope } from '../tokens/scopes.ts';
import type { GrantType } from './grant.ts';
import type { UserTokens } from './user-tokens.ts';

interface ValidatedLogin {
  readonly client: Client;
  readonly asked: readonly string[] | undefined;
  readonly credential: SecretCredential;
  readonly address: string;
}

export interface LoginInfoOptions {
  readonly passwords: PasswordMechanism;
  readonly resolver: Resolver;
  readonly tokens: UserTokens;
}

/** Builds the grant type. */
export function loginInfo({ passwords, resolver, tokens }: LoginInfoOptions): GrantType<ValidatedLogin> {
  return {
    validate: async (request, { client }, { address }) => {
      const credential = readLoginInfo(request.login_info);
      // Whoever has the client_id of a public client could try out cards and PINs without naming anybody.
      if (client.isPublic && (credential.kind === 'card' || credential.kind === 'pin')) {
        throw new RequestError('unauthorized_client', 'login_info types 1 and 2 are for confidential clients only');
      }
      return { client, credential, address, asked: request.scope === undefined ? undefined : parseScope(request.scope) };
    },
    issue: async ({ client, asked, credential, address }) => {
      const outcome = await passwords.check(credential, { address, clientId: client.id });
      const identity: Identity | Exclude<typeof outcome, { readonly kind: 'proved' }> =
        outcome.kind === 'proved' ? await resolver.prove(outcome.proof) : outcome;
      if (identity.kind === 'refused') {
        const { reason, detail, cure, user } = identity;
        throw new RequestError('invalid_grant', SECRET_REFUSED, { reason, detail, cure, user });
      }
      return { answer: await tokens.signIn(identity, client, asked), user: identity.user.name };
    },
  };
}

/** Which texts each of MyQ's types takes. */
const types = {
  1: ['card'],
  2: ['pin'],
  3: ['user', 'pwd'],
  4: ['card', 'pin'],
  5: ['card', 'pwd'],
} as const;

type Field = (typeof types)[keyof typeof types][number];

function readLoginInfo(given: unknown): SecretCredential {
  const info = readObject(given);
  const type = readType(info['type']);
  if (type === undefined) throw new RequestError('invalid_request', 'login_info.type must be 1 (card), 2 (PIN), 3 (user and pwd), 4 (card and PIN) or 5 (card and pwd)');
  const fields: readonly Field[] = types[type];
  const missing = fields.filter((field) => typeof info[field] !== 'string' || info[field] === '');
  if (missing.length > 0) throw new RequestError('invalid_request', `login_info of type ${type} needs the text ${missing.join(' and the text ')}`);
  const text = (field: Field): string => info[field] as string;
  switch (type) {
    case '1': return { kind: 'card', card: text('card') };
    case '2': return { kind: 'pin', pin: text('pin') };
    case '3': return { kind: 'password', user: text('user'), password: text('pwd') };
    case '4': return { kind: 'card-pin', card: text('card'), pin: text('pin') };
    case '5': return { kind: 'card-password', card: text('card'), password: text('pwd') };
  }
}

/** A number or the same as text. Nothing else is turned into text: that could fail, and a list of one would pass for what is in it. */
function readType(given: unknown): `${keyof typeof types}` | undefined {
  const name = typeof given === 'number' ? String(given) : given;
  return Object.keys(types).find((known) => known === name) as `${keyof typeof types}` | undefined;
}

/** In JSON it is an object; a form has it as JSON text. */
function readObject(given: unknown): Readonly<Record<string, unknown>> {
  if (given === undefined) throw new RequestError('invalid_request', 'login_info is missing');
  const value = typeof given === 'string' ? parse(given) : given;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new RequestError('invalid_request', 'login_info must be an object');
  return value as Readonly<Record<string, unknown>>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's words would bring what was typed into the log.
    throw new RequestError('invalid_request', 'login_info is not JSON');
  }
}
