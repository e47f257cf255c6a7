// Seals small secrets for the store: AES-256-GCM under the seal key, bound to the name of what is sealed.

import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import { ConfigError } from '../errors.ts';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Seals text. `name` (a key id, say) is authenticated with it, so that sealed texts cannot change places. */
export function seal(sealKey: KeyObject, name: string, text: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', sealKey, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
}

/** Opens what `seal` made. Throws ConfigError if the seal key or the name is another one, or the text was changed. */
export function unseal(sealKey: KeyObject, name: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv('aes-256-gcm', sealKey, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new ConfigError(`The seal key does not open "${name}" in the store: [Store] SealKey is not the one that the store was made with; restore the seal key that belongs to it.`, { cause });
  }
}
