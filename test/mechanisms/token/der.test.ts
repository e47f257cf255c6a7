// The strictness of the DER reader (token/der.ts, der-values.ts).

import t from 'tap';
import { DerError, readElement, readFields, readOnly, readSequenceOf } from '../../../src/mechanisms/token/der.ts';
import { readInteger, readKerberosFlags, readOid } from '../../../src/mechanisms/token/der-values.ts';
import { der, field, integer, oid, sequence } from './encoder.ts';

const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');

t.test('lengths of every size are read', async (t) => {
  for (const size of [0, 1, 127, 128, 255, 256, 65_535, 65_536, 100_000]) {
    const element = readElement(der(0x04, Buffer.alloc(size)));
    t.same([element.tag, element.content.length], [0x04, size]);
  }
});

t.test('lengths that are cut short, too long, indefinite or padded are refused', async (t) => {
  for (const bytes of ['', '04', '0401', '0480', '040500', '0481', '04817f', '048100', '04820001', '0482', '048200ff', '0483000100',
    '048400000001', '04ff']) {
    t.throws(() => readElement(hex(bytes)), DerError, bytes);
  }
  for (const tag of ['1f01', '7f8100', 'bf1f00']) t.throws(() => readElement(hex(tag)), /tag of more than one octet/);
});

t.test('an element must be the one expected and fill its place', async (t) => {
  t.same(readOnly(hex('040161'), 0x04, 'x'), hex('61'));
  t.throws(() => readOnly(hex('04016100'), 0x04, 'the thing'), /bytes after the thing/);
  t.throws(() => readOnly(hex('040161'), 0x30, 'the thing'), /the thing has an unexpected type/);
});

t.test('fields come in order, once, and none unknown', async (t) => {
  const [zero, one, two] = readFields(sequence(field(0, integer(1)), field(2, integer(2))), 2, 'x');
  t.same([zero, one, two], [integer(1), undefined, integer(2)]);
  t.same(readFields(sequence(), 1, 'x'), [undefined, undefined]);
  for (const fields of [[1, 0], [0, 0], [3], [0, 1, 2, 3]]) {
    t.throws(() => readFields(sequence(...fields.map((n) => field(n, integer(0)))), 2, 'x'), DerError, fields.join());
  }
  t.throws(() => readFields(sequence(integer(0)), 2, 'x'), DerError);
});

t.test('a SEQUENCE OF holds one type, at least one and not too many', async (t) => {
  t.same(readSequenceOf(sequence(integer(1), integer(2)), 0x02, 2, 'x'), [hex('01'), hex('02')]);
  t.throws(() => readSequenceOf(sequence(), 0x02, 2, 'x'), /x is empty/);
  t.throws(() => readSequenceOf(sequence(integer(1), oid('1.2')), 0x02, 2, 'x'), /something else/);
  t.throws(() => readSequenceOf(sequence(integer(1), integer(2), integer(3)), 0x02, 2, 'x'), /more than 2/);
});

t.test('integers are signed and in their shortest form', async (t) => {
  for (const value of [0, 1, -1, 127, 128, -128, -129, 255, 256, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 39 - 1, -(2 ** 39)]) {
    t.equal(readInteger(integer(value), 'x'), value);
  }
  for (const bytes of ['0200', '02020001', '0202ffff', '0206010000000000', '040101']) t.throws(() => readInteger(hex(bytes), 'x'),
    DerError, bytes);
});

t.test('object identifiers are read to their dotted form', async (t) => {
  for (const dotted of ['1.2.840.113554.1.2.2', '1.3.6.1.5.5.2', '0.9.2342', '2.5.29.15', '1.3.6.1.4.1.311.2.2.30']) {
    t.equal(readOid(readElement(oid(dotted)).content), dotted);
  }
  t.equal(readOid(hex('883703')), '2.999.3');
  const long = Buffer.alloc(65, 1);
  for (const content of [hex(''), hex('2a80'), hex('2a8001'), hex('80'), hex('2affffffffffffffffff7f'),
    long]) t.throws(() => readOid(content), DerError);
});

t.test('Kerberos flags are the first 32 bits', async (t) => {
  t.equal(readKerberosFlags(hex('03050020000001'), 'x'), 0x20000001);
  t.equal(readKerberosFlags(hex('030604800000fff0'), 'x'), 0x800000ff);
  for (const bytes of ['0300', '030100', '030400200000', '03050120000000', '03050820000000']) t.throws(() => readKerberosFlags(hex(bytes),
    'x'), DerError, bytes);
});
