// Hand-made SPNEGO tokens (RFC 4178 §4.2) of a client whose first choice is NTLM: no GSSAPI client here would send them.
import koffi from 'koffi';
import { deleteSecContext, initSecContext } from '../../src/gssapi/library.ts';
import { InputBuffer, minor, OutputBuffer } from '../../src/gssapi/memory.ts';
import { ImportedName } from '../../src/gssapi/name.ts';
import { oids } from '../../src/gssapi/oid.ts';
import type { Credential } from '../../src/gssapi/index.ts';

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length = body.length < 0x80 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Uint8Array.of(tag, ...length), body]);
}

const spnegoOid = Buffer.from('06062b0601050502', 'hex');
const ntlmOid = Buffer.from('060a2b06010401823702020a', 'hex');
const krb5Oid = Buffer.from('06092a864886f712010202', 'hex');
const ntlmNegotiate = Buffer.from('4e544c4d5353500001000000078208a200000000000000000000000000000000', 'hex');

/** NegTokenInit with the NTLM negotiate message as its optimistic token; `mechanisms` are DER OIDs. */
function negTokenInit(...mechanisms: readonly Uint8Array[]): Buffer {
  const list = der(0xa0, der(0x30, ...mechanisms));
  return der(0x60, spnegoOid, der(0xa0, der(0x30, list, der(0xa2, der(0x04, ntlmNegotiate)))));
}

export const ntlmOnly = negTokenInit(ntlmOid);
export const ntlmThenKerberos = negTokenInit(ntlmOid, krb5Oid);
export const rawNtlm = ntlmNegotiate;

/** The second token of that client: its Kerberos token and, as its first choice was overruled, its MIC of the list (RFC 4178 §5). */
export function kerberosAfterAll(credential: Credential, service: string): Buffer {
  const getMic = koffi.load('libgssapi_krb5.so.2')
    .func('uint32_t gss_get_mic(uint32_t *minor, void *context, uint32_t qop, void *message, void *mic)');
  using target = new ImportedName(service, oids.hostbased);
  const context = new BigUint64Array(1);
  const output = new OutputBuffer();
  const flags = new Uint32Array(1);
  // No mutual authentication: the context is ready, and can sign, after its first token.
  const major = initSecContext(
    minor, credential.pointer, context, target.pointer, oids.krb5, 0, 0, null, null, null, output.descriptor, flags, null);
  if (major !== 0) throw new Error('no Kerberos token');
  const token = output.take();
  const list = new InputBuffer(64).set(der(0x30, ntlmOid, krb5Oid));
  if (getMic(minor, context[0], 0, list, output.descriptor) !== 0) throw new Error('no MIC');
  const mic = output.take();
  deleteSecContext(minor, context, null);
  return der(0xa1, der(0x30, der(0xa2, der(0x04, token)), der(0xa3, der(0x04, mic))));
}
