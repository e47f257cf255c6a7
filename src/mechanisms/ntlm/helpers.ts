// Samba's ntlm_auth helpers (--helper-protocol=gss-spnego): a bounded pool of processes that ask winbind, which asks the domain.

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { circuit, type CircuitState } from '../../circuit.ts';
import { networkOf } from '../../identity/network.ts';
import { domainProbe, type DomainState } from './domain-probe.ts';
import { check, exchangeOf, type NtlmExchange } from './exchange.ts';
import { askThrough, caught, unavailable, type Finding } from './findings.ts';
import type { HelperProcess } from './helper-process.ts';
import { helperStarter } from './helper-starter.ts';
import { leases, type Lease } from './leases.ts';
import { ownTry } from './own-try.ts';
import { findingOfChallenge } from './verdict.ts';

export type { NtlmExchange } from './exchange.ts';
export type { NtlmVerdict } from './verdict.ts';

export interface NtlmHelpers {
  /**
   * Gives the first message to a free helper; `undefined`: all are busy, and none gets free in time. Throws UnavailableError if something
   * is out, and RequestError if the helper does not understand the message.
   */
  begin(token: Uint8Array, address: string): Promise<NtlmExchange | undefined>;
  /**
   * `ok`, or what is out, for an administrator. Answers quickly; may look behind the scenes, and try again by itself what was out, so that
   * this does not stay named until somebody signs in.
   */
  health(): Promise<'ok' | (string & {})>;
  /** How many helper processes run. */
  readonly running: number;
  /** Ends them. */
  close(): Promise<void>;
}

export interface NtlmHelperOptions {
  /** Of ntlm_auth. wbinfo is looked for beside it. */
  readonly path: string;
  /** The smb.conf of the winbindd to ask; undefined: the one that Samba was built with. */
  readonly sambaConfig?: string | undefined;
  /** How many processes may run. */
  readonly limit: number;
  /** Milliseconds for one answer of a helper; 5000. */
  readonly deadline?: number;
  /** Milliseconds that a caller waits for a free helper; 1000. */
  readonly wait?: number;
  /** Milliseconds; a clock that only goes forward. */
  readonly now?: () => number;
  readonly warn: (message: string) => void;
}

/** After so many outages in a row nobody is served for so many milliseconds. */
const OUTAGES = { failures: 3, pause: 5000 };
const QUEUE_PER_HELPER = 64;
/** Milliseconds for which nobody loses a helper that he will need again in a moment. */
const SAFE = 300;
/** Milliseconds that wbinfo has. */
const PROBE_DEADLINE = 2000;
/** Milliseconds from one look at the domain to the next, when only health asks, and how long that waits for a look. */
const LOOK_AGAIN = 10_000;
const HEALTH_DEADLINE = 800;
/** Holds the helper of our own try; no network has this name. */
const HEALTH = 'health';
const SHUT = 'the NTLM helpers have ended, with the gateway';

interface Slot {
  helper?: HelperProcess;
}

/** Opens the pool. Processes start when they are needed, and end with it, or by themselves if this process is killed. */
export function openNtlmHelpers(options: NtlmHelperOptions): NtlmHelpers {
  const { path, sambaConfig, limit, warn, deadline = 5000, wait = 1000, now = () => performance.now() } = options;
  const starter = helperStarter({ path, sambaConfig, deadline, now, warn });
  const all: readonly Slot[] = Array.from({ length: limit }, () => ({}));
  const isReady = ({ helper }: Slot): boolean => helper?.isAlive === true;
  const pool = leases({ all, isReady, wait, queue: QUEUE_PER_HELPER * limit, safe: SAFE, now });
  const domain = domainProbe({ path, deadline: PROBE_DEADLINE, now, warn });
  const outages = circuit({ ...OUTAGES, now });
  const through = askThrough(outages, (cause) => { warn(`NTLM sign-in is out: ${cause}`); });
  const patience = Math.max(0, deadline - PROBE_DEADLINE);
  const begin = async (token: Uint8Array, lease: Lease<Slot>): Promise<Finding<NtlmExchange>> => {
    let exchange: NtlmExchange | undefined;
    try {
      const slot = lease.held;
      if (slot.helper?.isAlive !== true) slot.helper = starter.start();
      const { helper } = slot;
      const finding = findingOfChallenge(await helper.ask('YR', token), path);
      if ('error' in finding) return finding;
      exchange = exchangeOf({ challenge: finding.value, helper, lease, through, path, domain, patience });
      return { shows: 'nothing', value: exchange };
    } finally {
      if (exchange === undefined) lease[Symbol.dispose]();
    }
  };
  const beginOwn = async (token: Uint8Array): Promise<Finding<NtlmExchange> | undefined> => {
    const lease = await pool.take(HEALTH);
    return lease === undefined ? undefined : begin(token, lease);
  };
  let triedAt = -Infinity;
  const look = async (): Promise<void> => {
    if (outages.state.kind === 'open' && outages.pauses() === undefined && now() - triedAt >= OUTAGES.pause) {
      triedAt = now();
      // What it throws is what the circuit names from now on.
      await through.answer(() => ownTry(domain, beginOwn)).catch(caught('out'));
    } else if (domain.last === undefined || now() - domain.last.at >= LOOK_AGAIN) await domain.look(0);
  };
  let isClosed = false;
  return {
    begin: async (token, address) => {
      if (isClosed) throw unavailable(SHUT);
      check(token);
      return through.first(async (): Promise<Finding<NtlmExchange | undefined>> => {
        const lease = await pool.take(networkOf(address));
        if (lease !== undefined) return begin(token, lease).catch(caught('out'));
        if (isClosed) throw unavailable(SHUT);
        return { shows: 'nothing', value: undefined };
      });
    },
    health: async () => {
      if (isClosed) return SHUT;
      await Promise.race([look(), sleep(HEALTH_DEADLINE, undefined, { ref: false })]);
      return healthOf(path, outages.state, domain.last?.state);
    },
    get running() { return starter.running; },
    close: async () => {
      isClosed = true;
      pool.close();
      await Promise.all([starter.close(), domain.close()]);
    },
  };
}

async function healthOf(path: string, state: CircuitState, domain: DomainState | undefined): Promise<string> {
  const open = state.kind === 'open' ? state.cause : undefined;
  const causes = [open, await cannotRun(path), faultOf(domain)].filter((cause) => cause !== undefined);
  return causes.length === 0 ? 'ok' : causes.join('; ');
}

function faultOf(state: DomainState | undefined): string | undefined {
  if (state === undefined) return 'winbindd has not answered yet';
  return state.kind === 'out' ? state.detail : state.kind === 'well' ? state.note : undefined;
}

async function cannotRun(path: string): Promise<string | undefined> {
  try {
    await access(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return `${path} cannot be run: ${(error as Error).message}: check [NTLM] NtlmAuthPath`;
  }
}
