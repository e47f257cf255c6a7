// The server's half of a handshake (RFC 2744 §5.1), synchronous: it takes a tenth of a millisecond, and MIT keeps error texts per thread.
import { channelBindings, Flag } from './context.ts';
import type { Credential } from './credential.ts';
import { continueNeeded, failed, GssError } from './error.ts';
import { Handle, release } from './handle.ts';
import { acceptSecContext } from './library.ts';
import { InputBuffer, minor, OutputBuffer } from './memory.ts';
import { SourceName } from './name.ts';
import { dotted } from './oid.ts';

export interface AcceptStep {
  /** The caller is proved; otherwise `token` must reach him and his next token come here. */
  readonly done: boolean;
  /** For the caller (mutual authentication, or the next leg); empty when there is nothing to send. */
  readonly token: Uint8Array;
  /** Sum of Flag values. */
  readonly flags: number;
  /** The caller sent the channel bindings that this acceptor was given. */
  readonly channelBound: boolean;
  /** Seconds that the caller's ticket lasts, allowed clock skew included. */
  readonly lifetime: number;
  /** Dotted OID of the mechanism that proved the caller, inside SPNEGO too. */
  readonly mechanism: string | undefined;
  /** Who called: present when done, and the receiver's to dispose. */
  readonly source: SourceName | undefined;
}

const input = new InputBuffer(64 * 1024);
const output = new OutputBuffer();
const context = new BigUint64Array(1);
const source = new BigUint64Array(1);
const mechanism = new BigUint64Array(1);
const flags = new Uint32Array(1);
const lifetime = new Uint32Array(1);

/** One handshake from the server's side: it keeps the state between legs, and is spent when the handshake has ended. */
export class Acceptor extends Handle {
  readonly #credential: Credential;
  readonly #bindings: Uint8Array | undefined;

  /** @param bindings application data of RFC 5929; without it the caller's bindings are not looked at */
  constructor(credential: Credential, bindings?: Uint8Array) {
    super(release.context);
    this.#credential = credential;
    this.#bindings = bindings;
  }

  /**
   * Takes the caller's next token.
   * @throws GssError when it is refused (its `token` may hold a reply); RangeError for an empty token, to which MIT would answer with
   * an offer of its own. Once done or failed, the object is spent.
   */
  step(token: Uint8Array): AcceptStep {
    context[0] = this.pointer;
    if (token.length === 0) throw new RangeError('an empty token is no credential');
    const major = acceptSecContext(
      minor, context, this.#credential.pointer, input.set(token), channelBindings(this.#bindings),
      source, mechanism, output.descriptor, flags, lifetime, null);
    this.own(context[0]);
    const error = failed(major) ? new GssError('gss_accept_sec_context', major, output.take()) : undefined;
    const caller = takeSource();
    if (error) {
      caller?.[Symbol.dispose]();
      this[Symbol.dispose]();
      throw error;
    }
    return (major & continueNeeded) === 0 ? this.#proved(caller) : unfinished(caller);
  }

  #proved(caller: SourceName | undefined): AcceptStep {
    this[Symbol.dispose]();
    const agreed = flags[0] ?? 0;
    return {
      done: true,
      token: output.take(),
      flags: agreed,
      channelBound: (agreed & Flag.channelBound) !== 0,
      lifetime: lifetime[0] ?? 0,
      mechanism: dotted(mechanism[0] ?? 0n),
      source: caller,
    };
  }
}

/** Each name has one owner: the slot forgets what it hands over. */
function takeSource(): SourceName | undefined {
  const pointer = source[0];
  source[0] = 0n;
  return pointer ? new SourceName(pointer) : undefined;
}

/** Between legs nothing is proved yet: whatever the call says about the caller is dropped. */
function unfinished(caller: SourceName | undefined): AcceptStep {
  caller?.[Symbol.dispose]();
  return { done: false, token: output.take(), flags: 0, channelBound: false, lifetime: 0, mechanism: undefined, source: undefined };
}
