// Hand-made SPNEGO tokens (RFC 4178 §4.2) of a client whose first choice is NTLM: no GSSAPI client here would send them.
import koffi from 'koffi';
import { deleteSecContext, initSecContext } from '../../src/gssapi/library.ts';
import { InputBuffer, minor, OutputBuffer } from '../../src/gssapi/memory.ts';
import { ImportedName } from '../../src/gssapi/name.ts';
import { oids } from '../../src/gssapi/oid.ts';
import type { Credential } from '../../src/gssapi/index.ts';
import { KERBEROS, NTLM } from '../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit, negTokenResp, oid, sequence } from '../mechanisms/token/encoder.ts';

const ntlmNegotiate = Buffer.from('4e544c4d5353500001000000078208a200000000000000000000000000000000', 'hex');

export const ntlmOnly = negTokenInit([NTLM], { mechToken: ntlmNegotiate });
export const ntlmThenKerberos = negTokenInit([NTLM, KERBEROS], { mechToken: ntlmNegotiate });
export const rawNtlm = ntlmNegotiate;

/** The second token of that client: its Kerberos token and, as its first choice was overruled, its MIC of the list (RFC 4178 §5). */
export function kerberosAfterAll(credential: Credential, service: string): Uint8Array {
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
  const list = new InputBuffer(64).set(sequence(oid(NTLM), oid(KERBEROS)));
  if (getMic(minor, context[0], 0, list, output.descriptor) !== 0) throw new Error('no MIC');
  const mic = output.take();
  deleteSecContext(minor, context, null);
  return negTokenResp({ responseToken: token, mechListMic: mic });
}
