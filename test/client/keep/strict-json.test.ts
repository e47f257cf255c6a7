// JSON read strictly: what JSON.parse reads, and where it is wrong.

import t from 'tap';
import { JsonFault, readJson } from '../../../src/client/keep/strict-json.ts';

function faultOf(text: string): string {
  try {
    readJson(text);
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
  return 'no fault';
}

t.test('gives what JSON.parse gives', (t) => {
  const texts = ['{}', '[]', '""', '0', 'true', 'null', ' [ 1 , -2.5e+3 , { "a" : [ ] , "" : { } } ]\r\n', '{"__proto__":{"a":1}}', String.raw`"\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00"`, '"Ä €"', '[[[[1]]]]'];
  for (const text of texts) {
    const { value } = readJson(text);
    t.equal(JSON.stringify(value), JSON.stringify(JSON.parse(text)), text);
    t.strictSame(value, JSON.parse(text), text);
  }
  t.end();
});

t.test('refuses whatever JSON.parse refuses', (t) => {
  const texts = ['', ' ', '{', '[', '[1', '[1,', '[,1]', '[1,]', '[1 2]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "{'a':1}", '{"a":1 "b":2}', '{1:2}', '{"a":1]', '[1}',
    '01', '1.', '.5', '+1', '0x1', 'NaN', 'Infinity', 'undefined', 'True', 'nul', '1 2', '{}{}', '[]]', '"', '"a', '"a\n"', '"\t"', String.raw`"\x41"`, String.raw`"\u12"`, '"\\"', '// a\n1', '[1]//', '\u{a0}1', '\u{feff}1', ':', ',', '}'];
  for (const text of texts) {
    t.throws(() => { JSON.parse(text); }, SyntaxError, text);
    t.not(faultOf(text), 'no fault', text);
  }
  t.end();
});

t.test('says on which line it is wrong, and quotes nothing of it', (t) => {
  t.strictSame([
    '{\n"a": 1\n"b": 2 }', '[\n1,\n]', '[\n\n"s3cret\n]', '[1,\n s3cret]', '[1,\n"s3cret\\x"]', '{\n"a": 1,\n"b": 2,\n"a": 3 }', '{ "a": [\n1, 2\n', '[]\n\n"s3cret"', '{\n"a" "s3cret" }', '{\n"a": }',
  ].map(faultOf), [
    'line 3: "," or "}" is missing before this',
    'line 3: there is a comma before "]"',
    'line 3: a text does not end',
    'line 2: this is no value',
    'line 2: a text has an escape or a character that is not allowed',
    'line 4: a name is there for the second time',
    'it ends in the middle, on line 3',
    'line 3: there is more after the end',
    'line 2: ":" is missing before this',
    'line 2: this is no value',
  ]);
  t.end();
});

t.test('knows the line of each object and list', (t) => {
  const { value, lineOf } = readJson('{ "a": [\n  {},\n\n  [] ],\n "b": {} }');
  const { a, b } = value as { readonly a: readonly [object, object]; readonly b: object };
  t.strictSame([value as object, a, a[0], a[1], b].map(lineOf), [1, 1, 2, 4, 5]);
  t.end();
});

t.test('huge and deep texts end with a fault or a value, not with the program', (t) => {
  t.equal(faultOf('['.repeat(1_000_000)), 'line 1: it is nested too deep');
  t.equal(faultOf(`"${'a'.repeat(4_000_000)}`), 'line 1: a text does not end');
  const long = `"${String.raw`\n`.repeat(2_000_000)}"`;
  t.equal(readJson(long).value, JSON.parse(long));
  t.end();
});
