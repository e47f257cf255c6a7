// Which names are people's, and which two names are the same person's.

import t from 'tap';
import { aliasesOf, canonicalAlias, foldName, fullAlias, isRealm, parsePrincipal, type Principal } from '../../src/identity/principal.ts';

/** The canonical name, or why there is none. */
function read(display: string | Uint8Array): string {
  const principal = parsePrincipal(Buffer.from(display));
  return 'why' in principal ? principal.why : principal.canonical;
}

t.test('a user name is folded and a realm is kept as the KDC spells it', async (t) => {
  t.strictSame(parsePrincipal(Buffer.from('Alice@Myq.Test')), { user: 'alice', realm: 'Myq.Test', canonical: 'alice@Myq.Test' });
  t.equal(read('ALICE@MYQ.TEST'), read('alice@MYQ.TEST'));
  t.not(read('alice@myq.test'), read('alice@MYQ.TEST'));
  t.equal(read('ŽOFIE.NOVÁ@MYQ.TEST'), 'žofie.nová@MYQ.TEST');
  t.equal(read('МАРИЯ@MYQ.TEST'), 'мария@MYQ.TEST');
  t.equal(read('李小龍@MYQ.TEST'), '李小龍@MYQ.TEST');
  t.equal(read('svc print@MYQ.TEST'), 'svc print@MYQ.TEST', 'Active Directory allows a blank inside');
  t.equal(read("o'neil-2_x.y@MYQ.TEST"), "o'neil-2_x.y@MYQ.TEST");
});

t.test('services, administrative instances and machines are no people', async (t) => {
  for (const name of [
    'host/ws1@MYQ.TEST', 'carol/admin@MYQ.TEST', 'HTTP/print.myq.test@MYQ.TEST', 'krbtgt/MYQ.TEST@MYQ.TEST', '/@MYQ.TEST',
  ]) {
    t.match(read(name), /has an instance/, name);
  }
  for (const name of ['WS1$@MYQ.TEST', 'ws1$@MYQ.TEST', '$@MYQ.TEST']) t.match(read(name), /machine/, name);
  t.equal(read('ca$h@MYQ.TEST'), 'ca$h@MYQ.TEST', 'a dollar inside is an ordinary character');
});

t.test('what is not exactly user@REALM is refused', async (t) => {
  for (const name of ['alice', '', 'alice@bob@MYQ.TEST', '@@', 'alice@MYQ.TEST@']) t.match(read(name), /form user@REALM/, name);
  for (const name of ['@MYQ.TEST', 'alice@', '@', 'alice@MYQ TEST', 'alice@.TEST', 'alice@MYQ.', 'alice@MYQ:TEST', 'alice@MÝQ.TEST']) {
    t.match(read(name), /empty, too long or has characters/, name);
  }
  t.match(read('al\\@ice@MYQ.TEST'), /escaped/);
  t.match(read('al\\/ice@MYQ.TEST'), /escaped/);
  t.match(read('alice\\0@MYQ.TEST'), /escaped/);
  t.match(read('MYQ\\alice@MYQ.TEST'), /escaped/);
});

t.test('bytes that are not UTF-8 are refused, never replaced', async (t) => {
  const at = Buffer.from('@MYQ.TEST');
  for (const hex of ['ff', 'c3', 'c0af', 'eda080', 'f5808080', '616c69c3']) {
    t.match(read(Buffer.concat([Buffer.from(hex, 'hex'), at])), /not UTF-8/, hex);
  }
});

t.test('a name that could be taken for another one is refused', async (t) => {
  const lookAlikes: Readonly<Record<string, string>> = {
    'KELVIN SIGN': '\u212Aarel', 'fullwidth letter': '\uFF41lice', 'decomposed é': 'rene\u0301', ligature: 'o\uFB03ce',
    'long s': 'a\u017Fh',
    'zero width space': 'ali\u200Bce', 'zero width joiner': 'ali\u200Dce', 'byte order mark': '\uFEFFalice', 'soft hyphen': 'ali\u00ADce',
    'right-to-left override': 'ali\u202Ece', 'left-to-right isolate': '\u2066alice', 'variation selector': 'alice\uFE0F',
    'combining grapheme joiner': 'ali\u034Fce', 'Hangul filler': 'alice\u115F', 'Mongolian selector': 'alice\u180B',
    'tag letter': 'alice\u{E0061}',
    'no-break space': 'ali\u00A0ce', 'ideographic space': 'ali\u3000ce', 'thin space': 'ali\u2009ce', 'line separator': 'ali\u2028ce',
    tab: 'ali\tce', 'line feed': 'alice\n', NUL: 'alice\0', escape: 'ali\u001Bce', 'C1 control': 'ali\u009Bce',
    'private use': 'ali\uE000ce',
    'leading blank': ' alice', 'trailing blank': 'alice ', quote: 'ali"ce', blanks: '   ',
  };
  for (const [what, name] of Object.entries(lookAlikes)) {
    t.equal(foldName(name), undefined, what);
    t.match(read(`${name}@MYQ.TEST`), /not allowed/, what);
  }
  t.equal(read('rené@MYQ.TEST'), 'rené@MYQ.TEST', 'the composed form is the one that is taken');
});

t.test('folding a folded name changes nothing', async (t) => {
  for (const name of ['ALICE', 'ŽOFIE', 'İstanbul', 'STRASSE', 'straße', 'ΝΙΚΟΣ', 'Ǆ', 'Ꭰ', 'ᲐᲑ', '𐐀𐐁']) {
    const folded = foldName(name);
    if (folded !== undefined) t.equal(foldName(folded), folded, name);
  }
  t.not(foldName('straße'), foldName('strasse'));
  t.not(foldName('ali'), foldName('alı'), 'the dotless ı is a letter of its own');
});

t.test('names are at most 256 characters, and a huge one is refused at once', async (t) => {
  t.equal(foldName('a'.repeat(256))?.length, 256);
  t.equal(foldName('a'.repeat(257)), undefined);
  t.equal(isRealm('A'.repeat(256)), true);
  t.equal(isRealm('A'.repeat(257)), false);
  const started = performance.now();
  t.match(read(`${'é '.repeat(500_000)}@MYQ.TEST`), /too long/);
  t.match(read(`alice@${'A-'.repeat(500_000)}`), /too long/);
  t.match(read('@'.repeat(1_000_000)), /form user@REALM/);
  t.ok(performance.now() - started < 1000);
});

t.test('an alias has one canonical spelling', async (t) => {
  t.equal(canonicalAlias('Alice'), 'alice');
  t.equal(canonicalAlias('Alice@myq.test'), 'alice@MYQ.TEST');
  t.equal(canonicalAlias('alice@MYQ.TEST'), 'alice@MYQ.TEST');
  for (const alias of [
    '', '@', 'alice@', '@MYQ.TEST', 'a@b@MYQ.TEST', 'MYQ\\alice', 'carol/admin@MYQ.TEST', 'alice@MYQ TEST', ' alice', 'ali\u200Bce',
  ]) {
    t.equal(canonicalAlias(alias), undefined, JSON.stringify(alias));
  }
});

t.test('a bare alias counts only while exactly one realm may sign in, and it is the principal\'s', async (t) => {
  const alice = parsePrincipal(Buffer.from('alice@MYQ.TEST')) as Principal;
  t.strictSame(aliasesOf(alice, []), ['alice@MYQ.TEST']);
  t.strictSame(aliasesOf(alice, ['MYQ.TEST']), ['alice@MYQ.TEST', 'alice']);
  t.strictSame(aliasesOf(alice, ['OTHER.TEST']), ['alice@MYQ.TEST']);
  t.strictSame(aliasesOf(alice, ['myq.test']), ['alice@MYQ.TEST']);
  t.strictSame(aliasesOf(alice, ['MYQ.TEST', 'OTHER.TEST']), ['alice@MYQ.TEST']);
});

t.test('the alias of a principal is what an admin\'s spelling of it becomes', async (t) => {
  for (const name of ['Alice@Myq.Test', 'RENÉ@MYQ.TEST', 'ca$h@myq.test']) {
    t.equal(fullAlias(parsePrincipal(Buffer.from(name)) as Principal), canonicalAlias(name), name);
  }
});
