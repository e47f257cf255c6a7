// Whether the domain has a service principal name: asked behind the scenes, told at once.

import type { SpnState } from '../identity/account.ts';
import { UnavailableError } from '../errors.ts';
import { inWords } from './failure.ts';
import type { Lookups } from './lookups.ts';

/** Seconds until it is asked again. */
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

interface Known {
  state: SpnState;
  next: number;
}

/** What was last seen of each; asks all directories, since any of them may have it. */
export function spns({ lookups, now, warn }: SpnsOptions): (spn: string) => SpnState {
  const known = new Map<string, Known>();
  const ownersOf = async (spn: string): Promise<readonly string[]> => {
    return (await Promise.all(lookups.map((each) => each.servicesOf(spn)))).flat();
  };
  const look = async (spn: string, one: Known): Promise<void> => {
    try {
      const owners = await ownersOf(spn);
      // A domain answers for HTTP with the account that has HOST, as every computer's has (its sPNMappings), if none has HTTP itself.
      const host = /^http\//i.test(spn) && owners.length === 0 ? await ownersOf(spn.replace(/^http/i, 'HOST')) : [];
      one.state = stateOf([...owners, ...host]);
    } catch (error) {
      // Nobody waits for it who could be told otherwise.
      warn(`cannot ask the directory for ${spn}: ${error instanceof UnavailableError ? inWords(error) : String(error)}`);
    }
    one.next = now() + (one.state.kind === 'unknown' ? AGAIN_IF_UNKNOWN : AGAIN);
  };
  return (spn) => {
    let one = known.get(spn);
    if (one === undefined && known.size >= MAX_SPNS) return { kind: 'unknown' };
    if (one === undefined) known.set(spn, one = { state: { kind: 'unknown' }, next: now() });
    if (now() >= one.next) {
      // Until it is over nobody else asks.
      one.next = Infinity;
      void look(spn, one);
    }
    return one.state;
  };
}

function stateOf(owners: readonly string[]): SpnState {
  const accounts = [...new Set(owners)];
  if (accounts.length === 0) return { kind: 'missing' };
  return { kind: 'registered', account: accounts.length === 1 ? accounts.join('') : `${accounts.join(' and ')}, which is one too many` };
}
