// The functions of MIT's libgssapi_krb5 that this room calls (RFC 2744, RFC 5587, RFC 5801 and RFC 6680), as koffi sees them.
import koffi, { type LibraryHandle } from 'koffi';

// MIT reads this at its first call. With it no plugin of /etc/gss/mech.d (gss-ntlmssp for one) is loaded into this process: only the
// library's own krb5 and SPNEGO can ever answer. (Node's main thread really calls setenv; a worker thread works on a copy.)
process.env['GSS_MECH_CONFIG'] = '/dev/null';

const soname = 'libgssapi_krb5.so.2';

function load(): LibraryHandle {
  // The typed arrays below are laid out as C structs of 64-bit words.
  if (koffi.sizeof('size_t') !== 8) throw new Error('the GSSAPI module needs a 64-bit Node.js');
  try {
    return koffi.load(soname);
  } catch (error) {
    throw new Error(`${soname} cannot be loaded: install MIT Kerberos (Debian: apt-get install libgssapi-krb5-2)`, { cause: error });
  }
}

const library = load();
const bind = <Arguments extends readonly unknown[]>(prototype: string): ((...args: Arguments) => number) => library.func(prototype);

/** An OM_uint32 or int that the call writes. */
export type Word = Uint32Array | Int32Array;
/** One pointer that the call reads or writes: gss_ctx_id_t *, gss_name_t *, gss_OID *. */
export type Slot = BigUint64Array;
/** gss_buffer_desc: length, then address. */
export type Descriptor = BigUint64Array;
/** An opaque pointer by value; null is GSS_C_NO_…. */
export type Pointer = bigint | null;

/** gss_key_value_set_desc (MIT's credential store extension); koffi copies its strings for the call. */
export interface KeyValueSet {
  readonly count: number;
  readonly elements: readonly { readonly key: string; readonly value: string }[];
}
koffi.struct('gss_key_value_element', { key: 'const char *', value: 'const char *' });
koffi.struct('gss_key_value_set', { count: 'uint32_t', elements: 'gss_key_value_element *' });

// Typed arrays go to C as plain pointers, without copying: out-parameters are one-element arrays made once.
export const acceptSecContext = bind<[
  minor: Word, context: Slot, credential: Pointer, token: Descriptor, bindings: BigUint64Array | null,
  source: Slot, mechanism: Slot, reply: Descriptor, flags: Word, lifetime: Word, delegated: null,
]>(`uint32_t gss_accept_sec_context(uint32_t *minor, void **context, void *credential, void *token, void *bindings,
  void **source, void **mechanism, void *reply, uint32_t *flags, uint32_t *lifetime, void **delegated)`);

export const initSecContext = bind<[
  minor: Word, credential: Pointer, context: Slot, target: Pointer, mechanism: Pointer, flags: number, lifetime: number,
  bindings: BigUint64Array | null, token: Descriptor | null, actual: null, reply: Descriptor, given: Word, received: null,
]>(`uint32_t gss_init_sec_context(uint32_t *minor, void *credential, void **context, void *target, void *mechanism, uint32_t flags,
  uint32_t lifetime, void *bindings, void *token, void **actual, void *reply, uint32_t *given, uint32_t *received)`);

export const acquireCredFrom = bind<[
  minor: Word, name: Pointer, lifetime: number, mechanisms: Pointer, usage: number, store: KeyValueSet | null, credential: Slot,
  actual: null, received: null,
]>(`uint32_t gss_acquire_cred_from(uint32_t *minor, void *name, uint32_t lifetime, void *mechanisms, int usage, gss_key_value_set *store,
  void **credential, void **actual, uint32_t *received)`);

export const setNegMechs = bind<[minor: Word, credential: Pointer, mechanisms: Pointer]>(
  'uint32_t gss_set_neg_mechs(uint32_t *minor, void *credential, void *mechanisms)');

export const importName = bind<[minor: Word, text: Descriptor, type: Pointer, name: Slot]>(
  'uint32_t gss_import_name(uint32_t *minor, void *text, void *type, void **name)');

export const displayName = bind<[minor: Word, name: Pointer, text: Descriptor, type: Slot]>(
  'uint32_t gss_display_name(uint32_t *minor, void *name, void *text, void **type)');

export const getNameAttribute = bind<[
  minor: Word, name: Pointer, attribute: Descriptor, authenticated: Word, complete: Word,
  value: Descriptor, display: Descriptor, more: Word,
]>(`uint32_t gss_get_name_attribute(uint32_t *minor, void *name, void *attribute, int *authenticated, int *complete,
  void *value, void *display, int *more)`);

export const displayStatus = bind<[minor: Word, value: number, kind: number, mechanism: Pointer, more: Word, text: Descriptor]>(
  'uint32_t gss_display_status(uint32_t *minor, uint32_t value, int kind, void *mechanism, uint32_t *more, void *text)');

export const deleteSecContext = bind<[minor: Word, context: Slot, token: null]>(
  'uint32_t gss_delete_sec_context(uint32_t *minor, void **context, void *token)');
export const releaseCred = bind<[minor: Word, credential: Slot]>('uint32_t gss_release_cred(uint32_t *minor, void **credential)');
export const releaseName = bind<[minor: Word, name: Slot]>('uint32_t gss_release_name(uint32_t *minor, void **name)');
export const releaseBuffer = bind<[minor: Word, buffer: Descriptor]>('uint32_t gss_release_buffer(uint32_t *minor, void *buffer)');

// From the libraries that libgssapi_krb5 itself stands on.
export const initContext = bind<[context: Slot]>('int32_t krb5_init_context(void **context)');
/** memcpy out of C's memory: a view (an ArrayBuffer over foreign memory) would cost more, and outlive the memory. */
export const copyMemory: (to: Uint8Array, from: bigint, length: number) => unknown =
  library.func('void *memcpy(void *to, void *from, size_t length)');
