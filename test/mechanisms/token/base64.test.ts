// One spelling of base64, no other (token/base64.ts).

import t from 'tap';
import { decodeBase64Strict } from '../../../src/mechanisms/token/base64.ts';

t.test('canonical base64 is decoded', async (t) => {
  for (const size of [1, 2, 3, 4, 57, 1000, 49_152]) {
    const bytes = Buffer.alloc(size, 0xfb);
    t.same(decodeBase64Strict(bytes.toString('base64')), bytes);
  }
});

t.test('every other spelling is refused', async (t) => {
  const wrong = [
    '', ' ', '=', '====', 'A', 'AA', 'AAA', 'AAA', 'AA=', 'AAA==', 'AAAA=', 'AAAA====', 'A===', 'AB==', 'AAB=', ' AAAA', 'AAAA ', 'AA AA',
    'AAAA\n', 'AA\r\nAA', '-_-_',
    'AA==AA==', 'AAAA,', 'AAA\0', 'ÀAAA', 'AAA\u0141', '\u0141AAA', '\uff21AAA', 'AAAA\t', '"AAAA"',
  ];
  for (const text of wrong) t.equal(decodeBase64Strict(text), undefined, JSON.stringify(text));
});
