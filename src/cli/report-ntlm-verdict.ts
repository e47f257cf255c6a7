// Whether NTLM can be switched off: who came with it in a period, why, and what each of them needs instead.

import { networkOf } from '../identity/network.ts';
import { causeCure, causeSentence, type NtlmCause, type NtlmSurroundings } from '../mechanisms/ntlm/use.ts';
import { FURTHER, type NtlmUseRecord, type NtlmUses } from '../stores/ntlm-store.ts';

/**
 * One who needs something before he can do without NTLM, for one cause: a user at a workstation, or at an address if it has no name; of
 * refused tries all from one network, since what else they say nobody vouched for.
 */
export interface Need {
  readonly outcome: NtlmUseRecord['outcome'];
  /** The most recent one. Empty where NTLM is off: no message is read then. */
  readonly user: string;
  /** The most recent one; of refused tries the network. */
  readonly address: string;
  readonly workstation: string;
  /** Whether the workstation is more than the client's word. */
  readonly verified: boolean;
  /** A code of mechanisms/ntlm/use.ts, or FURTHER for several that were counted together. */
  readonly cause: string;
  /** What mends it. */
  readonly need: string;
  /** Why he came with NTLM, in words. */
  readonly sentence: string;
  /** How he called the gateway, most recently. */
  readonly target: string;
  /** How many sign-ins or tries. */
  readonly count: number;
}

/** `safe` is null where it is not known. */
export interface Verdict {
  readonly safe: boolean | null;
  readonly needs: readonly Need[];
  /** Tries under a name that is not the gateway's, while NTLM was off. Anybody can send any name, so that they make nothing unsafe. */
  readonly unvouched: readonly Need[];
  /** Clients of NTLM version 1: they are refused now, and so they would be. */
  readonly broken: readonly Need[];
  /** How many further tries were refused, by reason. They speak neither for nor against it: whoever it was did not get in. */
  readonly otherRefused: ReadonlyMap<string, number>;
}

const causes: Readonly<Record<NtlmCause, true>> = {
  address_used: true, other_name: true, local_account: true, spn_missing: true, ntlm_chosen: true, no_ticket: true,
};

const isCause = (word: string): word is NtlmCause => Object.hasOwn(causes, word);

/** @param since seconds since the epoch */
export function judgeNtlm(found: NtlmUses, since: number, around: NtlmSurroundings): Verdict {
  const of = (reason: string): readonly NtlmUseRecord[] =>
    found.uses.filter((use) => use.outcome === 'refused' && refusalOf(use) === reason);
  const granted = needsOf(found.uses.filter(({ outcome }) => outcome === 'granted'), around);
  // Where NTLM was off these would have been sign-ins: nobody knows of whom.
  const tries = needsOf(of('ntlm_disabled'), around);
  const needs = [...granted, ...tries.filter(({ cause }) => cause !== 'other_name')];
  const unvouched = tries.filter(({ cause }) => cause === 'other_name');
  const broken = needsOf(of('ntlmv1_refused'), around).map((need) => ({
    ...need, need: `set LmCompatibilityLevel to 3 or more on the client; to do without NTLM: ${need.need}`,
  }));
  const inPeriod = (outcome: NtlmUseRecord['outcome']): boolean => found.unlisted[outcome].count > 0 && found.unlisted[outcome].lastAt >= since;
  const isKnown = found.watchedSince !== undefined && found.watchedSince <= since && !inPeriod('refused') && unvouched.length === 0;
  const safe = needs.length > 0 || inPeriod('granted') ? false : isKnown ? true : null;
  return { safe, needs, unvouched, broken, otherRefused: otherRefused(found.uses) };
}

/** The reason of the refusal, before the cause. */
const refusalOf = ({ reason }: NtlmUseRecord): string => reason.split(' ', 1)[0] ?? '';

/** Why NTLM: of a refused try it stands behind the reason of the refusal. */
const causeIn = ({ reason }: NtlmUseRecord): string => reason.slice(reason.lastIndexOf(' ') + 1);

/** @param uses the most recent first */
function needsOf(uses: readonly NtlmUseRecord[], around: NtlmSurroundings): readonly Need[] {
  const needs = new Map<string, Need>();
  for (const use of uses) {
    const { outcome, user, workstation, isWorkstationVerified: verified, target, count } = use;
    const address = outcome === 'granted' ? use.address : networkOf(use.address);
    const cause = causeIn(use);
    const whose = outcome === 'granted' ? [user, ...(workstation === '' ? [address] : [workstation, verified])] : [address];
    const key = JSON.stringify([...whose, cause]);
    const known = needs.get(key) ?? { outcome, user, address, workstation, verified, cause, target, ...told(cause, around), count: 0 };
    needs.set(key, { ...known, count: known.count + count });
  }
  return [...needs.values()];
}

/** A directory may know by now what was not known when it was counted. */
function told(counted: string, around: NtlmSurroundings): Pick<Need, 'sentence' | 'need'> {
  const cause = counted === 'no_ticket' && around.spnState().kind === 'missing' ? 'spn_missing' : counted;
  if (isCause(cause)) return { sentence: causeSentence(cause), need: causeCure(cause, around) };
  if (cause === FURTHER) return { sentence: 'more of them, for different reasons, are counted together', need: 'begin with its other rows' };
  return { sentence: `the reason is ${cause}, which this version does not know`, need: 'use the version that counted it' };
}

function otherRefused(uses: readonly NtlmUseRecord[]): Verdict['otherRefused'] {
  const counts = new Map<string, number>();
  for (const use of uses) {
    const reason = refusalOf(use);
    if (use.outcome === 'granted' || ['ntlm_disabled', 'ntlmv1_refused'].includes(reason)) continue;
    counts.set(reason, (counts.get(reason) ?? 0) + use.count);
  }
  return counts;
}
