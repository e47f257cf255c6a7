// `report ntlm`: who still uses NTLM, as a table that ends with a verdict: can it be switched off?

import type { Config } from '../config/load.ts';
import { FURTHER, type NtlmUseRecord, type NtlmUses } from '../stores/ntlm-store.ts';
import type { Store } from '../stores/store.ts';
import { needLines, shownUser } from './report-ntlm-lines.ts';
import { judgeNtlm, type Need, type Verdict } from './report-ntlm-verdict.ts';
import { spnStateOf } from './spn-state.ts';
import { visible } from './terminal.ts';
import { table } from './verb.ts';

export interface NtlmReportOptions {
  readonly store: Pick<Store, 'ntlmUses'>;
  readonly config: Config;
  /** Where the period begins, and now; seconds since the epoch. */
  readonly since: number;
  readonly now: number;
  readonly json: boolean;
}

/** The report as it is printed. An outage of the store throws UnavailableError; of a directory it only leaves the SPN unknown. */
export async function reportNtlm({ store, config, since, now, json }: NtlmReportOptions): Promise<string> {
  const found = await store.ntlmUses(since);
  const hostname = config.server.hostname.toLowerCase();
  // Only then the directory has something to tell.
  const isSpnAsked = found.uses.some(({ reason }) => reason.endsWith('no_ticket'));
  const { state, notes } = isSpnAsked ? await spnStateOf(config, `HTTP/${hostname}`) : { state: { kind: 'unknown' } as const, notes: [] };
  const verdict = judgeNtlm(found, since, { hostname, spnState: () => state });
  const why = whyOf(verdict, { found, since, now, off: offBy(config) });
  if (json) return jsonOf(found, verdict, since, why);
  return [
    tableOf(found), ...legendOf(found), '',
    ...notes.map((note) => `note: ${visible(note)}`),
    why, ...needLines(verdict.needs), ...unvouchedLines(verdict), ...brokenLines(verdict), ...otherLines(verdict),
    ...cutLines(found, since),
  ].join('\n');
}

/** Which setting has NTLM off already. */
function offBy({ ntlm, security }: Config): string | undefined {
  if (security.kerberosOnly) return '[Security] KerberosOnly = True';
  return ntlm.enabled ? undefined : '[NTLM] Enabled = False';
}

function jsonOf(found: NtlmUses, { safe, needs, unvouched, broken }: Verdict, since: number, why: string): string {
  const plain = ({ sentence: _sentence, ...need }: Need): object => need;
  const { watchedSince = null, uses, unlisted } = found;
  const of = { needs: needs.map(plain), unvouched: unvouched.map(plain), broken: broken.map(plain) };
  return JSON.stringify({ since, watchedSince, safe, why, uses, ...of, unlisted }, undefined, 2);
}

const isUnverified = ({ workstation, isWorkstationVerified, isFurther }: NtlmUseRecord): boolean =>
  workstation !== '' && !isWorkstationVerified && !isFurther;

function legendOf({ uses }: NtlmUses): readonly string[] {
  return [
    ...(uses.some(isUnverified) ? ['? behind a workstation: only the client says so.'] : []),
    ...(uses.some(({ isFurther }) => isFurther) ? [`${FURTHER}: further, different ones of a user or an address, counted together.`] : []),
  ];
}

function tableOf({ uses }: NtlmUses): string {
  const rows = uses.map((use) => [
    use.outcome === 'refused' ? shownUser(use.user) : use.user, use.address, isUnverified(use) ? `${use.workstation}?` : use.workstation,
    use.target, use.outcome, use.reason, String(use.count), time(use.firstAt), time(use.lastAt),
  ].map((cell) => visible(cell) || '-'));
  return table([['USER', 'ADDRESS', 'WORKSTATION', 'TARGET', 'OUTCOME', 'REASON', 'COUNT', 'FIRST', 'LAST'], ...rows]);
}

interface Around {
  readonly found: NtlmUses;
  readonly since: number;
  readonly now: number;
  readonly off: string | undefined;
}

/** The verdict in words. */
function whyOf({ safe, needs, unvouched }: Verdict, { found, since, now, off }: Around): string {
  const { watchedSince } = found;
  const already = off === undefined ? '' : `NTLM is off already (${off}): tries are refused. `;
  if (safe === false) {
    if (needs.length === 0) return `${already}Not safe: sign-ins with NTLM since ${time(since)} did not fit into the table.`;
    if (off === undefined) return `Not safe to set [Security] KerberosOnly = True. Since ${time(since)} these came with NTLM:`;
    return `${already}Not safe to take that for the end of it. Since ${time(since)} these came with NTLM all the same, or before it was off:`;
  }
  if (safe === true) {
    const consequence = off === undefined ? '[Security] KerberosOnly = True can be set' : 'nobody misses it';
    return `${already}Safe: no NTLM sign-in since ${time(since)}, watched since ${time(watchedSince ?? since)}; ${consequence}. `
      + 'Who comes less often than that has not been seen.';
  }
  if (watchedSince === undefined) {
    return `${already}Not yet known: NTLM was never watched for. That begins when a gateway with Windows sign-in runs with this store.`;
  }
  if (watchedSince > since) {
    return `${already}Not yet known: NTLM has been watched for only since ${time(watchedSince)}, ${length(now - watchedSince)}, `
      + `and the period began ${time(since)}. No NTLM sign-in was seen meanwhile.`;
  }
  if (unvouched.length > 0) {
    return `${already}Not yet known: since ${time(since)} there were tries under other names that nobody vouched for, and no NTLM sign-in.`;
  }
  return `${already}Not yet known: refused tries since ${time(since)} did not fit into the table.`;
}

function unvouchedLines({ unvouched }: Verdict): readonly string[] {
  if (unvouched.length === 0) return [];
  return ['', 'Refused under other names. Anybody can send any name: see whether the address is one of yours, and who calls the gateway so.',
    ...needLines(unvouched)];
}

function brokenLines({ broken }: Verdict): readonly string[] {
  if (broken.length === 0) return [];
  return ['', 'These clients send NTLM version 1 or LM, which is refused. They do not work now either:', ...needLines(broken)];
}

function otherLines({ otherRefused }: Verdict): readonly string[] {
  const counts = [...otherRefused].map(([reason, count]) => `${String(count)} ${reason === FURTHER ? 'for different reasons' : reason || '-'}`);
  return counts.length === 0 ? [] : ['', visible(`Other refused tries, which speak neither for nor against it: ${counts.join(', ')}.`)];
}

function cutLines({ unlisted }: NtlmUses, since: number): readonly string[] {
  const lines = Object.entries(unlisted).flatMap(([outcome, { count, lastAt }]) => (count === 0 || lastAt < since ? []
    : [`The table is full: ${String(count)} ${outcome} in the last year are not in it, the last one ${time(lastAt)}.`]));
  return lines.length === 0 ? [] : ['', ...lines];
}

/** UTC (RFC 3339 §5.6, with a blank as it allows). */
const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('T', ' ').replace('.000', '');

const units = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]] as const;

function length(seconds: number): string {
  const [unit, size] = units.find(([, one]) => seconds >= one) ?? ['second', 1];
  const count = Math.floor(seconds / size);
  return `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
}
