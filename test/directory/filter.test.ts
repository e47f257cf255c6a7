// Search filters: values that stay values, and the filter of an administrator.

import { BerWriter } from 'ldapts';
import t from 'tap';
import { all, equals, parseFilter } from '../../src/directory/filter.ts';
import { ConfigError } from '../../src/errors.ts';
import { tlv } from './stand-in.ts';

t.test('a value is carried as it is, whatever is in it', async (t) => {
  for (const value of ['*', ')(uid=*', '\\2a', 'a\0b', 'Éva', Buffer.from([0, 0xff, 0x2a])]) {
    const writer = new BerWriter();
    all(equals('cn', value)).write(writer);
    const octets = Buffer.from(value as string);
    t.strictSame(writer.buffer, tlv(0xa0, tlv(0xa3, tlv(0x04, 'cn'), tlv(0x04, octets))));
  }
});

t.test('a filter of an administrator is read, with the octets of its letters, or told with its key', async (t) => {
  const octetsOf = (text: string): Buffer => {
    const writer = new BerWriter();
    parseFilter(text, '[Directory] UserFilter').write(writer);
    return writer.buffer;
  };
  t.strictSame(octetsOf('(cn=\\c3\\89va\\2a\\5cc3)'), tlv(0xa3, tlv(0x04, 'cn'), tlv(0x04, 'Éva*\\c3')));
  t.strictSame(octetsOf('(cn=É\\C3\\89)'), tlv(0xa3, tlv(0x04, 'cn'), tlv(0x04, 'ÉÉ')));
  for (const text of ['', '(', '(cn=a', 'cn=a)(b=c)', '(&)', '(cn=\\zz)', '(cn=\\c3)', '(cn=\\ff\\fe)', '(=a)']) {
    t.throws(() => octetsOf(text), { constructor: ConfigError, message: /^\[Directory\] UserFilter is not a search filter of RFC 4515/ }, text);
  }
});
