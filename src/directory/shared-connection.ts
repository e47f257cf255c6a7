// One connection that everybody's searches share: opened when it is needed, and again when it has ended.

import type { Connection } from './connection.ts';
import { before, type Deadline } from './deadline.ts';
import { DirectoryFailure } from './failure.ts';

export interface SharedConnection {
  /** `work` may run twice, so it only reads. */
  use<T>(end: Deadline, work: (connection: Connection, end: Deadline) => Promise<T>): Promise<T>;
  /** Ends it; none is opened any more. */
  close(): void;
}

/** @param open makes a bound connection */
export function sharedConnection(open: (end: Deadline) => Promise<Connection>): SharedConnection {
  let connection: Connection | undefined;
  let opening: Promise<Connection> | undefined;
  let closed = false;

  const kept = (): Connection | undefined => (connection?.isOpen === true ? connection : undefined);
  const openOne = async (end: Deadline): Promise<Connection> => {
    try {
      const made = await open(end);
      if (closed) {
        made.close();
        throw new DirectoryFailure('out', 'the gateway is stopping');
      }
      connection = made;
      return made;
    } finally {
      opening = undefined;
    }
  };
  const take = (end: Deadline): Promise<Connection> => {
    const one = kept();
    if (one !== undefined) return Promise.resolve(one);
    opening ??= openOne(end);
    return before(end, opening, 'no bound connection');
  };

  return {
    use: async (end, work) => {
      const older = kept();
      const one = await take(end);
      try {
        return await work(one, end);
      } catch (error) {
        // An idle connection may have ended without notice, which tells nothing of the controller.
        if (one !== older || !(error instanceof DirectoryFailure) || error.kind !== 'lost') throw error;
        return work(await take(end), end);
      }
    },
    close: () => {
      closed = true;
      connection?.close();
    },
  };
}
