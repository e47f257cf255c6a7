// Names: the one a client asks for, and the one a server learns about its caller (RFC 2743 §4, RFC 6680).
import { errorOf, failed, GssError, Major } from './error.ts';
import { Handle, release } from './handle.ts';
import { displayName, getNameAttribute, importName } from './library.ts';
import { InputBuffer, minor, OutputBuffer } from './memory.ts';
import { anonymousNameType, dotted } from './oid.ts';

const text = new InputBuffer(256);
const output = new OutputBuffer();
const display = new OutputBuffer();
const imported = new BigUint64Array(1);
const type = new BigUint64Array(1);
const authenticated = new Int32Array(1);
const complete = new Int32Array(1);
const more = new Int32Array(1);

/** A name made from text: of the service that an initiator calls. */
export class ImportedName extends Handle {
  /** @param nameType one of `oids` */
  constructor(name: string, nameType: bigint) {
    super(release.name);
    const major = importName(minor, text.set(Buffer.from(name)), nameType, imported);
    if (failed(major)) throw new GssError('gss_import_name', major);
    this.own(imported[0]);
  }
}

export interface NameAttribute {
  /** The mechanism vouches for it (for a PAC: its signatures were checked). */
  readonly authenticated: boolean;
  /** No part is missing. */
  readonly complete: boolean;
  readonly value: Uint8Array;
}

interface Displayed {
  readonly bytes: Uint8Array;
  /** Dotted OID of the name type. */
  readonly type: string | undefined;
}

/** The authenticated name of the caller of one finished handshake. */
export class SourceName extends Handle {
  #display: Displayed | undefined;

  /** @param pointer a gss_name_t that becomes this object's to free */
  constructor(pointer: bigint) {
    super(release.name, pointer);
  }

  /** The name as the mechanism prints it (Kerberos: alice@REALM), without a closing NUL; nobody promises that it is UTF-8. */
  displayBytes(): Uint8Array {
    return this.#displayed().bytes;
  }

  /** The caller proved nothing about who he is (name type GSS_C_NT_ANONYMOUS). */
  get anonymous(): boolean {
    return this.#displayed().type === anonymousNameType;
  }

  /**
   * The first value of a naming attribute (RFC 6680 §7.4), as in 'urn:mspac:logon-info'; undefined when the name has none such.
   * @throws GssError when it cannot be read
   */
  attribute(name: string): NameAttribute | undefined {
    more[0] = -1;
    const wanted = text.set(Buffer.from(name));
    const major = getNameAttribute(
      minor, this.pointer, wanted, authenticated, complete, output.descriptor, display.descriptor, more);
    const value = output.take();
    display.take();
    // Most names lack what is asked for; the texts of an error would cost more than the question.
    if (errorOf(major) === Major.unavailable) return undefined;
    if (failed(major)) throw new GssError('gss_get_name_attribute', major);
    return { authenticated: authenticated[0] !== 0, complete: complete[0] !== 0, value };
  }

  #displayed(): Displayed {
    if (this.#display) return this.#display;
    const major = displayName(minor, this.pointer, output.descriptor, type);
    const bytes = output.take();
    if (failed(major)) throw new GssError('gss_display_name', major);
    return (this.#display = { bytes: bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes, type: dotted(type[0] ?? 0n) });
  }
}
