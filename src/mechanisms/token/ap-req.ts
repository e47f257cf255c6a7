// What a Kerberos AP-REQ says in the clear (RFC 4120 §5.3, §5.5.1): which service it is for, key version, encryption types.

import { application, DerError, readFields, readOnly, readSequenceOf, required, tags } from './der.ts';
import { readInt32, readKerberosFlags, readKerberosString, readUInt32 } from './der-values.ts';
import { principalText } from './principal-text.ts';

export { enctypeName, isWeakEnctype } from './enctype.ts';

/**
 * The clear part of an AP-REQ. UNAUTHENTICATED: the sender can write here what he likes. Good for explaining a failure and for refusing
 * early, never for granting; put the texts through `printable` before they reach a log.
 */
export interface ApReq {
  /** Realm of the service, as the ticket names it. */
  readonly realm: string;
  /** Service principal without the realm, e.g. `HTTP/print.myq.test`; odd characters escaped as MIT does. */
  readonly service: string;
  /** Key version the ticket was made with (32 bits; a read-only DC sets the upper half), or undefined when the KDC named none. */
  readonly ticketKvno: number | undefined;
  readonly ticketEtype: number;
  readonly authenticatorEtype: number;
  /** The encrypted authenticator: unlike the token around it, it has one spelling, so it can mark a replay. A view of the input. */
  readonly authenticatorCipher: Uint8Array;
  /** APOptions, bit 0 as the highest: 0x20000000 asks for mutual authentication, 0x40000000 for a session key (user-to-user). */
  readonly apOptions: number;
}

interface EncryptedData {
  readonly etype: number;
  readonly kvno: number | undefined;
  readonly cipher: Uint8Array;
}

const KERBEROS_VERSION = 5;
const AP_REQ = 14;
const MAX_NAME_COMPONENTS = 16;

function expectNumber(field: Uint8Array | undefined, expected: number, what: string): void {
  if (readInt32(required(field, what), what) !== expected) throw new DerError(`${what} has an unexpected value`);
}

function readEncryptedData(bytes: Uint8Array, what: string): EncryptedData {
  const [etype, kvno, cipherField] = readFields(bytes, 2, what);
  const cipher = readOnly(required(cipherField, `cipher of ${what}`), tags.octetString, `cipher of ${what}`);
  if (cipher.length === 0) throw new DerError(`cipher of ${what} is empty`);
  return {
    etype: readInt32(required(etype, `encryption type of ${what}`), `encryption type of ${what}`),
    kvno: kvno && readUInt32(kvno, `key version of ${what}`),
    cipher,
  };
}

function readServiceName(bytes: Uint8Array): string {
  const [nameType, nameString] = readFields(bytes, 1, 'service name');
  readInt32(required(nameType, 'name type'), 'name type');
  const components = readSequenceOf(required(nameString, 'service name'), tags.generalString, MAX_NAME_COMPONENTS, 'service name')
    .map((content) => readKerberosString(content, 'service name'));
  return principalText(components);
}

function readTicket(bytes: Uint8Array): Pick<ApReq, 'realm' | 'service'> & { readonly encrypted: EncryptedData } {
  const [version, realmField, service, encrypted] = readFields(readOnly(bytes, application(1), 'ticket'), 3, 'ticket');
  expectNumber(version, KERBEROS_VERSION, 'ticket version');
  const realm = readKerberosString(readOnly(required(realmField, 'realm'), tags.generalString, 'realm'), 'realm');
  if (realm === '') throw new DerError('realm is empty');
  return {
    realm,
    service: readServiceName(required(service, 'service name')),
    encrypted: readEncryptedData(required(encrypted, 'encrypted part of the ticket'), 'ticket'),
  };
}

/**
 * Reads the AP-REQ that fills `message`. See `ApReq`: nothing of it is authenticated.
 * @throws DerError on anything that RFC 4120 does not allow, bytes after it included
 */
export function parseApReq(message: Uint8Array): ApReq {
  const fields = readFields(readOnly(message, application(AP_REQ), 'AP-REQ'), 4, 'AP-REQ');
  const [version, type, options, ticketField, authenticatorField] = fields;
  expectNumber(version, KERBEROS_VERSION, 'protocol version');
  expectNumber(type, AP_REQ, 'message type');
  const apOptions = readKerberosFlags(required(options, 'AP options'), 'AP options');
  const { realm, service, encrypted } = readTicket(required(ticketField, 'ticket'));
  const authenticator = readEncryptedData(required(authenticatorField, 'authenticator'), 'authenticator');
  return {
    realm,
    service,
    ticketKvno: encrypted.kvno,
    ticketEtype: encrypted.etype,
    authenticatorEtype: authenticator.etype,
    authenticatorCipher: authenticator.cipher,
    apOptions,
  };
}
