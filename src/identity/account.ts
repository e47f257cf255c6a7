// What the gateway needs of a directory such as Active Directory: who somebody is there now. src/directory/ asks real ones.

/** A person's account in one directory. */
export interface Account {
  /** The name of the directory's section in config.ini: empty for `[Directory]`, `sales` for `[Directory:sales]`. */
  readonly directory: string;
  /** objectSid in its text form, `S-1-5-21-…`: never given to another account. */
  readonly sid: string;
  /** Distinguished name (RFC 4514). */
  readonly dn: string;
  /** sAMAccountName, in the letter case of the directory. */
  readonly name: string;
  /** The Kerberos realm of the directory's domain, as `Realm` has it. */
  readonly realm: string;
  /** It is disabled or has expired. */
  readonly disabled: boolean;
  /** SIDs of every group of a domain that it is in, nested ones and the primary one too. Built-in ones (`S-1-5-32-…`) are left out. */
  readonly groups: readonly string[];
}

/** `elsewhere`: no directory serves that realm or has that name in config.ini. `absent`: the directory that does has no such account. */
export type AccountFound = { readonly kind: 'found'; readonly account: Account } | { readonly kind: 'absent' } | { readonly kind: 'elsewhere' };

/** Why a bind was refused; `detail` is for the log. */
export type BindAnswer = { readonly kind: 'right' } | { readonly kind: 'wrong'; readonly detail: string };

/** Whether the domain has a service principal name. `unknown`: it was not asked yet, cannot be asked, or is out. */
export type SpnState = { readonly kind: 'registered'; readonly account: string } | { readonly kind: 'missing' } | { readonly kind: 'unknown' };

/**
 * All directories of config.ini. Answers may be as old as `CacheTime`, and where a directory is out as `OutageTime`; past that its
 * methods throw UnavailableError. They answer or throw within a few seconds, whatever the directory does.
 */
export interface Accounts {
  /** Whether any directory is set. */
  readonly isEmpty: boolean;
  /** Whether one serves this realm. */
  serves(realm: string): boolean;
  /** The account of a Kerberos principal, by realm and sAMAccountName. */
  byPrincipal(principal: { readonly user: string; readonly realm: string }): Promise<AccountFound>;
  /** The account with this SID in the directory of that name. */
  bySid(directory: string, sid: string): Promise<AccountFound>;
  /** The account with this SID in whatever directory has it; `absent` if none does. */
  byAnySid(sid: string): Promise<AccountFound>;
  /**
   * The account whom a typed name means: `NAME`, `NAME@SUFFIX` (userPrincipalName, or the realm) or `DOMAIN\NAME`. A name that several
   * have is absent.
   */
  byTypedName(name: string): Promise<AccountFound>;
  /** The SID of the group called `NAME` or `DOMAIN\NAME`; undefined if there is none, or several, or it is a built-in one. */
  groupSid(name: string): Promise<string | undefined>;
  /**
   * Whether it is the account's password, by a bind of its own over verified TLS. Never cached. Without an account a bind that must fail
   * is made, with a password of its own, so that it costs the same. An empty password is `wrong` before any bind (RFC 4513 §5.1.2).
   */
  bind(account: Account | undefined, password: string): Promise<BindAnswer>;
  /** What was last seen of this SPN, as in `HTTP/print.example.com`. Answers at once, and looks again behind the scenes. */
  spnState(spn: string): SpnState;
}

/** Where no directory is set. */
export const noAccounts: Accounts = {
  isEmpty: true,
  serves: () => false,
  byPrincipal: async () => ({ kind: 'elsewhere' }),
  bySid: async () => ({ kind: 'elsewhere' }),
  byAnySid: async () => ({ kind: 'absent' }),
  byTypedName: async () => ({ kind: 'elsewhere' }),
  groupSid: async () => undefined,
  bind: async () => ({ kind: 'wrong', detail: 'no directory is set' }),
  spnState: () => ({ kind: 'unknown' }),
};
