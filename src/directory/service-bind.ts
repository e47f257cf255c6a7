// The bind as the account that config.ini names, on a connection of any controller of the directory.

import { circuit } from '../circuit.ts';
import { bindDetail } from './bind-detail.ts';
import type { Connection } from './connection.ts';
import type { Deadline } from './deadline.ts';
import { DirectoryFailure } from './failure.ts';
import type { DirectorySettings } from './settings.ts';

/** Milliseconds until a refused bind is tried again: the domain counts the tries and may lock the account. */
const PAUSE = 30_000;
const cure = 'correct BindName and BindPassword';

export interface ServiceBind {
  /** Opens a connection and binds it. Rejects with a DirectoryFailure; at once while the bind was refused lately. */
  bound(open: () => Promise<Connection>, end: Deadline): Promise<Connection>;
  /** Why it is refused; undefined if it is not. */
  refused(): string | undefined;
}

export interface ServiceBindOptions {
  readonly settings: Pick<DirectorySettings, 'bindName' | 'bindPassword'>;
  /** Told when it is refused, and when it works again. */
  readonly warn: (text: string) => void;
  /** Milliseconds; a clock that only goes forward. */
  readonly now?: () => number;
}

export function serviceBind({ settings, warn, now = () => performance.now() }: ServiceBindOptions): ServiceBind {
  const { bindName, bindPassword } = settings;
  const tries = circuit({ failures: 1, pause: PAUSE, now });
  const bind = async (connection: Connection, end: Deadline): Promise<void> => {
    const result = await connection.bind(bindName, bindPassword.export().toString('utf8'), end);
    if (result.kind === 'wrong') {
      const cause = `the bind as ${bindName} was refused: ${bindDetail(result)}`;
      if (tries.state.kind === 'closed') warn(`${cause}; ${cure}`);
      tries.failed(cause);
      throw new DirectoryFailure('refused', cause, { cure });
    }
    if (tries.state.kind === 'open') warn(`the bind as ${bindName} works again`);
    tries.worked();
  };
  return {
    bound: async (open, end) => {
      const isSingleTry = tries.state.kind === 'open';
      const cause = tries.refuses();
      if (cause !== undefined) throw new DirectoryFailure('refused', cause, { cure });
      let connection: Connection | undefined;
      try {
        connection = await open();
        await bind(connection, end);
        return connection;
      } catch (error) {
        connection?.close();
        // A controller that is out says nothing of the account: another one may be asked at once.
        if (isSingleTry && !(error instanceof DirectoryFailure && error.kind === 'refused')) tries.undecided();
        throw error;
      }
    },
    refused: () => (tries.state.kind === 'open' ? `${tries.state.cause}; ${cure}` : undefined),
  };
}
