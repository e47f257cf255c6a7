// RC4 (RFC 6229), under which an NTLM client sends its session key: OpenSSL 3 has it no more.

/** RC4 from its first byte; the same to encrypt and to decrypt. */
export function rc4(key: Uint8Array, bytes: Uint8Array): Buffer {
  const box = Uint8Array.from({ length: 256 }, (_, index) => index);
  const at = (index: number): number => box[index] ?? 0;
  const swap = (i: number, j: number): void => { [box[i], box[j]] = [at(j), at(i)]; };
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + at(i) + (key[i % key.length] ?? 0)) & 255;
    swap(i, j);
  }
  let [i, j] = [0, 0];
  return Buffer.from(bytes).map((octet) => {
    i = (i + 1) & 255;
    j = (j + at(i)) & 255;
    swap(i, j);
    return octet ^ at((at(i) + at(j)) & 255);
  }) as Buffer;
}
