// PINs and cards: what is one, what is too easy, and the digests.

import { createSecretKey } from 'node:crypto';
import t from 'tap';
import { cardDigest, newPin, normaliseCard, normalisePin, pinDigest, pinFault } from '../../src/identity/pin-card.ts';

const key = createSecretKey(Buffer.alloc(32, 1));

t.test('a PIN is 6 to 12 ASCII digits and nothing around them', async (t) => {
  for (const pin of ['000000', '048213', '482130482130']) t.equal(normalisePin(pin), pin);
  for (const text of ['', '12345', '1234567890123', ' 048213', '048213\n', '04 8213', '0482１3', '٠٤٨٢١٣', '-48213', '4.8213', '0x8213', '04821e3']) {
    t.equal(normalisePin(text), undefined, JSON.stringify(text));
  }
});

t.test('a card is 4 to 64 printable ASCII characters, in whatever case the reader sends them', async (t) => {
  t.equal(normaliseCard('04a2:b3-C4'), '04A2:B3-C4');
  t.equal(normaliseCard('~!~!'), '~!~!');
  t.equal(normaliseCard('x'.repeat(64)), 'X'.repeat(64));
  for (const text of ['', 'abc', 'x'.repeat(65), ' 04A2B3', '04A2B3 ', '04A2B3\n', '04\tA2B3', '04A2\u0000B3', '04ÄÖ', '０４Ａ２', '\u00DF\u00DF\u00DF\u00DF']) {
    t.equal(normaliseCard(text), undefined, JSON.stringify(text));
  }
});

t.test('a new PIN is not one that people try first', async (t) => {
  for (const pin of ['000000', '999999999999', '7777777']) t.match(pinFault(pin), /one digit/, pin);
  for (const pin of ['123456', '012345', '654321', '987654', '890123', '210987', '1234567890', '0987654321']) t.match(pinFault(pin), /in a row/, pin);
  for (const pin of ['123457', '112233', '121212', '135791', '000001', '100000', '023456']) t.equal(pinFault(pin), undefined, pin);
  for (const text of ['12345', '', 'abcdef', '1'.repeat(13)]) t.equal(pinFault(text), 'a PIN has 6 to 12 digits', text);
});

t.test('a made PIN is good, and every digit occurs at every place', async (t) => {
  const pins = Array.from({ length: 2000 }, newPin);
  t.strictSame(pins.filter((pin) => pin.length !== 6 || pinFault(pin) !== undefined), []);
  const seen = new Set(pins.flatMap((pin) => Array.from(pin, (digit, place) => `${String(place)}:${digit}`)));
  t.equal(seen.size, 60);
  t.ok(new Set(pins).size > 1950, 'they differ');
});

t.test('a digest is the same for the same and differs for another text, kind or key', async (t) => {
  const digest = pinDigest(key, '048213');
  t.match(digest, /^[\w-]{43}$/);
  t.equal(pinDigest(key, '048213'), digest);
  const others = [pinDigest(key, '048214'), cardDigest(key, '048213'), pinDigest(createSecretKey(Buffer.alloc(32, 2)), '048213')];
  t.equal(new Set([digest, ...others]).size, 4);
});
