// Starts a real, throw-away Active Directory domain (Samba) on a loopback address of its own, for the tests: nothing global. Needs root.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DomainFacts } from './ad-conf.ts';
import { administrator, confOf, freeAddress, keytabOf, makeDomain, startSamba, type DomainAccounts } from './ad-controller.ts';
import { accountsOf, type Accounts, type Run } from './ad-database.ts';
import { killNow, signalAll, type Namespace } from './ad-namespace.ts';
import { exec, hasEnded } from './exec.ts';
import type { Realm } from './kdc.ts';

export interface DomainControllerOptions extends DomainAccounts {
  /** Default MYQ.TEST. */
  readonly realm?: string;
  /** The NetBIOS name; default the first label of the realm. */
  readonly netbios?: string;
}

export interface AdDomain extends DomainFacts, Accounts, Pick<Realm, 'environment' | 'kvno' | 'exec'> {
  /** As in DC=myq,DC=test. */
  readonly baseDn: string;
  readonly directory: string;
  /** The authority whose certificate for `host` the domain controller shows on LDAPS and StartTLS, in PEM. */
  readonly caFile: string;
  /** A keytab with the keys of all services as they were at the start. */
  readonly keytabFile: string;
  readonly administrator: { readonly name: string; readonly password: string };
  /** Gets a ticket-granting ticket; gives the credential cache as 'FILE:/path'. The password is the one that was last set. */
  kinit(user: string, password?: string): Promise<string>;
  /** Runs samba-tool on this domain controller's database. */
  sambaTool(...args: readonly string[]): Promise<string>;
  /** Stops every process of the domain controller where it is: connections to it are made, and nothing answers. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the domain controller at once. The domain stays. */
  kill(): Promise<void>;
  /** Brings it back on the same address, whether it was killed or runs; resolves when it answers. */
  restart(): Promise<void>;
  /** Ends it and removes its directory; a second call does nothing. */
  stop(): Promise<void>;
}

/** Makes the domain with its accounts and starts the domain controller; resolves when it answers. */
export async function startDomainController(options: DomainControllerOptions = {}): Promise<AdDomain> {
  if (process.geteuid?.() !== 0) throw new Error('a domain controller has fixed ports and mounts of its own: only root can start it');
  const realm = options.realm ?? 'MYQ.TEST';
  const netbios = options.netbios ?? (realm.split('.')[0] as string);
  const facts: DomainFacts = { realm, netbios, host: `dc1.${realm.toLowerCase()}`, address: await freeAddress() };
  const directory = mkdtempSync(join(tmpdir(), 'myq-ad-'));
  let running: Namespace | undefined;
  const removeDirectory = (): void => { rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }); };
  const leave = (): void => { // for a test that dies before its stop()
    if (running) killNow(running);
    removeDirectory();
  };
  const kill = async (): Promise<void> => { await running?.close(); };
  const restart = async (): Promise<void> => {
    await kill();
    running = await startSamba(facts, directory);
  };
  const stop = async (): Promise<void> => {
    await kill();
    process.off('exit', leave);
    removeDirectory();
  };
  process.once('exit', leave);
  try {
    const passwords = await makeDomain(facts, directory, options);
    await restart();
    const present = (): Namespace => {
      if (running === undefined || hasEnded(running.child)) throw new Error(`the domain controller of ${realm} is down`);
      return running;
    };
    return domainOf({ facts, directory, passwords, present, kill, restart, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Parts extends Pick<AdDomain, 'directory' | 'kill' | 'restart' | 'stop'> {
  readonly facts: DomainFacts;
  readonly passwords: Map<string, string>;
  /** The namespace while it runs; throws when it does not. */
  readonly present: () => Namespace;
}

function domainOf({ facts, directory, passwords, present, kill, restart, stop }: Parts): AdDomain {
  let caches = 0;
  const { realm } = facts;
  const environment = { KRB5_CONFIG: join(directory, 'krb5.conf') };
  const run: Realm['exec'] = (command, args, options = {}) => exec(command, args, { ...options, env: { ...environment, ...options.env } });
  const inside: Run = async (command, args, options) => present().exec(command, args, options);
  return {
    ...facts, ...accountsOf(inside, confOf(directory), passwords), directory, environment, administrator, kill, restart, stop, exec: run,
    baseDn: realm.toLowerCase().split('.').map((label) => `DC=${label}`).join(','),
    caFile: join(directory, 'tls/ca.pem'),
    keytabFile: keytabOf(directory),
    async kinit(user, password = passwords.get(user)) {
      if (password === undefined) throw new Error(`no password known for ${user}`);
      const ccache = `FILE:${directory}/ccache_${String(++caches)}`;
      await run('kinit', ['-c', ccache, `${user}@${realm}`], { input: `${password}\n` });
      return ccache;
    },
    async kvno(service, ccache) {
      const answer = await run('kvno', ['-c', ccache, service]);
      return Number(/kvno = (\d+)/.exec(answer)?.[1]);
    },
    sambaTool: (...args) => inside('samba-tool', [...args, `--configfile=${confOf(directory)}`]),
    suspend: async () => { await signalAll(present(), 'STOP'); },
    resume: async () => { await signalAll(present(), 'CONT'); },
  };
}
