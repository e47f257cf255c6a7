// What an NTLM client of old or a wrong one answers to a challenge, and what one signs (MS-NLMP §3.3, §3.4.4).

import { createCipheriv } from 'node:crypto';
import { md4 } from '../../src/client/windows/ntlm/md4.ts';
import { rc4 } from '../../src/client/windows/ntlm/rc4.ts';
import { hmacMd5, md5, ntHash, ntHashV2, type Secret } from '../../src/client/windows/ntlm/response.ts';

/** Seven bytes of key spread over eight, whose lowest bits DES ignores. */
function desKey(seven: Uint8Array): Buffer {
  const bits = [...seven].reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  return Buffer.from(Array.from({ length: 8 }, (_, index) => Number((bits >> BigInt(49 - 7 * index)) & 0x7fn) << 1));
}

/** DES of one block. Three times the same key make 3DES what DES was: OpenSSL 3 has DES itself no more. */
function des(seven: Uint8Array, block: Uint8Array): Buffer {
  const key = desKey(seven);
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(block), cipher.final()]);
}

/** DESL: 24 bytes, under a key of 16 that is filled up with zeros. */
function desl(key: Uint8Array, block: Uint8Array): Buffer {
  const padded = Buffer.concat([key, Buffer.alloc(5)]);
  return Buffer.concat([0, 7, 14].map((at) => des(padded.subarray(at, at + 7), block)));
}

/** LMOWFv1, of the first fourteen characters. */
export function lmHash(password: string): Buffer {
  const padded = Buffer.alloc(14);
  padded.write(password.toUpperCase(), 'latin1');
  return Buffer.concat([0, 7].map((at) => des(padded.subarray(at, at + 7), Buffer.from('KGS!@#$%'))));
}

/** An LMv2 response, 24 bytes; `nonce` is the client's challenge of eight. */
export function respondLmV2({ user, domain, password, serverChallenge }: Secret, nonce: Uint8Array): Buffer {
  return Buffer.concat([hmacMd5(ntHashV2(password, user, domain), serverChallenge, nonce), nonce]);
}

/** An NTLMv1 response, and the LM response beside it. */
export function respondV1({ password, serverChallenge }: Secret): { nt: Buffer; lm: Buffer; key: Buffer } {
  const hash = ntHash(password);
  return { nt: desl(hash, serverChallenge), lm: desl(lmHash(password), serverChallenge), key: md4(hash) };
}

/** An NTLM2 session response: NTLMv1 to a challenge of both sides. */
export function respondSession({ password, serverChallenge }: Secret, nonce: Uint8Array): { nt: Buffer; lm: Buffer; key: Buffer } {
  const hash = ntHash(password);
  const lm = Buffer.concat([nonce, Buffer.alloc(16)]);
  return { nt: desl(hash, md5(serverChallenge, nonce).subarray(0, 8)), lm, key: hmacMd5(md4(hash), serverChallenge, nonce) };
}

/** The first message of the client to the server, signed with extended session security, 128-bit keys and key exchange. */
export function sign(sessionKey: Uint8Array, message: Uint8Array): Buffer {
  const derive = (purpose: string): Buffer =>
    md5(sessionKey, Buffer.from(`session key to client-to-server ${purpose} key magic constant\0`, 'latin1'));
  const sequence = Buffer.alloc(4);
  const checksum = hmacMd5(derive('signing'), sequence, message).subarray(0, 8);
  return Buffer.concat([Uint8Array.of(1, 0, 0, 0), rc4(derive('sealing'), checksum), sequence]);
}
