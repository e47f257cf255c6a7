// Kerberos encryption types: names for people and which are too weak to trust (IANA Kerberos registry; RFC 6649, RFC 8429).

const names: ReadonlyMap<number, string> = new Map([
  [1, 'des-cbc-crc'],
  [2, 'des-cbc-md4'],
  [3, 'des-cbc-md5'],
  [5, 'des3-cbc-md5'],
  [7, 'des3-cbc-sha1-old'],
  [16, 'des3-cbc-sha1'],
  [17, 'aes128-cts-hmac-sha1-96'],
  [18, 'aes256-cts-hmac-sha1-96'],
  [19, 'aes128-cts-hmac-sha256-128'],
  [20, 'aes256-cts-hmac-sha384-192'],
  [23, 'arcfour-hmac (RC4)'],
  [24, 'arcfour-hmac-exp (RC4)'],
  [25, 'camellia128-cts-cmac'],
  [26, 'camellia256-cts-cmac'],
]);

/** The registered name of an encryption type, or `enctype N`. */
export function enctypeName(enctype: number): string {
  return names.get(enctype) ?? `enctype ${enctype}`;
}

/** Whether it is RC4 (also Microsoft's private negative numbers, which hold DES too), single or triple DES, or no encryption. */
export function isWeakEnctype(enctype: number): boolean {
  const privateRc4OrDes = enctype >= -141 && enctype <= -128;
  const desFamily = (enctype >= 0 && enctype <= 8) || enctype === 16;
  return privateRc4OrDes || desFamily || enctype === 23 || enctype === 24;
}
