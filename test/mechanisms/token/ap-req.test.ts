// What is read from an AP-REQ, and what is refused (token/ap-req.ts, enctype.ts).

import t from 'tap';
import { enctypeName, isWeakEnctype, parseApReq } from '../../../src/mechanisms/token/ap-req.ts';
import { DerError } from '../../../src/mechanisms/token/der.ts';
import { apReq, der, field, integer } from './encoder.ts';

t.test('an AP-REQ is read field by field', async (t) => {
  const cipher = Buffer.from('authenticator');
  const parsed = parseApReq(apReq({ realm: 'PRINT.EXAMPLE', service: ['HTTP', 'a.example'], ticketKvno: 7, ticketEtype: 23,
    authenticatorEtype: 17, cipher }));
  t.same({ ...parsed, authenticatorCipher: Buffer.from(parsed.authenticatorCipher).toString() }, {
    realm: 'PRINT.EXAMPLE', service: 'HTTP/a.example', ticketKvno: 7, ticketEtype: 23, authenticatorEtype: 17,
    authenticatorCipher: 'authenticator',
    apOptions: 0x20000000,
  });
  t.equal(parseApReq(apReq({ apOptions: 0xffffffff })).apOptions, 0xffffffff);
});

t.test('key versions of 32 bits are read in both spellings, and may be absent', async (t) => {
  const cases: readonly (readonly [number | undefined, number | undefined])[] = [
    [undefined, undefined], [0, 0], [255, 255], [256, 256], [0x7fffffff, 0x7fffffff], [0xabcd0001, 0xabcd0001], [0xffffffff, 0xffffffff],
    [0xabcd0001 - 2 ** 32, 0xabcd0001], [-1, 0xffffffff],
  ];
  for (const [sent, read] of cases) t.equal(parseApReq(apReq({ ticketKvno: sent })).ticketKvno, read);
  for (const wrong of [2 ** 32, -(2 ** 31) - 1, 2 ** 48]) t.throws(() => parseApReq(apReq({ ticketKvno: wrong })), DerError);
});

t.test('private, negative encryption types are read', async (t) => {
  t.equal(parseApReq(apReq({ ticketEtype: -128 })).ticketEtype, -128);
  t.throws(() => parseApReq(apReq({ ticketEtype: 2 ** 31 })), DerError);
});

t.test('names keep their parts apart, whatever stands in them', async (t) => {
  t.equal(parseApReq(apReq({ service: ['HTTP/a', 'b@c\\d'] })).service, 'HTTP\\/a/b\\@c\\\\d');
  t.equal(parseApReq(apReq({ service: ['HTTP', 'drucker-süd.example'] })).service, 'HTTP/drucker-süd.example');
  t.equal(parseApReq(apReq({ service: ['one'] })).service, 'one');
  t.equal(parseApReq(apReq({ realm: '\ufeffA' })).realm, '\ufeffA', 'a byte order mark is not swallowed');
});

t.test('wrong names, versions and types are refused', async (t) => {
  const wrong: readonly Uint8Array[] = [
    apReq({ realm: Buffer.from([0xc3, 0x28]) }), apReq({ realm: '' }), apReq({ realm: 'A\0B' }), apReq({ service: [] }),
    apReq({ service: ['HTTP', 'a\0'] }),
    apReq({ service: ['HTTP', Buffer.from([0xff])] }), apReq({ service: Array.from({ length: 17 }, () => 'x') }), apReq({ version: 4 }),
    apReq({ cipher: Buffer.alloc(0) }), Buffer.concat([apReq(), Buffer.alloc(1)]), apReq().subarray(1), der(0x6e), der(0x6e, der(0x30)),
    der(0x6e, der(0x30, field(0, integer(5)), field(1, integer(15)))), der(0x6f, apReq().subarray(4)),
  ];
  for (const bytes of wrong) t.throws(() => parseApReq(bytes), DerError);
});

t.test('AP options need their 32 bits', async (t) => {
  const whole = apReq();
  const at = Buffer.from(whole).indexOf(Buffer.from('a20703050020', 'hex'));
  const unused = Buffer.from(whole);
  unused[at + 4] = 1;
  t.throws(() => parseApReq(unused), /AP options has fewer than 32 bits/);
  t.throws(() => parseApReq(Buffer.concat([whole.subarray(0, at + 1), Buffer.from('0203', 'hex'), whole.subarray(at + 3)])), DerError);
});

t.test('encryption types are named, and the weak ones known', async (t) => {
  t.equal(enctypeName(18), 'aes256-cts-hmac-sha1-96');
  t.equal(enctypeName(20), 'aes256-cts-hmac-sha384-192');
  t.equal(enctypeName(23), 'arcfour-hmac (RC4)');
  t.equal(enctypeName(-128), 'enctype -128');
  t.equal(enctypeName(99), 'enctype 99');
  for (const weak of [0, 1, 2, 3, 5, 7, 16, 23, 24, -128, -133, -135]) t.ok(isWeakEnctype(weak), `${weak}`);
  for (const strong of [17, 18, 19, 20, 25, 26]) t.notOk(isWeakEnctype(strong), `${strong}`);
});
