// A server that answers LDAP as the test tells it: for what no real domain controller says when it is asked to.

import { createServer, type TLSSocket } from 'node:tls';
import type { Test } from 'tap';
import { deadline } from '../../src/directory/deadline.ts';
import { type Connection, openConnection } from '../../src/directory/connection.ts';
import { trustIn } from '../../src/directory/trust.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { lookupOf } from './domain.ts';
import { serve } from './line.ts';

/** One TLV of BER (X.690 §8.1); everything here is short. */
export function tlv(tag: number, ...contents: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(contents.map((one) => Buffer.from(one as string)));
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const octets = (text: string | Buffer): Buffer => tlv(0x04, text);

/** An LDAPMessage (RFC 4511 §4.1.1). */
export function message(id: number, operation: Buffer, controls?: Buffer): Buffer {
  return tlv(0x30, tlv(0x02, Buffer.from([id])), operation, ...(controls === undefined ? [] : [tlv(0xa0, controls)]));
}

/** A result of any operation, as in `result(0x65, 0)` for the end of a search. */
export function result(tag: number, code: number, diagnostic = ''): Buffer {
  return tlv(tag, tlv(0x0a, Buffer.from([code])), octets(''), octets(diagnostic));
}

/** SearchResultEntry with one attribute. */
export function entry(dn: string, attribute: string, value: string | Buffer): Buffer {
  return entryOf(dn, { [attribute]: value });
}

/** SearchResultEntry with these attributes. */
export function entryOf(dn: string, attributes: Readonly<Record<string, string | Buffer>>): Buffer {
  const list = Object.entries(attributes).map(([attribute, value]) => tlv(0x30, octets(attribute), tlv(0x31, octets(value))));
  return tlv(0x64, octets(dn), tlv(0x30, ...list));
}

/** SearchResultReference (RFC 4511 §4.5.3). */
export const reference = (url: string): Buffer => tlv(0x73, octets(url));

/** The control that goes with a page (RFC 2696). */
export const pageControl = (cookie: string): Buffer => (
  tlv(0x30, octets('1.2.840.113556.1.4.319'), octets(tlv(0x30, tlv(0x02, Buffer.from([0])), octets(cookie))))
);

/** A connection to a server that gives `answer` the number of each request, and how many there were before. */
export async function connected(t: Test, answer: (id: number, nth: number, socket: TLSSocket) => void): Promise<Connection> {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate('dc1.myq.test');
  const port = await serve(t, (socket) => {
    let nth = 0;
    // A request begins with 30 <length> 02 01 <number>; they come one by one.
    socket.on('data', (data: Buffer) => { answer(data[data.indexOf('0201', 0, 'hex') + 2] ?? 0, nth++, socket as TLSSocket); });
  }, createServer({ cert: certificatePem, key: privateKeyPem }));
  const options = { trust: trustIn([caPem]), lookup: lookupOf({ 'dc1.myq.test': '127.0.0.1' }) };
  const connection = await openConnection({ scheme: 'ldaps', host: 'dc1.myq.test', port }, options, deadline(2_000));
  t.teardown(() => { connection.close(); });
  return connection;
}
