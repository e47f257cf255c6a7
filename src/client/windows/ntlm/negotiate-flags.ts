// What client and server agree on (NegotiateFlags, MS-NLMP §2.2.2.5).

export const negotiateFlags = {
  unicode: 0x1, requestTarget: 0x4, sign: 0x10, seal: 0x20, ntlm: 0x200, alwaysSign: 0x8000, extendedSessionSecurity: 0x8_0000,
  targetInfo: 0x80_0000, version: 0x200_0000, key128: 0x2000_0000, keyExchange: 0x4000_0000,
} as const;

const { unicode, requestTarget, sign, ntlm, alwaysSign, extendedSessionSecurity, targetInfo, key128, keyExchange } = negotiateFlags;

/**
 * All that this client speaks: no OEM texts, no LM keys, none of 56 bits. Nothing is signed after the sign-in; but servers grant a key
 * exchange and 128 bits only to those who ask for signing.
 */
export const offeredFlags = unicode | requestTarget | sign | ntlm | alwaysSign | extendedSessionSecurity | key128 | keyExchange;

/** Whether the client chooses the session key: only where signing or sealing was agreed on, too (MS-NLMP §3.1.5.1.2). */
export const isKeyExchanged = (flags: number): boolean => (flags & keyExchange) !== 0 && (flags & (sign | negotiateFlags.seal)) !== 0;

/** What the client's last message says: what both speak, and no key exchange where there is none. */
export function agreedFlags(challenged: number): number {
  const agreed = challenged & (offeredFlags | targetInfo);
  return isKeyExchanged(agreed) ? agreed : agreed & ~keyExchange;
}
