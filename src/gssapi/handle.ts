// A native GSSAPI handle that is freed exactly once: by dispose (`using`), or by the garbage collector for whoever forgot.
import { deleteSecContext, releaseCred, releaseName, type Slot } from './library.ts';
import { ignored } from './memory.ts';

const slot: Slot = new BigUint64Array(1);

function inSlot(pointer: bigint): Slot {
  slot[0] = pointer;
  return slot;
}

export const release = {
  context: (pointer: bigint) => { deleteSecContext(ignored, inSlot(pointer), null); },
  credential: (pointer: bigint) => { releaseCred(ignored, inSlot(pointer)); },
  name: (pointer: bigint) => { releaseName(ignored, inSlot(pointer)); },
} as const;

/** What is left when its owner was collected: the pointer (0 for none) and how to free it. */
interface Owned {
  pointer: bigint;
  readonly free: (pointer: bigint) => void;
}

function freeOnce(owned: Owned): void {
  const { pointer } = owned;
  owned.pointer = 0n;
  if (pointer !== 0n) owned.free(pointer);
}

const net = new FinalizationRegistry<Owned>(freeOnce);

/** Owner of one handle, which may come into being later (a security context does at the first step). */
export abstract class Handle implements Disposable {
  readonly #owned: Owned;
  #disposed = false;

  constructor(free: Owned['free'], pointer = 0n) {
    this.#owned = { pointer, free };
    net.register(this, this.#owned, this);
  }

  /** Frees the handle; a second call does nothing. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    net.unregister(this);
    freeOnce(this.#owned);
  }

  /** For the calls of this room only. Throws when the handle is gone: disposed, or of a handshake that has ended well or badly. */
  get pointer(): bigint {
    if (this.#disposed) throw new Error(`this ${this.constructor.name} is spent: it was disposed, or its handshake has ended`);
    return this.#owned.pointer;
  }

  /** Takes over what a call left in its slot: a new handle, the same one, or none. */
  protected own(pointer: bigint | undefined): void {
    this.#owned.pointer = pointer ?? 0n;
  }
}
