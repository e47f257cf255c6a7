// Asks winbindd how the domain is, by wbinfo(1), since an answer to one person does not tell.

import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { printable } from '../token/printable.ts';
import { bareEnvironment } from './helper-process.ts';
import { cureOf } from './status.ts';

/** `unknown`: wbinfo cannot be run, so that nobody can tell. What may be wrong while the domain is well is in `note`. */
export type DomainState =
  | { readonly kind: 'well'; readonly note?: string }
  | { readonly kind: 'out'; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string };

export interface DomainProbeOptions {
  /** Of ntlm_auth: wbinfo lies beside it. It reads no smb.conf: there is one winbindd, at one place. */
  readonly path: string;
  /** Milliseconds for one look. */
  readonly deadline: number;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

export interface DomainProbe {
  /** Whether the domain is well, by what was found out within the last `age` milliseconds; only "well" is remembered. */
  look(age: number): Promise<DomainState>;
  /** Somebody was just accepted, so it is well. */
  accepted(): void;
  /**
   * A helper was turned away, so find out whether this account may ask winbindd at all; unless the domain was well within the last `age`
   * milliseconds.
   */
  doubted(age: number): void;
  /** What was found out last, and when; undefined before the first look. */
  readonly last: { readonly state: DomainState; readonly at: number } | undefined;
  /** Ends a look that is under way. */
  close(): Promise<void>;
}

/** Milliseconds from one check of the trust secret to the next while the domain controller answers: for it winbindd connects anew. */
const CHECK_AGAIN = 10_000;

/** Builds the probe. It looks only when asked, and once at a time. */
export function domainProbe({ path, deadline, now, warn }: DomainProbeOptions): DomainProbe {
  const wbinfo = join(dirname(path), 'wbinfo');
  let last: DomainProbe['last'];
  let looking: Promise<DomainState> | undefined;
  // The trust secret is for members of winbindd_priv alone, so that it tells who is one.
  let mayAsk = false;
  let checked: { readonly at: number; readonly note: string | undefined } | undefined;
  const closing = new AbortController();
  const found = (state: DomainState): DomainState => {
    if (state.kind === 'unknown' && last?.state.kind !== 'unknown') warn(`nobody can tell how the domain is: ${state.detail}`);
    last = { state, at: now() };
    return state;
  };
  const wasWell = (age: number): boolean => last?.state.kind === 'well' && now() - last.at <= age;
  const wellAs = (note: string | undefined): DomainState => found({ kind: 'well', ...(note === undefined ? {} : { note }) });
  const look = async (): Promise<DomainState> => {
    const signal = AbortSignal.any([AbortSignal.timeout(deadline), closing.signal]);
    const ping = await run(wbinfo, '--ping-dc', signal);
    if (ping.kind === 'missing') return found({ kind: 'unknown', detail: ping.text });
    if (ping.kind === 'done' && mayAsk) return wellAs(undefined);
    // A doubt that comes too soon stays.
    if (ping.kind === 'done' && checked !== undefined && now() - checked.at < CHECK_AGAIN) return wellAs(checked.note);
    const secret = await run(wbinfo, '--check-secret', signal);
    mayAsk = secret.kind === 'done';
    const isUp = ping.kind === 'done' || (await run(wbinfo, '--ping', signal)).kind === 'done';
    const reason = `${wbinfo}: ${signal.aborted ? `winbindd gave no answer within ${String(deadline)} ms` : reasonOf(ping, secret, isUp)}`;
    if (ping.kind === 'failed' || ping.kind === 'late') return found({ kind: 'out', detail: reason });
    checked = { at: now(), note: mayAsk ? undefined : reason };
    return wellAs(checked.note);
  };
  return {
    look: (age) => {
      if (last !== undefined && wasWell(age)) return Promise.resolve(last.state);
      return looking ??= look().finally(() => { looking = undefined; });
    },
    accepted: () => {
      mayAsk = true;
      checked = { at: now(), note: undefined };
      wellAs(undefined);
    },
    doubted: (age) => {
      if (age > 0 && wasWell(age)) return;
      mayAsk = false;
      last = undefined;
    },
    get last() { return last; },
    close: async () => {
      closing.abort();
      await looking;
    },
  };
}

type Ran = { readonly kind: 'done' | 'failed' | 'late' | 'missing'; readonly text: string };

function run(wbinfo: string, question: string, signal: AbortSignal): Promise<Ran> {
  return new Promise<Ran>((resolve) => {
    execFile(wbinfo, [question], { env: bareEnvironment, cwd: '/', signal, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 }, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'done', text: '' });
      if (signal.aborted) return resolve({ kind: 'late', text: '' });
      if (typeof error.code === 'string') return resolve(missing(error));
      resolve({ kind: 'failed', text: `${stderr}${stdout}` });
    });
  }).catch(missing); // some reasons why a program cannot be started are thrown
}

const missing = (error: unknown): Ran => ({ kind: 'missing', text: `wbinfo cannot be run: ${(error as Error).message}` });

/** What is wrong, from what wbinfo said of the domain controller and of the trust secret, and from whether winbindd runs at all. */
function reasonOf(ping: Ran, secret: Ran, isUp: boolean): string {
  if (!isUp) return 'winbindd is not running';
  const status = /\bNT_STATUS_\w+/.exec(secret.text)?.[0];
  if (status !== undefined) return `the trust secret of this machine cannot be checked: ${status}: ${cureOf(status) ?? joinAnew}`;
  const other = printable(`${ping.text}${secret.text}`.trim().replaceAll('\n', '; '));
  if (!secret.text.includes('WBC_ERR_WINBIND_NOT_AVAILABLE')) return other;
  return `winbindd runs, but the account of the gateway is not in the group winbindd_priv${ping.kind === 'done' ? '' : `; ${other}`}`;
}

/** Of a word about a person: here that is this machine. */
const joinAnew = 'the domain does not take it: `net ads testjoin` tells, `net ads join` mends it';
