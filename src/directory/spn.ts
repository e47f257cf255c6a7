// Whether the domain has a service principal name: asked behind the scenes, told at once.

import type { SpnState } from '../identity/account.ts';
import { UnavailableError } from '../errors.ts';
import { inWords } from './failure.ts';
import type { Lookups } from './lookups.ts';

/** Seconds until it is asked again. What was seen twice as long ago counts for nothing once a look has failed. */
const AGAIN = 300;
const AGAIN_IF_UNKNOWN = 30;
/** A gateway has one name, or a few. */
const MAX_SPNS = 100;

export interface SpnsOptions {
  readonly lookups: readonly Pick<Lookups, 'servicesOf'>[];
  /** Seconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

export interface Spns {
  /** What was last seen. Answers at once, and looks again behind the scenes. */
  state(spn: string): SpnState;
  /**
   * Looks now, or waits for the look that is under way; `unknown` if no directory can tell, of which `warn` is told. Rejects never, and
   * takes twice Timeout at most.
   */
  look(spn: string): Promise<SpnState>;
}

interface Known {
  state: SpnState;
  /** When that was seen, and when it is looked for again; seconds since the epoch. */
  seenAt: number;
  next: number;
  looking: Promise<void> | undefined;
}

/** Asks all directories, since any of them may have it. */
export function spns({ lookups, now, warn }: SpnsOptions): Spns {
  const known = new Map<string, Known>();
  const ownersOf = async (spn: string): Promise<readonly string[]> => {
    return (await Promise.all(lookups.map((each) => each.servicesOf(spn)))).flat();
  };
  const ask = async (spn: string, one: Known): Promise<void> => {
    try {
      const owners = await ownersOf(spn);
      // A domain answers for HTTP with the account that has HOST, as every computer's has (its sPNMappings), if none has HTTP itself.
      const host = /^http\//i.test(spn) && owners.length === 0 ? await ownersOf(spn.replace(/^http/i, 'HOST')) : [];
      one.state = stateOf([...owners, ...host]);
      one.seenAt = now();
    } catch (error) {
      // Whoever waits for it is told the state.
      warn(`cannot ask the directory for ${spn}: ${error instanceof UnavailableError ? inWords(error) : String(error)}`);
      if (now() - one.seenAt >= 2 * AGAIN) one.state = { kind: 'unknown' };
    }
    one.next = now() + (one.state.kind === 'unknown' ? AGAIN_IF_UNKNOWN : AGAIN);
    one.looking = undefined;
  };
  const of = (spn: string): Known | undefined => {
    const one = known.get(spn);
    if (one !== undefined || known.size >= MAX_SPNS) return one;
    const added: Known = { state: { kind: 'unknown' }, seenAt: -Infinity, next: now(), looking: undefined };
    known.set(spn, added);
    return added;
  };
  return {
    state: (spn) => {
      const one = of(spn);
      if (one !== undefined && now() >= one.next) one.looking ??= ask(spn, one);
      return one?.state ?? { kind: 'unknown' };
    },
    look: async (spn) => {
      const one = of(spn);
      if (one === undefined) return { kind: 'unknown' };
      await (one.looking ??= ask(spn, one));
      return one.state;
    },
  };
}

function stateOf(owners: readonly string[]): SpnState {
  const accounts = [...new Set(owners)];
  if (accounts.length === 0) return { kind: 'missing' };
  return { kind: 'registered', account: accounts.length === 1 ? accounts.join('') : `${accounts.join(' and ')}, which is one too many` };
}
