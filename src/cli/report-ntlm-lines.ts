// The lines below the verdict of `report ntlm`: who needs what, with what clients have written told from our own words.

import { FURTHER } from '../stores/ntlm-store.ts';
import type { Need } from './report-ntlm-verdict.ts';
import { visible } from './terminal.ts';

/** So many lines of refused tries are printed: strangers may have many addresses. */
const MAX_LINES = 100;

/** A line for each: every one that signed in, and of those who were refused the most recent ones. */
export function needLines(needs: readonly Need[]): readonly string[] {
  const granted = needs.filter(({ outcome }) => outcome === 'granted');
  const refused = needs.filter(({ outcome }) => outcome === 'refused');
  const printed = refused.slice(0, MAX_LINES);
  const seen = new Set(printed.map(({ address }) => address));
  const more = new Set(refused.slice(MAX_LINES).map(({ address }) => address).filter((address) => !seen.has(address))).size;
  const left = refused.length - printed.length;
  const what = more > 0 ? `${String(more)} more address${more === 1 ? '' : 'es'}` : `${String(left)} more of these addresses`;
  return [...granted.map(grantedLine), ...printed.map(refusedLine), ...(left > 0 ? [`- and ${what} (--json has them)`] : [])];
}

function grantedLine(need: Need): string {
  const where = need.address === FURTHER ? 'at different addresses' : `at ${need.address}`;
  return visible(`- ${need.user === '' ? 'somebody' : need.user}${workstationOf(need)} ${where}: ${restOf(need)}`);
}

function refusedLine(need: Need): string {
  const who = ['', FURTHER].includes(need.user) ? 'somebody' : quoted(shownUser(need.user));
  return visible(`- ${who}${workstationOf(need)} at ${need.address} (${String(need.count)} ${need.count === 1 ? 'try' : 'tries'}): ${restOf(need)}`);
}

function workstationOf({ workstation, verified }: Need): string {
  return ['', FURTHER].includes(workstation) ? '' : ` on ${quoted(workstation)}${verified ? '' : '?'}`;
}

function restOf({ sentence, target, need }: Need): string {
  const called = ['', FURTHER].includes(target) ? '' : ` (it called ${quoted(target)})`;
  return `${sentence}${called}; ${need}`;
}

/** A quotation mark inside of it is escaped as what cannot be seen is, so that the text cannot end its quotation. */
const quoted = (text: string): string => `"${text.replaceAll('"', '\\u{22}')}"`;

/**
 * The name that a refused client claimed, as an admin knows it: its backslashes were doubled to tell them from those of escapes. They stay
 * doubled where an escape is in it, or a text that would look like one.
 */
export function shownUser(user: string): string {
  return user.includes('\\u{') ? user : user.replaceAll('\\\\', '\\');
}
