// What can go wrong with the stand-in for Entra ID, by the path that is asked for.

import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export type Fault =
  | 'hang' | 'reset'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly delay: number };

export interface Faults {
  /** So many answers at such paths go wrong (all, if not told otherwise); undefined: none any more. */
  fault(path: RegExp, how: Fault | undefined, times?: number): void;
  /** Whether the request is answered, or never will be. */
  before(path: string, response: ServerResponse): Promise<boolean>;
}

export function faults(): Faults {
  const rules = new Map<string, { readonly path: RegExp; readonly how: Fault; left: number }>();
  return {
    fault: (path, how, times = Infinity) => {
      if (how === undefined) rules.delete(path.source);
      else rules.set(path.source, { path, how, left: times });
    },
    before: async (path, response) => {
      const rule = [...rules.values()].find((one) => one.left > 0 && one.path.test(path));
      if (rule === undefined) return false;
      rule.left--;
      const { how } = rule;
      if (how === 'hang') return true;
      if (how === 'reset') {
        response.destroy();
        return true;
      }
      if ('delay' in how) {
        await sleep(how.delay);
        return false;
      }
      response.writeHead(how.status, how.headers).end(how.body ?? '');
      return true;
    },
  };
}
