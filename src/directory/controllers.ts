// The domain controllers of one directory: the last good one first, the next where it is out, and none while all are out.

import { circuit, type Circuit } from '../circuit.ts';
import { type Connection, openConnection } from './connection.ts';
import type { Deadline } from './deadline.ts';
import type { DialOptions } from './dial.ts';
import { DirectoryFailure, inWords } from './failure.ts';
import { type ServiceBind, serviceBind } from './service-bind.ts';
import { type DirectorySettings, parseUrl, sectionOf } from './settings.ts';
import { sharedConnection, type SharedConnection } from './shared-connection.ts';

/** Milliseconds until what was out is tried again. */
const PAUSE = 5_000;

/** Gets a connection, and how long it may work on it. */
export type Work<T> = (connection: Connection, end: Deadline) => Promise<T>;

/** Rejections are DirectoryFailures that name the directory, the controller and what is out. */
export interface Controllers {
  /** Works on the connection that is bound as BindName and that all share. `work` may run several times, so it only reads. */
  shared<T>(end: Deadline, work: Work<T>): Promise<T>;
  /** Works on a connection of its own that is not bound, and closes it. `work` may run several times. */
  unbound<T>(end: Deadline, work: Work<T>): Promise<T>;
  /** A connection of one's own that is bound as BindName, to be closed by whoever asked. */
  own(end: Deadline): Promise<Connection>;
  /** What is out; undefined while one controller at least is not known to be. */
  outage(): string | undefined;
  /** Ends the shared connections; none is opened any more. */
  close(): void;
}

export interface ControllersOptions extends DialOptions {
  readonly settings: DirectorySettings;
  /** Told when one goes out, and when it is back. */
  readonly warn: (message: string) => void;
}

interface Controller {
  readonly name: string;
  readonly circuit: Circuit;
  readonly shared: SharedConnection;
  open(end: Deadline): Promise<Connection>;
  bound(end: Deadline): Promise<Connection>;
  /** Of the last outage. */
  failure: DirectoryFailure | undefined;
}

/** Connects to nothing before it is asked. */
export function controllers(options: ControllersOptions): Controllers {
  const section = `[${sectionOf(options.settings.name)}]`;
  const warn = (text: string): void => { options.warn(`${section} ${text}`); };
  const account = serviceBind({ settings: options.settings, warn });
  const all = options.settings.url.map((url) => controllerAt(url, account, options));
  let lastGood = 0;
  let closed = false;

  const onBest = async <T>(end: Deadline, use: (controller: Controller, end: Deadline) => Promise<T>): Promise<T> => {
    if (closed) throw new DirectoryFailure('out', 'the gateway is stopping');
    const order = [...all.slice(lastGood), ...all.slice(0, lastGood)];
    for (const [index, controller] of order.entries()) {
      if (controller.circuit.refuses() !== undefined) continue;
      // What is left is shared with the others, so that one that hangs does not take the time of one that works.
      const others = order.slice(index + 1).filter((other) => other.circuit.state.kind === 'closed').length;
      const share = end.within(end.left / (others + 1));
      try {
        const result = await judged(controller, warn, () => use(controller, share));
        lastGood = all.indexOf(controller);
        return result;
      } catch (error) {
        if (!(error instanceof DirectoryFailure)) throw error;
        if (error.kind === 'answered' || error.kind === 'refused') throw named(`${section} ${controller.name}`, error);
      }
    }
    throw allOut(section, order);
  };

  return {
    shared: (end, work) => onBest(end, (controller, share) => controller.shared.use(share, work)),
    unbound: (end, work) => onBest(end, async (controller, share) => {
      const connection = await controller.open(share);
      try {
        return await work(connection, share);
      } finally {
        connection.close();
      }
    }),
    own: (end) => onBest(end, (controller, share) => controller.bound(share)),
    outage: () => account.refused()
      ?? (all.every((one) => one.circuit.state.kind === 'open') ? causesOf(all).join('; ') : undefined),
    close: () => {
      closed = true;
      for (const { shared } of all) shared.close();
    },
  };
}

function controllerAt(name: string, account: ServiceBind, dialing: DialOptions): Controller {
  const url = parseUrl(name);
  const open = (end: Deadline): Promise<Connection> => openConnection(url, dialing, end);
  const bound = (end: Deadline): Promise<Connection> => account.bound(() => open(end), end);
  return { name, circuit: circuit({ failures: 1, pause: PAUSE }), shared: sharedConnection(bound), open, bound, failure: undefined };
}

/** Does the work, and keeps in mind how the controller did. */
async function judged<T>(controller: Controller, warn: (text: string) => void, work: () => Promise<T>): Promise<T> {
  const { circuit, name } = controller;
  const isWell = (): void => {
    if (circuit.state.kind === 'open') warn(`${name} is back`);
    circuit.worked();
  };
  try {
    const result = await work();
    isWell();
    return result;
  } catch (error) {
    if (error instanceof DirectoryFailure && (error.kind === 'out' || error.kind === 'lost')) {
      if (circuit.state.kind === 'closed') warn(`${name}: ${inWords(error)}`);
      controller.failure = error;
      circuit.failed(inWords(error));
    } else {
      isWell();
    }
    throw error;
  }
}

function named(where: string, failure: DirectoryFailure): DirectoryFailure {
  return new DirectoryFailure(failure.kind, `${where}: ${failure.detail ?? failure.message}`, { cure: failure.cure, cause: failure });
}

function allOut(section: string, order: readonly Controller[]): DirectoryFailure {
  const details = order.map(({ name, failure }) => `${name}: ${failure?.detail ?? 'it is being tried again'}`);
  const cures = order.map(({ failure }) => failure?.cure).filter((cure) => cure !== undefined);
  return new DirectoryFailure('out', `${section} ${details.join('; ')}`, { cure: cures[0], cause: order[0]?.failure });
}

function causesOf(all: readonly Controller[]): readonly string[] {
  return all.map(({ name, failure }) => `${name}: ${failure === undefined ? 'it is out' : inWords(failure)}`);
}
