// Starts ntlm_auth processes, and slowly where they die at once, so that a broken installation is not a storm of processes.

import { outage, startHelper, type HelperProcess } from './helper-process.ts';

/** Milliseconds before the next start after an early death, doubled from one to the next. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 5000;

export interface HelperStarterOptions {
  readonly path: string;
  readonly sambaConfig: string | undefined;
  readonly deadline: number;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

export interface HelperStarter {
  /** Starts one. Throws UnavailableError while a pause lasts, and once it is closed. */
  start(): HelperProcess;
  readonly running: number;
  /** Ends all of them; resolves when they are gone. */
  close(): Promise<void>;
}

/** Builds the starter. An early death is one before the first answer. */
export function helperStarter({ path, sambaConfig, deadline, now, warn }: HelperStarterOptions): HelperStarter {
  const args = ['--helper-protocol=gss-spnego', ...(sambaConfig === undefined ? [] : [`--configfile=${sambaConfig}`])];
  const running = new Set<HelperProcess>();
  let isClosed = false;
  let earlyDeaths = 0;
  let notBefore = -Infinity;
  let lastFault = '';
  const died = (fault: string): void => {
    lastFault = fault;
    notBefore = now() + Math.min(FIRST_PAUSE * 2 ** earlyDeaths++, LONGEST_PAUSE);
  };
  const ended = (helper: HelperProcess): void => {
    running.delete(helper);
    if (isClosed) return;
    const fault = helper.fault ?? 'it ended';
    warn(`an NTLM helper was lost: ${path}: ${fault}`);
    if (helper.hasAnswered) earlyDeaths = 0;
    else died(fault);
  };
  return {
    start: () => {
      if (isClosed) throw outage(path, 'the gateway is being shut down');
      if (now() < notBefore) throw outage(path, `not started again so soon, since the last one died at once: ${lastFault}`);
      try {
        const helper = startHelper({ path, args, deadline, ended });
        running.add(helper);
        return helper;
      } catch (error) {
        died((error as Error).message);
        throw error;
      }
    },
    get running() { return running.size; },
    close: async () => {
      isClosed = true;
      await Promise.all([...running].map((helper) => helper.stop()));
    },
  };
}
