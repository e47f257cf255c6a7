// Keytabs that ktutil wrote, hand-made ones and damaged ones (keytab.ts).

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { KeytabError, parseKeytab } from '../../src/mechanisms/keytab.ts';
import { mutate, seeded } from '../mutate.ts';
import { entry, i32, keytab, sized, type KeytabFields } from './keytab-encoder.ts';

const PASSWORD = 'not a secret: throw-away';

/** Runs ktutil (MIT krb5-user) with these command lines in a directory of its own. */
function ktutil(cwd: string, ...lines: readonly string[]): string {
  writeFileSync(join(cwd, 'krb5.conf'), '[libdefaults]\n  default_realm = MYQ.TEST\n  allow_weak_crypto = true\n');
  const input = [...lines, 'quit', ''].join('\n');
  const { status, stdout, stderr, error } = spawnSync('ktutil',
    { cwd, input, encoding: 'utf8', env: { ...process.env, KRB5_CONFIG: join(cwd, 'krb5.conf') } });
  if (error) throw error;
  if (status !== 0 || stderr !== '') throw new Error(`ktutil: ${status} ${stderr}`);
  return stdout;
}

/** The two input lines that add a key made from the password. */
function add(principal: string, kvno: number, enctype: string): string {
  return `add_entry -password -p ${principal} -k ${kvno} -e ${enctype} -s salt\n${PASSWORD}`;
}

t.test('what ktutil wrote is read', async (t) => {
  const dir = t.testdir();
  const before = Math.floor(Date.now() / 1000);
  ktutil(dir, add('HTTP/print.myq.test@MYQ.TEST', 3, 'aes256-cts-hmac-sha1-96'),
    add('HTTP/print.myq.test@MYQ.TEST', 300, 'aes128-cts-hmac-sha1-96'),
    add('host/print.myq.test@OTHER.TEST', 1, 'rc4-hmac'), add('PRINT$@MYQ.TEST', 70_000, 'aes256-cts-hmac-sha384-192'),
    'write_kt made.keytab');
  const entries = parseKeytab(readFileSync(join(dir, 'made.keytab')));
  t.same(entries.map(({ principal, realm, kvno, etype }) => ({ principal, realm, kvno, etype })), [
    { principal: 'HTTP/print.myq.test', realm: 'MYQ.TEST', kvno: 3, etype: 18 },
    { principal: 'HTTP/print.myq.test', realm: 'MYQ.TEST', kvno: 300, etype: 17 },
    { principal: 'host/print.myq.test', realm: 'OTHER.TEST', kvno: 1, etype: 23 },
    { principal: 'PRINT$', realm: 'MYQ.TEST', kvno: 70_000, etype: 20 },
  ]);
  for (const { timestamp } of entries) t.ok(timestamp >= before && timestamp <= before + 60);
  const fields = ['etype', 'kvno', 'principal', 'realm', 'timestamp'];
  for (const read of entries) t.same(Object.keys(read).sort(), fields, 'and nothing of the key');
});

t.test('two keytabs written to one file are one list', async (t) => {
  const dir = t.testdir();
  ktutil(dir, add('HTTP/a@R', 1, 'aes256-cts-hmac-sha1-96'), 'write_kt both.keytab');
  ktutil(dir, add('HTTP/b@R', 2, 'aes256-cts-hmac-sha1-96'), 'write_kt both.keytab');
  t.same(parseKeytab(readFileSync(join(dir, 'both.keytab'))).map(({ principal, kvno }) => [principal, kvno]),
    [['HTTP/a', 1], ['HTTP/b', 2]]);
});

t.test('deleted entries are left out', async (t) => {
  const hole = Buffer.concat([i32(-20), Buffer.alloc(20)]);
  const kept = sized(entry({ components: ['HTTP', 'kept'] }));
  t.same(parseKeytab(keytab(hole, kept, hole, hole, kept, hole)).map(({ principal }) => principal), ['HTTP/kept', 'HTTP/kept']);
  t.same(parseKeytab(keytab(hole)), []);
  t.same(parseKeytab(keytab()), []);
});

t.test('the 32-bit key version counts where there is one', async (t) => {
  const versions = (fields: KeytabFields): number | undefined => parseKeytab(keytab(sized(entry(fields))))[0]?.kvno;
  t.equal(versions({ shortKvno: 7, tail: Buffer.alloc(0) }), 7);
  t.equal(versions({ shortKvno: 7, tail: Buffer.alloc(3) }), 7);
  t.equal(versions({ shortKvno: 7, tail: i32(0) }), 7);
  t.equal(versions({ shortKvno: 7, tail: i32(263) }), 263);
  t.equal(versions({ shortKvno: 1, tail: i32(-1) }), 0xffff_ffff);
  t.equal(versions({ shortKvno: 7, tail: Buffer.concat([i32(263), i32(0), Buffer.alloc(40)]) }), 263,
    'a reused hole is longer than its entry');
});

t.test('nothing is read past a size of zero', async (t) => {
  t.equal(parseKeytab(keytab(sized(entry()), i32(0), Buffer.from('anything'))).length, 1);
});

t.test('private encryption types are negative, names keep their parts apart', async (t) => {
  t.match(parseKeytab(keytab(sized(entry({ etype: 0xff80, components: ['a/b', 'c@d'] })))), [{ etype: -128, principal: 'a\\/b/c\\@d' }]);
});

t.test('what is no keytab is refused in plain words', async (t) => {
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.alloc(0), /^the keytab is empty$/],
    [Buffer.from('-----BEGIN PRIVATE KEY-----'), /not a keytab/],
    [Buffer.from([5, 4, 0, 12]), /credential cache/],
    [Buffer.from([5, 1, 0, 0]), /format version 1; only version 2/],
    [Buffer.from([5]), /format version none/],
    [keytab(Buffer.alloc(3)), /cut short before the size of an entry/],
    [keytab(sized(entry())).subarray(0, -1), /^entry 1 of the keytab is cut short$/],
    [keytab(sized(entry()), i32(-2_147_483_648)), /^entry 2 of the keytab is cut short$/],
    [keytab(sized(entry()), sized(entry().subarray(0, 20))), /^entry 2 of the keytab is cut short$/],
    [keytab(sized(Buffer.alloc(1))), /entry 1 of the keytab is cut short/],
    [keytab(sized(entry({ realm: Buffer.from([0xff]) }))), /entry 1 of the keytab is not UTF-8/],
    [keytab(sized(entry({ components: [] }))), /a principal of 0 parts/],
    [keytab(sized(entry({ components: Array.from({ length: 17 }, () => 'x') }))), /a principal of 17 parts/],
    [keytab(sized(entry({ key: Buffer.alloc(0) }))), /entry 1 of the keytab has an empty key/],
  ];
  for (const [bytes, message] of cases) t.throws(() => parseKeytab(bytes), { name: 'KeytabError', message });
});

t.test('twenty thousand damaged keytabs end in a KeytabError or a list', async (t) => {
  const original = keytab(sized(entry()), i32(-20), Buffer.alloc(20), sized(entry({ shortKvno: 9, tail: i32(9) })));
  const random = seeded(20260419);
  let read = 0;
  for (let i = 0; i < 20_000; i++) {
    try {
      parseKeytab(mutate(original, random));
      read += 1;
    } catch (error) {
      if (!(error instanceof KeytabError)) throw error;
    }
  }
  t.ok(read > 1000 && read < 19_000, `${read} were read`);
});
