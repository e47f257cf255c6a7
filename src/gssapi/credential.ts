// Acceptor and initiator credentials for Kerberos alone, bare or inside SPNEGO (gss_acquire_cred_from with a credential store).
import { failed, GssError } from './error.ts';
import { Handle, release } from './handle.ts';
import { acquireCredFrom, initContext, setNegMechs, type KeyValueSet, type Pointer } from './library.ts';
import { minor } from './memory.ts';
import { ImportedName } from './name.ts';
import { oids, oidSets } from './oid.ts';

const indefinite = 0xffffffff;
const usages = { initiate: 1, accept: 2 } as const;
const acquired = new BigUint64Array(1);
type Usage = keyof typeof usages;
type Store = Readonly<Record<string, string>>;

export interface KeytabOptions {
  /** As in 'FILE:/etc/krb5.keytab'; every key in it may accept. A file replaced on disk is read anew at the next accept. */
  readonly keytab: string;
  /** As in 'file2:/var/lib/gateway/replay' or 'none:'; by default MIT's own file. */
  readonly replayCache?: string;
  /** Class of the services that may accept, as in 'HTTP': keys of other classes open nothing. By default every key may accept. */
  readonly service?: string;
}

export interface CcacheOptions {
  /** As in 'FILE:/tmp/krb5cc_1000'; by default the one of the environment. */
  readonly ccache?: string;
}

/** A credential for Kerberos, and for SPNEGO that negotiates nothing but Kerberos. Keep it: acquiring costs more than accepting. */
export class Credential extends Handle {
  private constructor(pointer: bigint | undefined) {
    super(release.credential, pointer);
  }

  /**
   * The credential of a server, for the principals with a key in the keytab.
   * @throws GssError, with the cause as its minorText, when the keytab is missing, unreadable, damaged, empty or has no key of
   * the service.
   */
  static acceptor({ keytab, replayCache, service }: KeytabOptions): Credential {
    const store: Store = replayCache === undefined ? { keytab } : { keytab, rcache: replayCache };
    // A host-based name without a host stands for that service on any host (MIT krb5, "Principal names and DNS").
    using name = service === undefined ? undefined : new ImportedName(service, oids.hostbased);
    try {
      return Credential.#negotiable('accept', store, name?.pointer);
    } catch (error) {
      throw Credential.#keytabError(store) ?? error;
    }
  }

  /**
   * The credential of a client, from the tickets of a credential cache.
   * @throws GssError when there is no cache, or no ticket in it.
   */
  static initiator({ ccache }: CcacheOptions = {}): Credential {
    return Credential.#negotiable('initiate', ccache === undefined ? {} : { ccache });
  }

  static #negotiable(usage: Usage, store: Store, name?: Pointer): Credential {
    // With SPNEGO in the set this call succeeds without a single key or ticket, and every handshake fails later and vaguely.
    // So Kerberos alone is asked for first.
    Credential.#acquire(usage, store, oidSets.krb5, name)[Symbol.dispose]();
    const credential = Credential.#acquire(usage, store, oidSets.krb5AndSpnego, name);
    const major = setNegMechs(minor, credential.pointer, oidSets.krb5);
    if (!failed(major)) return credential;
    const error = new GssError('gss_set_neg_mechs', major);
    credential[Symbol.dispose]();
    throw error;
  }

  static #acquire(usage: Usage, store: Store, mechanisms: Pointer, name: Pointer = null): Credential {
    keepConfigurationParsed();
    const major = acquireCredFrom(minor, name, indefinite, mechanisms, usages[usage], keyValues(store), acquired, null, null);
    if (failed(major)) throw new GssError('gss_acquire_cred_from', major);
    return new Credential(acquired[0]);
  }

  /** MIT calls every bad keytab "nonexistent or empty". Asked for one key by name, it says what it met when it opened the file. */
  static #keytabError(store: Store): GssError | undefined {
    using name = new ImportedName('probe/keytab@PROBE', oids.krb5Principal);
    try {
      Credential.#acquire('accept', store, oidSets.krb5, name.pointer)[Symbol.dispose]();
      return undefined;
    } catch (error) {
      if (!(error instanceof GssError)) throw error;
      return /no key table entry/i.test(error.minorText) ? undefined : error;
    }
  }
}

function keyValues(store: Store): KeyValueSet | null {
  const elements = Object.entries(store).map(([key, value]) => ({ key, value }));
  const cut = elements.find(({ value }) => value.includes('\0'));
  if (cut) throw new RangeError(`the ${cut.key} has a NUL character in its name`);
  return elements.length === 0 ? null : { count: elements.length, elements };
}

const keptContext = new BigUint64Array(1);

/**
 * libkrb5 shares one parsed krb5.conf among its contexts (and looks once a second whether the file has changed), but drops it with the
 * last of them, so every accept would parse it anew: a third of its time. One context that is never freed keeps it.
 * A broken krb5.conf is not told here: the call that follows meets it too, and has the text.
 */
function keepConfigurationParsed(): void {
  if (keptContext[0] === 0n) initContext(keptContext);
}
