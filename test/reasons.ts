// Whether the tables of the documentation name every reason of a refusal once, in rows of one status for each class of reasons.

import { refusalReasons, type RefusalClass, type RefusalReason } from '../src/identity/refusal.ts';

/** The pages that hold the tables. */
export const reasonPages = ['docs/errors.md', 'docs/entra.md'] as const;

/**
 * What is wrong with the tables in the text of all these pages, as sentences; empty when they are current. A second status, in parentheses
 * behind the first, is that of a rarer answer.
 */
export function reasonProblems(text: string): readonly string[] {
  const rows = [...text.matchAll(/^\| `(\w+)` \| (\d{3})(?: \(\d{3}\))? \|/gm)].map(([, reason = '', status = '']) => ({ reason, status }));
  const known = Object.keys(refusalReasons);
  const times = (wanted: string): number => rows.filter(({ reason }) => reason === wanted).length;
  const statuses = new Map<RefusalClass, string>();
  const different = rows.filter(({ reason, status }) => {
    if (!known.includes(reason)) return false;
    const { class: kind } = refusalReasons[reason as RefusalReason];
    if (!statuses.has(kind)) statuses.set(kind, status);
    return statuses.get(kind) !== status;
  });
  return [
    ...known.filter((reason) => times(reason) === 0).map((reason) => `${reason} is missing`),
    ...new Set(rows.filter(({ reason }) => times(reason) > 1).map(({ reason }) => `${reason} stands there more than once`)),
    ...rows.filter(({ reason }) => !known.includes(reason)).map(({ reason }) => `${reason} is no reason that the gateway gives`),
    ...different.map(({ reason, status }) => `${reason} has the status ${status}, others of its class another`),
  ];
}
