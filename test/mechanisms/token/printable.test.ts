// Untrusted text made safe for a log (token/printable.ts).

import t from 'tap';
import { printable } from '../../../src/mechanisms/token/printable.ts';

t.test('text that shows as itself stays', async (t) => {
  const texts = ['HTTP/print.myq.test@MYQ.TEST', 'Jürgen Müller', '田中', '🖨', 'a b', "it's \"quoted\"", ''];
  for (const text of texts) t.equal(printable(text), text);
});

t.test('what does not show as itself is escaped', async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['a\nb', 'a\\u{a}b'], ['\r\x1b[31m', '\\u{d}\\u{1b}[31m'], ['\0\x7f\x85', '\\u{0}\\u{7f}\\u{85}'], ['a\u202eb', 'a\\u{202e}b'],
    ['\u2066\u200f', '\\u{2066}\\u{200f}'],
    ['\u200b\ufeff', '\\u{200b}\\u{feff}'], ['\u2028\u2029', '\\u{2028}\\u{2029}'], ['a\u00a0b\u3000', 'a\\u{a0}b\\u{3000}'],
    ['\ud800', '\\u{d800}'],
    ['\ue000', '\\u{e000}'], ['\u3164', '\\u{3164}'], ['\u{e0041}', '\\u{e0041}'], ['a\\u{a}', 'a\\\\u{a}'],
  ];
  for (const [text, shown] of cases) t.equal(printable(text), shown);
});

t.test('long text is cut, never inside an escape or a pair', async (t) => {
  t.equal(printable('x'.repeat(200)), 'x'.repeat(200));
  t.equal(printable('x'.repeat(201)), `${'x'.repeat(199)}…`);
  t.equal(printable('abc\n\n', 8), 'abc…');
  t.equal(printable('abc\n', 8), 'abc\\u{a}');
  t.equal(printable('ab🖨🖨', 5), 'ab🖨…');
  t.equal(printable('\n'.repeat(9), 1), '…');
  t.equal(printable('\u202e'.repeat(5_000_000)).length, 25 * 8 - 7);
});
