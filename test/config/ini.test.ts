// The syntax of config.ini: sections, entries, line numbers, and every malformed line named.
import t from 'tap';
import { maximumIniBytes, parseIni } from '../../src/config/ini.ts';

const entriesOf = (text: string) => parseIni(text).sections.flatMap(({ name, entries }) =>
  entries.map(({ key, value, line }) => [name, key, value, line]));

t.test('sections and entries keep their spelling and their line', async (t) => {
  t.strictSame(entriesOf('\n[Server]\n  Hostname =  a.example  \nPORT=1\n'), [
    ['Server', 'Hostname', 'a.example', 3],
    ['Server', 'PORT', '1', 4],
  ]);
});

t.test('comments stand at the start of a line, and ; # = inside a value belong to it', async (t) => {
  const text = '; one\n# two\n  ; three\n[A]\nk = v ; not a comment\nm = #x=y\n';
  t.strictSame(entriesOf(text), [['A', 'k', 'v ; not a comment', 5], ['A', 'm', '#x=y', 6]]);
  t.strictSame(parseIni(text).problems, []);
});

t.test('a byte order mark and CRLF are tolerated and do not shift lines', async (t) => {
  t.strictSame(entriesOf('\uFEFF[A]\r\nk=v\r\n\r\nm=\r\n'), [['A', 'k', 'v', 2], ['A', 'm', '', 4]]);
});

t.test('sections of one name merge in any letter case', async (t) => {
  const { sections, problems } = parseIni('[A]\nx=1\n[B]\n[a]\ny=2');
  t.strictSame(sections.map(({ name, line, entries }) => [name, line, entries.length]), [['', 1, 0], ['A', 1, 2], ['B', 3, 0]]);
  t.strictSame(problems, []);
});

t.test('a key given twice, in any letter case and in either part of a merged section, names both lines', async (t) => {
  const { problems } = parseIni('[A]\nkey=1\n[B]\nkey=1\n[a]\nKEY=2');
  t.strictSame(problems, [{ line: 6, entry: { section: 'A', key: 'KEY' }, text: 'given twice, first in line 2, expected once' }]);
});

t.test('a line that is nothing known is a problem with its line and without its text', async (t) => {
  for (const line of ['hello', '=value', 'SealKey c2VjcmV0', '[A', '[]', '[ ]', '[A] ; x', '[[A]]', '[A]=1']) {
    const { problems } = parseIni(`[S]\n${line}`);
    t.strictSame(problems.map((problem) => problem.line), [2], line);
    t.notMatch(JSON.stringify(problems), /c2VjcmV0/);
  }
});

t.test('the entries below a broken header are not taken for those of the section above', async (t) => {
  t.strictSame(entriesOf('[A]\nx=1\n[B\ny=2\ny=3\n[C]\nz=3'), [['A', 'x', '1', 2], ['C', 'z', '3', 7]]);
});

t.test('control characters are refused by code point; a tab is a blank, around a value and inside it', async (t) => {
  for (const [character, code] of [['\0', '0000'], ['\x1b', '001B'], ['\x7f', '007F'], ['\x85', '0085'], ['\u2028', '2028']]) {
    t.match(parseIni(`[A]\nk=a${character}b`).problems, [{ line: 2, text: new RegExp(`control character U\\+${code}`) }]);
  }
  t.match(parseIni('[A]\rk=1').problems, [{ line: 1, text: /U\+000D/ }], 'a lone carriage return ends no line');
  t.strictSame(entriesOf('[A]\n\tk\t=\tv\tw\t'), [['A', 'k', 'v w', 2]]);
});

t.test('a file over the limit is refused and one at the limit is read', async (t) => {
  const filled = (size: number): string => `[A]\nk=${'x'.repeat(size - 6)}`;
  t.strictSame(parseIni(filled(maximumIniBytes)).problems, []);
  t.match(parseIni(filled(maximumIniBytes + 1)).problems, [{ line: 1, text: /larger than 1048576 bytes/ }]);
  t.match(parseIni('é'.repeat(maximumIniBytes / 2 + 1)).problems, [{ text: /larger/ }], 'bytes count, not characters');
});

t.test('names of JavaScript objects are ordinary names', async (t) => {
  t.strictSame(entriesOf('[__proto__]\nconstructor=1\n__proto__=2'),
    [['__proto__', 'constructor', '1', 2], ['__proto__', '__proto__', '2', 3]]);
});
