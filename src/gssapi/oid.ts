// Object identifiers as GSSAPI wants them: DER content octets (X.690 §8.19) behind a gss_OID_desc that lives as long as the process.
import koffi from 'koffi';
import { copyMemory } from './library.ts';
import { permanent } from './memory.ts';

/** RFC 4121 Kerberos and RFC 4178 SPNEGO. */
export const Mechanism = { krb5: '1.2.840.113554.1.2.2', spnego: '1.3.6.1.5.5.2' } as const;

const nameType = {
  hostbased: '1.2.840.113554.1.2.1.4', // RFC 2743 §4.1 service@host
  krb5Principal: '1.2.840.113554.1.2.2.1', // RFC 1964 §2.1.1
} as const;

/** RFC 2743 §4.2: the name of somebody who did not say who. */
export const anonymousNameType = '1.3.6.1.5.6.3';

function contentOctets(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const octets = [first * 40 + second];
  for (const arc of arcs) {
    const digits = [arc & 0x7f];
    for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
    octets.push(...digits);
  }
  return Uint8Array.from(octets);
}

/** gss_OID_desc: a 32-bit length, four octets of padding, the address of the elements. */
function descriptor(dotted: string): BigUint64Array {
  const octets = contentOctets(dotted);
  const words = new BigUint64Array(2);
  new Uint32Array(words.buffer)[0] = octets.length;
  words[1] = permanent(octets);
  return words;
}

const oid = (dotted: string): bigint => permanent(descriptor(dotted));

/** gss_OID_set_desc (count, elements). */
function oidSet(...dotted: readonly string[]): bigint {
  const elements = new BigUint64Array(2 * dotted.length);
  dotted.forEach((text, index) => elements.set(descriptor(text), 2 * index));
  return permanent(BigUint64Array.of(BigInt(dotted.length), permanent(elements)));
}

export const oids = {
  krb5: oid(Mechanism.krb5),
  spnego: oid(Mechanism.spnego),
  hostbased: oid(nameType.hostbased),
  krb5Principal: oid(nameType.krb5Principal),
} as const;

export const oidSets = { krb5: oidSet(Mechanism.krb5), krb5AndSpnego: oidSet(Mechanism.krb5, Mechanism.spnego) } as const;

function decode(pointer: bigint): string {
  const octets = new Uint8Array(koffi.decode.uint32(pointer));
  copyMemory(octets, BigInt(koffi.decode(pointer, 8, 'uint64_t')), octets.length);
  const first = octets[0] ?? 0;
  const top = Math.min(2, Math.floor(first / 40));
  const arcs = [top, first - 40 * top];
  let arc = 0;
  for (const octet of octets.subarray(1)) {
    arc = arc * 128 + (octet & 0x7f);
    if ((octet & 0x80) === 0) {
      arcs.push(arc);
      arc = 0;
    }
  }
  return arcs.join('.');
}

const decoded = new Map<bigint, string>();

/** The dotted form of an OID that GSSAPI returned. Those are static (RFC 2744 §3.9), so each is read once. */
export function dotted(pointer: bigint): string | undefined {
  if (pointer === 0n) return undefined;
  let text = decoded.get(pointer);
  if (text === undefined) decoded.set(pointer, (text = decode(pointer)));
  return text;
}
