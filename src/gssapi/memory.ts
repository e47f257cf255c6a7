// Memory that GSSAPI calls read and write: made once, so that a call allocates nothing and nothing moves while C looks at it.
import koffi from 'koffi';
import { copyMemory, releaseBuffer, type Descriptor } from './library.ts';

/** The minor status of the last call. Calls are synchronous, so one word serves them all; read it before the next call. */
export const minor = new Uint32Array(1);
/** The minor status of calls whose outcome does not matter (releases), so that they do not hide the one above. */
export const ignored = new Uint32Array(1);

const kept: ArrayBufferView[] = [];

/** The address of an array that C may read for as long as the process lives. */
export function permanent(array: ArrayBufferView): bigint {
  kept.push(array);
  return koffi.address(array);
}

/** A gss_buffer_desc that C reads. The bytes are copied into memory of its own, which grows to the largest value seen. */
export class InputBuffer {
  readonly descriptor: Descriptor;
  #bytes: Uint8Array;

  constructor(capacity: number, descriptor: Descriptor = new BigUint64Array(2)) {
    this.descriptor = descriptor;
    this.#bytes = new Uint8Array(capacity);
  }

  set(value: Uint8Array): Descriptor {
    if (value.length > this.#bytes.length) this.#bytes = new Uint8Array(value.length);
    this.#bytes.set(value);
    this.descriptor[0] = BigInt(value.length);
    this.descriptor[1] = koffi.address(this.#bytes);
    return this.descriptor;
  }
}

/** A gss_buffer_desc that C fills with memory of its own. */
export class OutputBuffer {
  readonly descriptor: Descriptor = new BigUint64Array(2);

  /** Copies the bytes out and gives the memory back to GSSAPI. */
  take(): Uint8Array<ArrayBuffer> {
    const [length, address] = this.descriptor as unknown as readonly [bigint, bigint];
    if (address === 0n) return new Uint8Array(0);
    const copy = new Uint8Array(Number(length));
    copyMemory(copy, address, copy.length);
    releaseBuffer(ignored, this.descriptor);
    return copy;
  }
}
