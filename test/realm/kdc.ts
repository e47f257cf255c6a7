// Starts a real, throw-away MIT realm on loopback for the tests and the demo: own directory, own port, nothing global, root or not.
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { becomes, end, exec, freePort, hasEnded, spawnServer, type ExecOptions } from './exec.ts';
import { kdcConf, krb5Conf, type RealmFacts, type RealmSettings } from './krb5-conf.ts';

export interface RealmOptions extends Partial<RealmSettings> {
  /** Default MYQ.TEST. */
  readonly realm?: string;
  /** Kept by stop(); without it a temporary directory that stop() removes. */
  readonly directory?: string;
  /** Name to password; default alice and bob. */
  readonly users?: Readonly<Record<string, string>>;
  /** Default HTTP/print.<realm in lower case>. */
  readonly services?: readonly string[];
  /** Offset of the KDC's clock, as in '-11h' or '+10m' (needs faketime): its clients follow it, so their tickets and authenticators do. */
  readonly clock?: string;
}

export interface KinitOptions {
  /** For users that were not among RealmOptions.users. */
  readonly password?: string;
  /** As in '4s' or '1h'. */
  readonly lifetime?: string;
  /** As in 'FILE:/path'; by default a new file in the realm's directory. */
  readonly ccache?: string;
}

export interface Realm extends RealmFacts {
  readonly directory: string;
  /** KRB5_CONFIG and KRB5_KDC_PROFILE, for child processes (and for this one, before its first GSSAPI call). */
  readonly environment: Readonly<Record<string, string>>;
  /** Gets a ticket-granting ticket; gives the credential cache as 'FILE:/path'. */
  kinit(user: string, options?: KinitOptions): Promise<string>;
  /** Gets a service ticket into the cache; gives the key version number it is made with. */
  kvno(service: string, ccache: string): Promise<number>;
  /** Appends the principal's keys to the keytab file: the present ones, or with `newKey` (and `enctypes`) fresh ones with the next kvno. */
  keytab(principal: string, file: string, options?: { readonly newKey?: boolean; readonly enctypes?: readonly string[] }): Promise<void>;
  /** Runs one kadmin.local query, as in 'addprinc -randkey HTTP/x'; rejects when it fails. */
  kadmin(query: string): Promise<string>;
  /** Makes the two realms trust each other directly, both ways. */
  trust(other: Realm): Promise<void>;
  /** Rewrites krb5.conf so that it knows the other realm; trust() calls it on both sides. */
  know(other: RealmFacts): void;
  /** Runs a program in the realm's environment. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>;
  /** Ends the KDC and removes what was temporary; a second call does nothing. */
  stop(): Promise<void>;
}

const defaults: RealmSettings = {
  enctypes: ['aes256-cts-hmac-sha1-96', 'aes128-cts-hmac-sha1-96'],
  ticketLifetime: '10h',
  clockSkew: 300,
};

/** Makes the database, the users and the services, starts the KDC and waits until it answers. */
export async function startRealm(options: RealmOptions = {}): Promise<Realm> {
  const realm = options.realm ?? 'MYQ.TEST';
  const directory = options.directory === undefined ? mkdtempSync(join(tmpdir(), 'myq-realm-')) : resolve(options.directory);
  const settings = { ...defaults, ...options };
  const users = options.users ?? { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob' };
  const environment = { KRB5_CONFIG: join(directory, 'krb5.conf'), KRB5_KDC_PROFILE: join(directory, 'kdc.conf') };
  const removeDirectory = (): void => { if (options.directory === undefined) rmSync(directory, { recursive: true, force: true }); };
  const configure = (port: number): void => {
    writeFileSync(environment.KRB5_CONFIG, krb5Conf({ realm, port }, [], settings));
    writeFileSync(environment.KRB5_KDC_PROFILE, kdcConf({ realm, port }, directory, settings));
  };
  mkdirSync(directory, { recursive: true });
  process.once('exit', removeDirectory); // for a test that dies before its stop()
  try {
    configure(await freePort());
    await fillDatabase(realm, environment, users, options.services ?? [`HTTP/print.${realm.toLowerCase()}`]);
    const { port, child } = await startKdc(join(directory, 'kdc.log'), environment, options.clock, configure);
    const stop = async (): Promise<void> => {
      await end(child);
      process.off('exit', removeDirectory);
      removeDirectory();
    };
    return realmOf({ realm, port, directory, environment, settings, users, stop });
  } catch (error) {
    removeDirectory();
    throw error;
  }
}

/** kadmin.local reads words as a shell does, with a quote doubled inside quotes. */
const quoted = (word: string): string => `"${word.replaceAll('"', '""')}"`;

/** kadmin.local exits 0 after most failures; a line such as "add_principal: ... while creating ..." on its standard error tells. */
const kadminFailure = /^(kadmin\.local|[a-z_]+): /m;

async function fillDatabase(
  realm: string, env: Readonly<Record<string, string>>, users: Readonly<Record<string, string>>, services: readonly string[],
): Promise<void> {
  await exec('kdb5_util', ['create', '-s', '-r', realm, '-P', randomUUID()], { env });
  const queries = [
    ...Object.entries(users).map(([name, password]) => `addprinc -pw ${quoted(password)} ${quoted(name)}`),
    ...services.map((service) => `addprinc -randkey ${quoted(service)}`),
  ];
  // One query a process: reading queries from its input, kadmin.local handles SIGINT with a longjmp, out of a lock that it then waits for.
  for (const query of queries) await exec('kadmin.local', ['-r', realm, '-q', query], { env, failure: kadminFailure });
}

/** Starts krb5kdc as our own child. The port may be taken between being found free and being bound: then another one is tried. */
async function startKdc(
  log: string, environment: Readonly<Record<string, string>>, clock: string | undefined, configure: (port: number) => void,
): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const faked = clock === undefined ? {} : await fakedClock(clock);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    configure(port);
    const child = spawnServer(['krb5kdc', '-n'], { ...environment, ...faked }, 'ignore');
    const failure = new Promise<Error>((resolve) => { child.once('error', resolve); });
    // Not by trying the port: whoever took it from us would answer.
    const bound = (): boolean => existsSync(log) && readFileSync(log, 'utf8').includes('commencing operation');
    if (await becomes(bound, () => hasEnded(child))) return { port, child };
    if (child.pid === undefined) throw await failure;
    await end(child);
    if (attempt === 5) throw new Error(`krb5kdc does not start: ${readFileSync(log, 'utf8').trim()}`);
  }
}

let faketimeLibrary: Promise<string> | undefined;

/** The environment of a child whose clock is off. The faketime program itself would stand between us and the child. */
export async function fakedClock(offset: string): Promise<Record<string, string>> {
  faketimeLibrary ??= exec('sh', ['-c', findFaketime]);
  return { LD_PRELOAD: (await faketimeLibrary).trim(), FAKETIME: offset };
}

/** The program knows its library, but trips over what a killed one of the same process id left behind: then another id is tried. */
const findFaketime = 'for attempt in 1 2 3 4 5 6 7 8 9; do faketime -f +0s printenv LD_PRELOAD && exit; done; exit 1';

interface Parts extends RealmFacts {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: RealmSettings;
  readonly users: Readonly<Record<string, string>>;
  readonly stop: () => Promise<void>;
}

function realmOf({ realm, port, directory, environment, settings, users, stop }: Parts): Realm {
  const known = new Map<string, RealmFacts>();
  let caches = 0;
  const run: Realm['exec'] = (command, args, options = {}) => exec(command, args, { ...options, env: { ...environment, ...options.env } });
  const kadmin: Realm['kadmin'] = (query) => run('kadmin.local', ['-r', realm, '-q', query], { failure: kadminFailure });
  return {
    realm, port, directory, environment, kadmin, exec: run, stop,
    async kinit(user, { password = users[user], lifetime, ccache = `FILE:${directory}/ccache_${++caches}` } = {}) {
      if (password === undefined) throw new Error(`no password known for ${user}`);
      const principal = user.includes('@') ? user : `${user}@${realm}`;
      await run('kinit', ['-c', ccache, ...(lifetime === undefined ? [] : ['-l', lifetime]), principal], { input: `${password}\n` });
      return ccache;
    },
    async kvno(service, ccache) {
      const answer = await run('kvno', ['-c', ccache, service]);
      return Number(/kvno = (\d+)/.exec(answer)?.[1]);
    },
    async keytab(principal, file, { newKey = false, enctypes } = {}) {
      const key = newKey ? '' : '-norandkey ';
      const kinds = enctypes === undefined ? '' : `-e ${enctypes.map((name) => `${name}:normal`).join(',')} `;
      await kadmin(`ktadd -k ${quoted(file)} ${key}${kinds}${quoted(principal)}`);
    },
    know(other) {
      known.set(other.realm, other);
      writeFileSync(`${directory}/krb5.conf`, krb5Conf({ realm, port }, [...known.values()], settings));
    },
    async trust(other) {
      const password = randomUUID();
      for (const [from, to] of [[realm, other.realm], [other.realm, realm]]) {
        for (const side of [kadmin, other.kadmin]) await side(`addprinc -pw ${password} krbtgt/${to}@${from}`);
      }
      this.know(other);
      other.know({ realm, port });
    },
  };
}
