// What a browser keeps while its person is at Microsoft: the request that it came with and the sign-in's own secrets, sealed (RFC 7516).

import { hkdfSync, type KeyObject } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import type { MicrosoftFlow } from '../mechanisms/microsoft.ts';

/** The page that somebody left: its language, and the query of the authorization request. */
export interface LeftPage {
  readonly lang: string;
  readonly query: string;
}

export interface KeptFlow {
  readonly page: LeftPage;
  readonly flow: MicrosoftFlow;
}

export interface FlowSeal {
  /** Undefined if it would be too long for a cookie. */
  seal(kept: KeptFlow): Promise<string | undefined>;
  /** What was sealed, if this is the answer to it and it was not sealed too long ago. */
  open(sealed: string | undefined, state: unknown): Promise<KeptFlow | undefined>;
}

/** Seconds within which somebody signs in at Microsoft, a second factor and a new password included. */
export const FLOW_LIFETIME = 900;

/** RFC 6265 §6.1 promises 4,096 bytes for a cookie with its name. */
const MAX_COOKIE = 3_900;

/** Far above what a browser's cookie unpacks to. */
const MAX_UNPACKED = 64 * 1024;

/** Seals with a key that is derived of this one (RFC 5869). No store is needed, so that nobody can fill one by following links. */
export function flowSeal(secret: KeyObject, now: () => number): FlowSeal {
  const key = new Uint8Array(hkdfSync('sha256', secret.export(), new Uint8Array(), 'sign in with Microsoft', 32));
  return {
    seal: async (kept) => {
      const packed = deflateRawSync(Buffer.from(JSON.stringify(kept)));
      const sealed = await new CompactEncrypt(packed).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
      return sealed.length > MAX_COOKIE ? undefined : sealed;
    },
    open: async (sealed, state) => {
      if (sealed === undefined || typeof state !== 'string') return undefined;
      const packed = await opened(sealed, key);
      if (packed === undefined) return undefined;
      const kept = JSON.parse(inflateRawSync(packed, { maxOutputLength: MAX_UNPACKED }).toString('utf8')) as KeptFlow;
      return kept.flow.state === state && kept.flow.begunAt + FLOW_LIFETIME > now() ? kept : undefined;
    },
  };
}

async function opened(sealed: string, key: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return (await compactDecrypt(sealed, key, { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] })).plaintext;
  } catch (error) {
    // jose's own errors all say that it is not what we sealed; anything else is a fault of ours.
    if (error instanceof errors.JOSEError) return undefined;
    throw error;
  }
}
