// LDAP messages over one socket (RFC 4511 §4.1.1): each request gets its answer by its number.

import type { Socket } from 'node:net';
import type { BindRequest, ExtendedRequest, SearchRequest, UnbindRequest } from 'ldapts';
import { before, type Deadline } from './deadline.ts';
import { DirectoryFailure } from './failure.ts';
import { type Entry, firstMessage, type Message, operations, parseMessage, type Result } from './message.ts';

export interface Answer extends Result {
  /** What a search found. */
  readonly entries: readonly Entry[];
}

type Request = BindRequest | SearchRequest | ExtendedRequest;

export interface Exchange {
  readonly isOpen: boolean;
  /** Sends what `make` builds around its number. Rejects with a DirectoryFailure. One that is late ends the exchange and all in it. */
  ask(operation: keyof typeof operations, make: (messageId: number) => Request, end: Deadline): Promise<Answer>;
  /** Sends the one request that has no answer. */
  tell(make: (messageId: number) => UnbindRequest): void;
  /** Stops listening; the socket stays open. */
  leave(): void;
  /** Ends the socket; what waits for an answer is rejected with the reason. */
  end(reason: DirectoryFailure): void;
}

interface Pending {
  readonly operation: number;
  readonly entries: Entry[];
  readonly settle: PromiseWithResolvers<Answer>;
}

/** Starts to listen on a connected socket. */
export function exchange(socket: Socket): Exchange {
  const pending = new Map<number, Pending>();
  let messageId = 0;
  let ended: DirectoryFailure | undefined;

  const end = (reason: DirectoryFailure): void => {
    ended ??= reason;
    socket.destroy();
    for (const { settle } of pending.values()) settle.reject(ended);
    pending.clear();
  };
  const onMessage = (message: Message): void => {
    const waiting = pending.get(message.id);
    if (waiting === undefined || (message.kind === 'result' && message.result.operation !== waiting.operation)) {
      // Number 0 is the notice that the controller hangs up (RFC 4511 §4.4.1).
      end(lost(message.id === 0 ? 'it ended the connection' : 'it answered what was not asked'));
    } else if (message.kind === 'entry') {
      waiting.entries.push(message.entry);
    } else if (message.kind === 'result') {
      pending.delete(message.id);
      waiting.settle.resolve({ ...message.result, entries: waiting.entries });
    }
    // References to other places are passed over: nothing makes the gateway talk to a host that config.ini does not name.
  };
  const onData = reader(onMessage, (words) => { end(lost(`it sent what is not LDAP (${words})`)); });
  const onClose = (): void => { end(lost('the connection ended')); };
  socket.on('data', onData).on('close', onClose);

  return {
    get isOpen() { return ended === undefined; },
    ask: async (operation, make, limit) => {
      if (ended !== undefined) throw ended;
      const settle = Promise.withResolvers<Answer>();
      const message = make(++messageId);
      pending.set(messageId, { operation: operations[operation], entries: [], settle });
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

/** Puts messages together from what comes in pieces. */
function reader(onMessage: (message: Message) => void, onBroken: (words: string) => void): (data: Buffer) => void {
  let received: Buffer = Buffer.alloc(0);
  return (data) => {
    received = received.length === 0 ? data : Buffer.concat([received, data]);
    try {
      for (let octets = firstMessage(received); octets !== undefined; octets = firstMessage(received)) {
        received = received.subarray(octets.length);
        onMessage(parseMessage(octets));
      }
    } catch (error) {
      onBroken((error as Error).message);
    }
  };
}

const lost = (detail: string): DirectoryFailure => new DirectoryFailure('lost', detail);
