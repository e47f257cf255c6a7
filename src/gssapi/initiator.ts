// The client's half of a handshake (RFC 2744 §5.19).
import { channelBindings, Flag } from './context.ts';
import type { Credential } from './credential.ts';
import { continueNeeded, failed, GssError } from './error.ts';
import { Handle, release } from './handle.ts';
import { initSecContext } from './library.ts';
import { InputBuffer, minor, OutputBuffer } from './memory.ts';
import { ImportedName } from './name.ts';
import { oids } from './oid.ts';

export interface InitiatorOptions {
  /** As in 'HTTP@print.example.com'. */
  readonly service: string;
  /** Default 'spnego'. */
  readonly mechanism?: 'spnego' | 'krb5';
  /** Default: whatever tickets the environment has. */
  readonly credential?: Credential;
  /** Application data of RFC 5929, as in 'tls-server-end-point:' and a hash. */
  readonly channelBindings?: Uint8Array;
  /** Sum of Flag values; default Flag.mutual. */
  readonly flags?: number;
}

export interface InitStep {
  /** The server is proved (with Flag.mutual) and no further leg is due. */
  readonly done: boolean;
  /** For the server; empty when there is nothing to send. */
  readonly token: Uint8Array;
  /** What was agreed, as a sum of Flag values. */
  readonly flags: number;
}

const input = new InputBuffer(1024);
const output = new OutputBuffer();
const context = new BigUint64Array(1);
const given = new Uint32Array(1);

/** One handshake from the client's side. */
export class Initiator extends Handle {
  readonly #target: ImportedName;
  readonly #mechanism: bigint;
  readonly #credential: Credential | undefined;
  readonly #bindings: Uint8Array | undefined;
  readonly #flags: number;

  constructor(options: InitiatorOptions) {
    super(release.context);
    this.#target = new ImportedName(options.service, oids.hostbased);
    this.#mechanism = oids[options.mechanism ?? 'spnego'];
    this.#credential = options.credential;
    this.#bindings = options.channelBindings;
    this.#flags = options.flags ?? Flag.mutual;
  }

  /**
   * Makes the first token (no argument), then takes the server's answers.
   * @throws GssError when the handshake fails; RangeError for an empty token. Once done or failed, the object is spent.
   */
  step(token?: Uint8Array): InitStep {
    context[0] = this.pointer;
    if (token?.length === 0) throw new RangeError('a server never sends an empty token');
    const major = initSecContext(
      minor, this.#credential?.pointer ?? null, context, this.#target.pointer, this.#mechanism, this.#flags, 0,
      channelBindings(this.#bindings), token === undefined ? null : input.set(token), null, output.descriptor, given, null);
    this.own(context[0]);
    const error = failed(major) ? new GssError('gss_init_sec_context', major) : undefined;
    const reply = output.take();
    const done = (major & continueNeeded) === 0;
    if (done || error) this[Symbol.dispose]();
    if (error) throw error;
    return { done, token: reply, flags: given[0] ?? 0 };
  }

  override [Symbol.dispose](): void {
    super[Symbol.dispose]();
    this.#target[Symbol.dispose]();
  }
}
