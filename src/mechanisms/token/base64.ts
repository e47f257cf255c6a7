// Strict base64 (RFC 4648 §4): one spelling for each byte string, so that a token cannot come in disguise.

/**
 * The bytes that `text` spells, or undefined when it is empty or not the canonical spelling: foreign characters, white space, URL-safe
 * letters, missing or extra padding, and non-zero bits past the end are all refused. Bound the text's size before the call.
 */
export function decodeBase64Strict(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder forgives much; only the canonical spelling comes back the same.
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined;
}
