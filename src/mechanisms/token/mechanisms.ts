// Object identifiers of the mechanisms that a Negotiate token can name, and what to call them.

export const SPNEGO = '1.3.6.1.5.5.2';
export const KERBEROS = '1.2.840.113554.1.2.2';
/** What Windows lists first: the Kerberos identifier with the slip of Windows 2000 (MS-SPNG §1.9). */
export const KERBEROS_MICROSOFT = '1.2.840.48018.1.2.2';
export const KERBEROS_USER_TO_USER = '1.2.840.113554.1.2.2.3';
export const NTLM = '1.3.6.1.4.1.311.2.2.10';
export const NEGOEX = '1.3.6.1.4.1.311.2.2.30';
export const IAKERB = '1.3.6.1.5.2.5';

const names: ReadonlyMap<string, string> = new Map([
  [SPNEGO, 'SPNEGO'],
  [KERBEROS, 'Kerberos'],
  [KERBEROS_MICROSOFT, 'Kerberos (Microsoft)'],
  [KERBEROS_USER_TO_USER, 'Kerberos user-to-user'],
  [NTLM, 'NTLM'],
  [NEGOEX, 'NegoEx'],
  [IAKERB, 'IAKERB'],
]);

/** A mechanism's name for people, or its dotted identifier when it is none that we know. */
export function mechanismName(oid: string): string {
  return names.get(oid) ?? oid;
}

/** Whether the identifier stands for plain Kerberos 5, in either spelling. */
export function isKerberos(oid: string): boolean {
  return oid === KERBEROS || oid === KERBEROS_MICROSOFT;
}
