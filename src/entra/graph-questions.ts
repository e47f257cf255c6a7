// Questions to Microsoft Graph with the application's own token: renewed where it is refused, and after the pauses that Graph asks for
// (Microsoft: "Microsoft Graph throttling guidance").

import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../errors.ts';
import { OUT } from './failure.ts';
import type { GraphTokens, NotPermitted } from './graph-token.ts';
import type { Web, WebAnswer } from './web.ts';

/** Asks this address until `end` (milliseconds of `performance.now()`). Rejects with UnavailableError if no answer comes until then. */
export type AskGraph = (url: string, end: number) => Promise<WebAnswer | NotPermitted>;

export interface GraphQuestionsOptions {
  readonly web: Pick<Web, 'ask'>;
  readonly tokens: GraphTokens;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Seconds. Nothing that Graph says keeps everybody out for longer. */
const LONGEST_PAUSE = 300;

/** Builds it. While Graph has asked for a pause nobody asks. */
export function graphQuestions({ web, tokens, now }: GraphQuestionsOptions): AskGraph {
  let resumesAt = 0;
  const throttled = (seconds: number): UnavailableError => {
    resumesAt = Math.max(resumesAt, now() + seconds);
    return new UnavailableError(OUT, { detail: `Microsoft Graph asks for a pause of ${String(seconds)} s` });
  };
  /** One answer, with a new token if this one is refused. */
  const once = async (url: string, end: number, isRenewed = false): Promise<WebAnswer | NotPermitted> => {
    const left = end - performance.now();
    if (left <= 0) throw new UnavailableError(OUT, { detail: 'Microsoft Graph does not answer in time' });
    const held = await tokens.get();
    if (held.kind === 'not-permitted') return held;
    const answer = await web.ask(url, { headers: { authorization: `Bearer ${held.token}` }, timeout: left });
    // Its permissions are those of when it was made.
    if (answer.status === 403) tokens.doubt();
    if (answer.status !== 401 || isRenewed) return answer;
    tokens.drop(held.token);
    return once(url, end, true);
  };
  return async (url, end) => {
    for (;;) {
      if (now() < resumesAt) throw throttled(resumesAt - now());
      const answer = await once(url, end);
      if ('kind' in answer || ![429, 503, 504].includes(answer.status)) return answer;
      const pause = pauseIn(answer, now());
      if (pause * 1000 >= end - performance.now()) throw throttled(pause);
      await sleep(pause * 1000);
    }
  };
}

/** Seconds; RFC 9110 §10.2.3 has a number or a date. Without it Microsoft advises to wait more and more: one does. */
function pauseIn({ headers }: WebAnswer, now: number): number {
  const text = [headers['retry-after']].flat()[0] ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil(Date.parse(text) / 1000) - now;
  return Number.isNaN(seconds) ? 1 : Math.min(LONGEST_PAUSE, Math.max(1, seconds));
}
