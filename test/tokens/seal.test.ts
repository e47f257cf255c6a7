// Sealed texts open with their key, under their name, unchanged, and not otherwise.

import { createSecretKey, randomBytes } from 'node:crypto';
import t from 'tap';
import { ConfigError } from '../../src/errors.ts';
import { seal, unseal } from '../../src/tokens/seal.ts';

const key = createSecretKey(randomBytes(32));
const text = 'private key: žluť 🔑\n';

t.test('what was sealed opens', async (t) => {
  for (const secret of [text, '', 'x'.repeat(100_000)]) t.equal(unseal(key, 'name', seal(key, 'name', secret)), secret);
});

t.test('the same text is sealed differently each time, and cannot be read in it', async (t) => {
  const sealed = Array.from({ length: 50 }, () => seal(key, 'name', text));
  t.equal(new Set(sealed).size, 50);
  t.notOk(sealed.some((one) => Buffer.from(one, 'base64url').includes('private')));
});

t.test('another key and another name do not open it, and the message tells neither', async (t) => {
  const sealed = seal(key, 'name', text);
  const other = createSecretKey(randomBytes(32));
  for (const [opener, name] of [[other, 'name'], [key, 'name2'], [key, ''], [key, 'Name']] as const) {
    const error = t.throws(() => unseal(opener, name, sealed), ConfigError) as ConfigError;
    t.match(error.message, `does not open "${name}" in the store: [Store] SealKey is not the one`);
    for (const secret of [key, other]) t.notMatch(error.message, secret.export().toString('base64'));
  }
});

t.test('a flipped bit in any byte is noticed', async (t) => {
  const sealed = Buffer.from(seal(key, 'name', text), 'base64url');
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    if (!throwsConfigError(changed)) t.fail(`byte ${String(at)}`);
  }
  t.equal(unseal(key, 'name', sealed.toString('base64url')), text);
});

t.test('a text that was cut anywhere, or made longer, is noticed', async (t) => {
  const sealed = Buffer.from(seal(key, 'name', text), 'base64url');
  for (let length = 0; length < sealed.length; length++) {
    if (!throwsConfigError(sealed.subarray(0, length))) t.fail(`${String(length)} bytes`);
  }
  t.ok(throwsConfigError(Buffer.concat([sealed, Buffer.alloc(1)])));
  t.throws(() => unseal(key, 'name', 'no base64 at all: ???'), ConfigError);
});

function throwsConfigError(sealed: Uint8Array): boolean {
  try {
    unseal(key, 'name', Buffer.from(sealed).toString('base64url'));
    return false;
  } catch (error) {
    return error instanceof ConfigError;
  }
}
