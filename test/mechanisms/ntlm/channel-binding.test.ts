// What NTLM clients bind a sign-in to, and how it is compared (ntlm/channel-binding.ts).

import { createHash } from 'node:crypto';
import t from 'tap';
import { bindingsHash, compareBindings } from '../../../src/mechanisms/ntlm/channel-binding.ts';
import { readAuthenticate } from '../../../src/mechanisms/ntlm/message.ts';
import { avIds, avPair, encodeAuthenticate, responseWith } from './encoder.ts';

const endPoint = (octet: number): Buffer => Buffer.concat([Buffer.from('tls-server-end-point:'), Buffer.alloc(32, octet)]);

/** A message whose response has this pair. */
const bound = (value: Uint8Array) => readAuthenticate(encodeAuthenticate({ nt: responseWith(avPair(avIds.bindings, value)) }));

t.test('the hash is that of the whole structure: no addresses, length and data', async (t) => {
  const structure = Buffer.concat([Buffer.alloc(16), Buffer.from([53, 0, 0, 0]), endPoint(7)]);
  t.same(bindingsHash(endPoint(7)), createHash('md5').update(structure).digest());
});

t.test('the hash is the one that the Python client ntlm-auth computes', async (t) => {
  const certificateHash = Buffer.from('E3CA49271E5089CC48CE82109F1324F41DBEDDC29A777410C738F7868C4FF405', 'hex');
  const hash = bindingsHash(Buffer.concat([Buffer.from('tls-server-end-point:'), certificateHash]));
  t.equal(Buffer.from(hash).toString('hex'), '6ea19df066da4622051f9c4f92c6df74');
});

t.test('only the binding to this connection matches', async (t) => {
  const expected = bindingsHash(endPoint(7));
  t.equal(compareBindings(bound(expected), expected), 'match');
  t.equal(compareBindings(bound(bindingsHash(endPoint(8))), expected), 'mismatch');
  for (let bit = 0; bit < 128; bit++) {
    const flipped = Buffer.from(expected);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    t.equal(compareBindings(bound(flipped), expected), 'mismatch');
  }
});

t.test('without the pair, with zeros, and on a connection without a binding nobody is bound', async (t) => {
  const expected = bindingsHash(endPoint(7));
  t.equal(compareBindings(readAuthenticate(encodeAuthenticate()), expected), 'unbound');
  t.equal(compareBindings(bound(Buffer.alloc(16)), expected), 'unbound');
  t.equal(compareBindings(bound(expected), undefined), 'unbound');
  t.equal(compareBindings(readAuthenticate(encodeAuthenticate()), undefined), 'unbound');
});
