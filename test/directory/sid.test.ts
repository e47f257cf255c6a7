// The two forms of a SID, and what is none.

import t from 'tap';
import { sidBytes, sidText } from '../../src/directory/sid.ts';

t.test('a SID has one text and one row of octets', async (t) => {
  const known = [
    ['S-1-5-21-3623811015-3361044348-30300820-1013', '010500000000000515000000c7f7fed77c7755c8945ace01f5030000'],
    ['S-1-5-32-544', '01020000000000052000000020020000'],
    ['S-1-1-0', '010100000000000100000000'],
    ['S-1-4294967295-4294967295', '01010000ffffffffffffffff'],
    ['S-1-0x0100000000FF-1', '01010100000000ff01000000'],
  ] as const;
  for (const [text, hex] of known) {
    t.equal(sidBytes(text)?.toString('hex'), hex, text);
    t.equal(sidText(Buffer.from(hex, 'hex')), text, hex);
  }
  const fifteen = `S-1-5${'-1'.repeat(15)}`;
  t.equal(sidText(sidBytes(fifteen) as Buffer), fifteen);
});

t.test('whatever is not exactly a SID is none', async (t) => {
  const texts = [
    '', 'S-1-5', 'S-1-5-', 's-1-5-32-544', 'S-2-5-32-544', 'S-1-5-32-544 ', 'S-1-05-32-544', 'S-1-5-032-544', 'S-1-5-4294967296', 'S-1-4294967296-1',
    'S-1-0x000000000005-1', 'S-1-0xabcdefabcdef-1', `S-1-5${'-1'.repeat(16)}`, 'S-1-5-32-544)(x=*', 'S-1-5--1', '*', '\0',
  ];
  for (const text of texts) t.equal(sidBytes(text), undefined, JSON.stringify(text));
  const right = '01020000000000052000000020020000';
  const hexes = ['', '01', right.slice(0, -2), `${right}00`, `02${right.slice(2)}`, '0100000000000005', `0110000000000005${'01000000'.repeat(16)}`];
  for (const hex of hexes) t.equal(sidText(Buffer.from(hex, 'hex')), undefined, hex);
});
