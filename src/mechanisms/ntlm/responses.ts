// What the responses in an NTLM message are, and what an NTLMv2 one says (MS-NLMP §2.2.2.3 to §2.2.2.8).

import { MIC_PROVIDED, readAvPairs, TARGET_UNTRUSTED } from './av-pairs.ts';
import { negotiateFlags, NtlmError } from './fields.ts';

/**
 * Only `ntlmv2` may go on to the domain. `lm` is a response in the LM field alone, where LM and LMv2 look alike; `anonymous` is also
 * whoever gives no name.
 */
export type NtlmKind = 'anonymous' | 'lm' | 'ntlmv1' | 'ntlm2-session' | 'ntlmv2';

/** What only an NTLMv2 response says; the others say nothing. */
export interface ResponseFacts {
  /** MsvAvFlags; 0 when absent. */
  readonly avFlags: number;
  /** The message has a MIC, which the NTLM helper then verifies; without it anybody on the way could have changed the workstation. */
  readonly hasMic: boolean;
  /** The client does not vouch for `targetName`. */
  readonly isTargetUntrusted: boolean;
  /** The SPN that the client means to reach; may be ''. */
  readonly targetName: string | undefined;
  /** 16 bytes for `compareBindings`; undefined when the client bound itself to nothing. */
  readonly channelBindings: Uint8Array | undefined;
  /** The client's clock, in milliseconds since 1970. */
  readonly clientTime: number | undefined;
}

export interface Responses {
  readonly lm: Uint8Array;
  readonly nt: Uint8Array;
}

const RESPONSE_BYTES = 24;

const isZero = (bytes: Uint8Array): boolean => bytes.every((octet) => octet === 0);

/**
 * The kind that the sizes tell.
 * @throws NtlmError on sizes that no client sends, and on a user without any response
 */
export function kindOf({ lm, nt }: Responses, user: string, flags: number): NtlmKind {
  // An anonymous client sends one zero octet (MS-NLMP §3.2.5.1.2).
  if (lm.length > 1 && lm.length !== RESPONSE_BYTES) throw new NtlmError('NTLM LM response of a wrong size');
  if (nt.length !== 0 && nt.length < RESPONSE_BYTES) throw new NtlmError('NTLM response of a wrong size');
  if (user === '' || (flags & negotiateFlags.anonymous) !== 0) return 'anonymous';
  if (lm.length === 1) throw new NtlmError('NTLM LM response of a wrong size');
  if (nt.length > RESPONSE_BYTES) return 'ntlmv2';
  if (nt.length === 0 && lm.length === 0) throw new NtlmError('NTLM message with a user and no response');
  if (nt.length === 0) return 'lm';
  // Here the LM field holds the client's challenge of eight octets (MS-NLMP §3.3.1).
  const isSession = (flags & negotiateFlags.extendedSessionSecurity) !== 0 && lm.length === RESPONSE_BYTES && isZero(lm.subarray(8));
  return isSession ? 'ntlm2-session' : 'ntlmv1';
}

/** What a response of another kind says. */
export const noFacts: ResponseFacts = {
  avFlags: 0, hasMic: false, isTargetUntrusted: false, targetName: undefined, channelBindings: undefined, clientTime: undefined,
};

// NTLMv2_RESPONSE: the proof, then NTLMv2_CLIENT_CHALLENGE up to its pairs (MS-NLMP §2.2.2.7, §2.2.2.8).
const PROOF_BYTES = 16;
const CLIENT_CHALLENGE_BYTES = 28;
/** Where the content of a message can start that has Version and MIC in its header. */
const MIC_END = 88;
/** From 1601, the epoch of FILETIME, to 1970 in milliseconds. */
const EPOCH_OFFSET = 11_644_473_600_000n;

/**
 * Reads an NTLMv2 response.
 * @param contentStart  where the first field's content starts in the message
 * @throws NtlmError when it is cut short, has another version or wrong pairs, or announces a MIC that cannot be there
 */
export function readResponse({ lm, nt }: Responses, contentStart: number): ResponseFacts {
  if (nt.length < PROOF_BYTES + CLIENT_CHALLENGE_BYTES) throw new NtlmError('NTLM response cut short');
  const challenge = nt.subarray(PROOF_BYTES);
  if (challenge[0] !== 1 || challenge[1] !== 1) throw new NtlmError('NTLM response of an unknown version');
  const fileTime = new DataView(challenge.buffer, challenge.byteOffset).getBigUint64(8, true);
  const { flags, targetName, channelBindings } = readAvPairs(challenge.subarray(CLIENT_CHALLENGE_BYTES));
  const hasMic = (flags & MIC_PROVIDED) !== 0;
  if (hasMic && contentStart < MIC_END) throw new NtlmError('NTLM message without room for its MIC');
  // Who sends a MIC sends no LMv2 response (MS-NLMP §3.1.5.1.2); `eraseLmResponse` would make the MIC wrong.
  if (hasMic && !isZero(lm)) throw new NtlmError('NTLM message with a MIC and an LM response');
  return {
    avFlags: flags, hasMic, isTargetUntrusted: (flags & TARGET_UNTRUSTED) !== 0, targetName, channelBindings,
    clientTime: Number(fileTime / 10_000n - EPOCH_OFFSET),
  };
}
