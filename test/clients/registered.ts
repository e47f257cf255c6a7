// A store with one client of each kind, a clock that a test moves, and the authentication over both.

import type { Test } from 'tap';
import { clientAuthentication, type ClientCredentials } from '../../src/clients/authenticate.ts';
import { secretDigest } from '../../src/clients/secret.ts';
import { RequestError } from '../../src/errors.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { sampleClient } from '../stores/samples.ts';
import { jwkOf, pairs, setOf } from './keys.ts';

export const issuer = 'https://print.myq.test:8090';
export const tokenEndpoint = `${issuer}/api/auth/token`;
export const secret = 'f'.repeat(64);
export const strangeId = 'with blank+and:colon/%41';
export const strangeSecret = 'p+q r%41:/ž"';

/** All keys of the client `signer`. */
export const keys = setOf(
  jwkOf(pairs.p256, { kid: 'one' }), jwkOf(pairs.p384, { kid: 'two' }), jwkOf(pairs.ed25519, { kid: 'three' }), jwkOf(pairs.rsa, { kid: 'four' }),
);

export async function registered(t: Test) {
  let time = 1_800_000_000;
  const now = (): number => time;
  const store = openSqlite(':memory:', { now });
  t.teardown(() => store.close());
  await store.addClient(sampleClient({ id: 'public' }));
  await store.addClient(sampleClient({ id: 'confidential', isPublic: false }), secretDigest(secret));
  await store.addClient(sampleClient({ id: strangeId, isPublic: false }), secretDigest(strangeSecret));
  await store.addClient(sampleClient({ id: 'no-secret', isPublic: false }));
  await store.addClient(sampleClient({ id: 'signer', isPublic: false, jwks: keys }));
  const { authenticate } = clientAuthentication({ clients: store, marks: store, issuer, tokenEndpoint, now });

  /** Who it is and how it was proved, or the word, status and message of the refusal. */
  const outcome = async (request: ClientCredentials): Promise<string> => {
    try {
      const { client, method } = await authenticate(request);
      return `${client.id} by ${method}`;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return `${error.error} ${String(error.statusCode)}`;
    }
  };
  const failure = async (request: ClientCredentials): Promise<RequestError> => {
    try {
      await authenticate(request);
    } catch (error) {
      if (error instanceof RequestError) return error;
      throw error;
    }
    throw new Error('it was authenticated');
  };
  return { store, now, pass: (seconds: number): void => { time += seconds; }, authenticate, outcome, failure };
}

export const basic = (pair: string | Uint8Array): string => `Basic ${Buffer.from(pair).toString('base64')}`;

/** As RFC 6749 §2.3.1 wants it. */
export const formEncoded = (text: string): string => new URLSearchParams({ x: text }).toString().slice(2);
