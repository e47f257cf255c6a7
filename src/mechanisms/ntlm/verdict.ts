// What the second message of a sign-in has shown. A word about one person may be the machine's own, or that of another domain, so it is
// believed only while the domain of this machine is well.

import { RequestError, type UnavailableError } from '../../errors.ts';
import { refusalReasons } from '../../identity/refusal.ts';
import type { DomainProbe, DomainState } from './domain-probe.ts';
import { unavailable, type Finding } from './findings.ts';
import type { HelperAnswer } from './helper-process.ts';
import { cureOf, meaningOf } from './status.ts';

/** What a helper says of a further message; mostly the domain's verdict on an answer to its challenge. */
export type NtlmVerdict =
  /** Only after a SPNEGO offer whose first mechanism was another: the challenge comes now. */
  | { readonly kind: 'challenge'; readonly reply: Uint8Array }
  /** `user` is canonical, `DOMAIN\user`; `reply` is the last SPNEGO token, empty for a raw message. */
  | { readonly kind: 'accepted'; readonly user: string; readonly reply: Uint8Array }
  /** `status` is winbind's word, as in `NT_STATUS_LOGON_FAILURE`. */
  | { readonly kind: 'refused'; readonly status: string };

/** Also of a client whose signature under the list of SPNEGO's mechanisms is wrong: then the domain is well. */
const WRONG_LIST = 'NT_STATUS_ACCESS_DENIED';

/** Milliseconds for which the domain is taken to be well after it was. */
const WELL_FOR = 5000;
/** The same once winbind has said that a domain is out. Strangers can name one that is, so there is not a look for each of them. */
const WELL_FOR_IN_DOUBT = 250;

/** NTLMSSP_TARGET_TYPE_SERVER (MS-NLMP §2.2.2.5); a client cannot make a helper set it. */
const TARGET_TYPE_SERVER = 0x20000;

/** What the answer to the first message shows: it comes from the helper alone, so that it can prove nothing good. */
export function findingOfChallenge(said: HelperAnswer, path: string): Finding<Uint8Array> {
  if (said.kind === 'challenge') {
    if (said.token.length === 0) return { shows: 'nothing', error: malformed('ntlm_auth gave no challenge') };
    if (!speaksForMachine(said.token)) return { shows: 'nothing', value: said.token };
    const cure = 'it speaks for this machine alone and not for a domain: check [NTLM] SambaConfig, and its `security = ads`';
    return { shows: 'out', error: unavailable(`${path}: ${cure}`) };
  }
  if (said.kind !== 'refused') return { shows: 'out', error: broken(said, path) };
  if (meaningOf(said.status) === 'outage') return { shows: 'out', error: unavailable(withCure(path, said.status)) };
  return { shows: 'nothing', error: malformed(said.status) };
}

/** What the answer to a further message shows. */
export async function findingOfVerdict(said: HelperAnswer, path: string, domain: DomainProbe): Promise<Finding<NtlmVerdict>> {
  if (said.kind === 'broken') {
    const isWrongList = said.text.startsWith(WRONG_LIST);
    // Strangers can sign wrongly as often as they like, so there is not a look for each of them.
    domain.doubted(isWrongList ? WELL_FOR : 0);
    if (!isWrongList) return { shows: 'out', error: broken(said, path) };
    const state = await domain.look(WELL_FOR);
    if (state.kind !== 'well') return { shows: 'out', error: broken(said, path) };
    return { shows: 'nothing', value: { kind: 'refused', status: WRONG_LIST } };
  }
  if (said.kind === 'accepted') {
    // Otherwise the name could not be read for certain.
    if (!/^[^\\]+\\[^\\]+$/.test(said.user)) return { shows: 'out', error: unavailable(`${path}: check \`winbind separator\` in smb.conf: it must be \\`) };
    domain.accepted();
    return { shows: 'well', value: { kind: 'accepted', user: said.user, reply: said.token } };
  }
  if (said.kind === 'challenge') {
    const finding = findingOfChallenge(said, path);
    return 'error' in finding ? finding : { shows: 'nothing', value: { kind: 'challenge', reply: finding.value } };
  }
  return findingOfRefusal(said.status, path, domain);
}

async function findingOfRefusal(status: string, path: string, domain: DomainProbe): Promise<Finding<NtlmVerdict>> {
  const meaning = meaningOf(status);
  if (meaning === 'message') return { shows: 'nothing', value: { kind: 'refused', status } };
  const state = await domain.look(meaning === 'outage' ? WELL_FOR_IN_DOUBT : WELL_FOR);
  if (state.kind === 'out') return { shows: 'out', error: unavailable(`${withCure(path, status)}; ${state.detail}`) };
  if (meaning === 'person') return { shows: 'well', value: { kind: 'refused', status } };
  if (state.kind === 'unknown') return { shows: 'out', error: unavailable(withCure(path, status)) };
  const elsewhere = 'the domain of this machine is well, so it is that of the user, or there is no such domain';
  return { shows: 'nothing', error: unavailable(`${path}: ${status}: ${elsewhere}`) };
}

/**
 * What it shows that a helper gave no answer in time: strangers can name a trusted domain whose controller hangs, and that concerns nobody
 * else while the domain of this machine is well.
 */
export function findingOfSilence({ detail = '' }: UnavailableError, state: DomainState): Finding<never> {
  if (state.kind === 'out') return { shows: 'out', error: unavailable(`${detail}; ${state.detail}`) };
  if (state.kind === 'unknown') return { shows: 'out', error: unavailable(detail) };
  return { shows: 'nothing', error: unavailable(`${detail}; the domain of this machine is well, so it is that of the user`) };
}

/** A message that ntlm_auth does not understand, for the log. */
export function malformed(detail: string): RequestError {
  return new RequestError('invalid_request', refusalReasons.malformed_token.sentence, { detail, reason: 'malformed_token' });
}

function broken(said: HelperAnswer, path: string): ReturnType<typeof unavailable> {
  if (said.kind !== 'broken') return unavailable(`${path}: it is out of step`);
  const cure = cureOf(/\bNT_STATUS_\w+/.exec(said.text)?.[0] ?? '');
  return unavailable(`${path}: BH ${said.text}${cure === undefined ? '' : `: ${cure}`}`);
}

function withCure(path: string, status: string): string {
  const cure = cureOf(status);
  return `${path}: ${status}${cure === undefined ? '' : `: ${cure}`}`;
}

function speaksForMachine(challenge: Uint8Array): boolean {
  const bytes = Buffer.from(challenge);
  const start = bytes.indexOf('NTLMSSP\0\x02\0\0\0', 0, 'latin1');
  return start >= 0 && bytes.length >= start + 24 && (bytes.readUInt32LE(start + 20) & TARGET_TYPE_SERVER) !== 0;
}
