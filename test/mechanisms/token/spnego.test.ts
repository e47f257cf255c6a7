// The two SPNEGO messages, field by field (token/spnego.ts).

import t from 'tap';
import { DerError } from '../../../src/mechanisms/token/der.ts';
import { unframe } from '../../../src/mechanisms/token/framing.ts';
import { KERBEROS, NTLM, SPNEGO } from '../../../src/mechanisms/token/mechanisms.ts';
import { parseNegTokenInit, parseNegTokenResp } from '../../../src/mechanisms/token/spnego.ts';
import { der, field, negTokenInit, negTokenResp, octets, oid, sequence } from './encoder.ts';

const body = (token: Uint8Array): Uint8Array => unframe(token).body;
const mechTypes = field(0, sequence(oid(KERBEROS)));

t.test('a NegTokenInit with all its fields is read', async (t) => {
  const token = negTokenInit([KERBEROS, NTLM], { reqFlags: Buffer.from('0100', 'hex'), mechToken: Buffer.from('token'),
    mechListMic: Buffer.from('mic') });
  t.equal(unframe(token).mechanism, SPNEGO);
  t.same(parseNegTokenInit(body(token)), { mechTypes: [KERBEROS, NTLM], mechToken: Buffer.from('token'), mechListMic: Buffer.from('mic') });
  t.same(parseNegTokenInit(body(negTokenInit([NTLM]))), { mechTypes: [NTLM], mechToken: undefined, mechListMic: undefined });
});

t.test('a NegTokenInit with a wrong field is refused', async (t) => {
  const hints = field(3, sequence(field(0, der(0x1b, Buffer.from('not_defined_in_RFC4178@please_ignore')))));
  const wrong: readonly Uint8Array[] = [
    field(0, sequence()), field(0, sequence(field(2, octets(Buffer.from('x'))))), field(0, sequence(field(0, sequence()))),
    field(0, sequence(mechTypes, hints)),
    field(0, sequence(mechTypes, field(2, octets(Buffer.alloc(0))))), field(0, sequence(mechTypes, field(2, sequence()))),
    field(0, sequence(mechTypes, mechTypes)),
    field(0, sequence(mechTypes, field(1, der(0x03, Buffer.alloc(6))))), field(0, sequence(mechTypes, field(1, der(0x03)))),
    field(0, sequence(field(0, sequence(octets(Buffer.from('x')))))), field(1, sequence(mechTypes)),
    Buffer.concat([field(0, sequence(mechTypes)), Buffer.alloc(2)]),
    field(0, Buffer.concat([sequence(mechTypes), sequence(mechTypes)])), sequence(mechTypes),
  ];
  for (const bytes of wrong) t.throws(() => parseNegTokenInit(bytes), DerError);
});

t.test('a NegTokenResp is read with what it has', async (t) => {
  const nothing = { negState: undefined, supportedMech: undefined, responseToken: undefined, mechListMic: undefined };
  t.same(parseNegTokenResp(negTokenResp({})), nothing);
  t.same(parseNegTokenResp(negTokenResp({ negState: 3, supportedMech: KERBEROS, responseToken: Buffer.from('t'),
    mechListMic: Buffer.from('m') })),
    { negState: 'request-mic', supportedMech: KERBEROS, responseToken: Buffer.from('t'), mechListMic: Buffer.from('m') });
  for (const [number, negState] of ['accept-completed', 'accept-incomplete', 'reject'].entries()) {
    t.same(parseNegTokenResp(negTokenResp({ negState: number })), { ...nothing, negState });
  }
});

t.test('a NegTokenResp with a wrong field is refused', async (t) => {
  const wrong: readonly Uint8Array[] = [
    negTokenResp({ negState: 4 }), field(1, sequence(field(0, der(0x0a)))), field(1, sequence(field(0, der(0x0a, Buffer.alloc(2))))),
    field(1, sequence(field(0, der(0x02, Buffer.alloc(1))))), negTokenResp({ responseToken: Buffer.alloc(0) }),
    negTokenResp({ mechListMic: Buffer.alloc(0) }),
    field(1, sequence(field(4, octets(Buffer.from('x'))))), Buffer.concat([negTokenResp({}), Buffer.alloc(1)]), field(1, Buffer.alloc(0)),
  ];
  for (const bytes of wrong) t.throws(() => parseNegTokenResp(bytes), DerError);
});
