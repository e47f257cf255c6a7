// What comes to the NTLM mechanism: a token, and the message in it.

/** How a message came: under the scheme `NTLM`, bare under `Negotiate`, or inside SPNEGO. */
export type NtlmWrapping = 'ntlm' | 'raw' | 'spnego';

/** A token that negotiate.ts has recognised as NTLM. */
export interface NtlmToken {
  /** As it came: what the helper gets. */
  readonly bytes: Uint8Array;
  /** The NTLMSSP message in it; undefined in a SPNEGO offer whose first mechanism is another. */
  readonly message: Uint8Array | undefined;
  readonly wrapping: NtlmWrapping;
}
