// `report`: what the store has counted, for an admin to judge by.

import { loadConfig } from '../config/load.ts';
import { duration } from '../config/values.ts';
import { openStore } from '../stores/open.ts';
import { NTLM_YEAR } from '../stores/ntlm-store.ts';
import { reportNtlm } from './report-ntlm.ts';
import { readArguments, readName, readVerb, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway report ntlm [--since WHEN] [--config FILE] [--json]
  ntlm    who still signs in with NTLM, and whether it is safe to set [Security] KerberosOnly = True
WHEN is how long ago, such as 12h or 90d (default 30d), or a date, or a time, both of UTC: 2026-11-01, 2026-11-01T08:00Z.`;

const options = { config: { type: 'string' }, json: { type: 'boolean' }, since: { type: 'string' } } as const;

/** Seconds since the epoch. */
const clock = (): number => Math.floor(Date.now() / 1000);

/** The verb family. */
export const report: Verb = {
  usage,
  run: async (argv) => {
    const verb = readVerb(argv, options, 'report', ['ntlm']);
    const { values, positionals: [, ...rest] } = readArguments(argv, options, 'myq-gateway report --help');
    readName(`report ${verb}`, rest, undefined);
    const now = clock();
    const since = readSince(values.since ?? '30d', now);
    const { config } = loadConfig(values.config ?? 'config.ini');
    const store = await openStore(config);
    try {
      return await reportNtlm({ store, config, since, now, json: values.json === true });
    } finally {
      await store.close();
    }
  },
};

/** Where the period begins, in seconds since the epoch. Throws UsageError for what is no time, or none of the last year. */
export function readSince(text: string, now: number): number {
  const length = duration(1, NTLM_YEAR).read(text, '');
  const since = 'value' in length ? now - length.value : timeOf(text);
  if (since === undefined || since >= now) {
    throw new UsageError(`--since: "${text.slice(0, 60)}" is no time in the past; expected a date such as 2026-11-01, or how long ago, such as 30d`);
  }
  if (since < now - NTLM_YEAR) throw new UsageError('--since: expected a time of the last 365 days: what was not seen for so long is forgotten');
  return since;
}

/** A date, or a date and time, of UTC (RFC 3339 §5.6); undefined if it is none, or none that the calendar has. */
function timeOf(text: string): number | undefined {
  const [, date, minute = '00:00', second = '00'] = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d))?Z)?$/.exec(text) ?? [];
  const time = Date.parse(`${date ?? ''}T${minute}:${second}.000Z`);
  return Number.isNaN(time) || !new Date(time).toISOString().startsWith(`${date ?? ''}T${minute}:${second}.`) ? undefined : time / 1000;
}
