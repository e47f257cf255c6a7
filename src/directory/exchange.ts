// LDAP messages over one socket (RFC 4511 §4.1.1): each request gets its answer by its number. ldapts writes and reads the messages.

import type { Socket } from 'node:net';
import {
  type BindRequest, type Control, type ExtendedRequest, MessageParser, SearchEntry, SearchReference, type SearchRequest, type UnbindRequest,
} from 'ldapts';
import { before, type Deadline } from './deadline.ts';
import { DirectoryFailure } from './failure.ts';

/** Far above one entry of a person in very many groups; more is no answer to a question of ours. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;

export type Question = BindRequest | SearchRequest | ExtendedRequest;

export interface Answer {
  /** resultCode (RFC 4511 appendix A). */
  readonly code: number;
  /** diagnosticMessage. */
  readonly diagnostic: string;
  readonly entries: readonly SearchEntry[];
  readonly controls: readonly Control[];
}

export interface Exchange {
  readonly isOpen: boolean;
  /** Sends what `make` builds around its number. Rejects with a DirectoryFailure. One that is late ends the exchange and all in it. */
  ask(make: (messageId: number) => Question, end: Deadline): Promise<Answer>;
  /** Sends what gets no answer. */
  tell(make: (messageId: number) => UnbindRequest): void;
  /** Stops listening; the socket stays open. */
  leave(): void;
  /** Ends the socket; what waits for an answer is rejected with the reason. */
  end(reason: DirectoryFailure): void;
}

interface Pending {
  readonly message: Question;
  readonly entries: SearchEntry[];
  readonly settle: PromiseWithResolvers<Answer>;
}

/** Starts to listen on a connected socket. */
export function exchange(socket: Socket): Exchange {
  const pending = new Map<string, Pending>();
  const parser = new MessageParser();
  let messageId = 0;
  let unread = 0;
  let ended: DirectoryFailure | undefined;

  const end = (reason: DirectoryFailure): void => {
    ended ??= reason;
    socket.destroy();
    for (const { settle } of pending.values()) settle.reject(ended);
    pending.clear();
  };
  const notLdap = ({ message }: Error): void => { end(lost(`the controller sent what is not LDAP (${message})`)); };
  const onData = (data: Buffer): void => {
    unread += data.length;
    try {
      if (unread > MAX_PENDING_BYTES) throw new RangeError('a message without end');
      parser.read(data, pending);
    } catch (error) {
      notLdap(error as Error);
    }
  };
  const onClose = (): void => { end(lost('the connection ended')); };
  parser.on('message', (message) => {
    unread = 0;
    const waiting = pending.get(String(message.messageId));
    if (waiting === undefined) {
      // Number 0 is the notice that the controller hangs up (RFC 4511 §4.4.1).
      end(lost(message.messageId === 0 ? 'the controller ended the connection' : 'the controller answered what was not asked'));
    } else if (message instanceof SearchEntry) {
      waiting.entries.push(message);
    } else if (!(message instanceof SearchReference)) {
      // References to other places are passed over: nothing makes the gateway talk to a host that config.ini does not name.
      pending.delete(String(message.messageId));
      const { status: code, errorMessage: diagnostic, controls = [] } = message;
      waiting.settle.resolve({ code, diagnostic, entries: waiting.entries, controls });
    }
  });
  parser.on('error', notLdap);
  socket.on('data', onData).on('close', onClose);

  return {
    get isOpen() { return ended === undefined; },
    ask: async (make, limit) => {
      if (ended !== undefined) throw ended;
      const message = make(++messageId);
      const settle = Promise.withResolvers<Answer>();
      pending.set(String(messageId), { message, entries: [], settle });
      socket.write(message.write());
      try {
        return await before(limit, settle.promise, 'it did not answer');
      } catch (error) {
        // Whoever waits beside this one waits for the same controller: it is told at once.
        if (error instanceof DirectoryFailure) end(error);
        throw error;
      }
    },
    tell: (make) => { if (ended === undefined) socket.write(make(++messageId).write()); },
    leave: () => { socket.off('data', onData).off('close', onClose); },
    end,
  };
}

const lost = (detail: string): DirectoryFailure => new DirectoryFailure('lost', detail);
