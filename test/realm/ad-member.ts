// Joins a machine to the throw-away domain and runs its winbindd beside the domain controller, as on a gateway's host (winbindd(8)).

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hosts, memberConf, resolvConf, sambaDirectories } from './ad-conf.ts';
import type { AdDomain } from './ad.ts';
import { execInMounts, killNow, openNamespace, type Namespace } from './ad-namespace.ts';
import { becomes, exec, hasEnded, type ExecOptions } from './exec.ts';

export interface MemberOptions {
  /** The name of its computer account; default GATEWAY. */
  readonly name?: string;
  /** Whether the group winbindd_priv may use the privileged pipe, without which there is no NTLM for anybody but root; default true. */
  readonly privilegedGroup?: boolean;
}

export interface Member {
  readonly directory: string;
  /** smb.conf, for `ntlm_auth --configfile`. */
  readonly smbConf: string;
  /** The process in whose mount namespace winbindd's socket, the domain's DNS and print.<domain> are to be found. */
  readonly namespace: number;
  /** Runs a program there. */
  exec(command: string, args: readonly string[], options?: ExecOptions): Promise<string>;
  /** Ends winbindd; when it does not run, nothing. */
  stopWinbindd(): Promise<void>;
  /** Starts it again; resolves when it answers, whether it reaches the domain or not. */
  startWinbindd(): Promise<void>;
  /** Ends all and removes its directory; a second call does nothing. Whoever else runs in the namespace should have ended before. */
  stop(): Promise<void>;
}

/** Joins the domain and starts winbindd; resolves when the domain trusts it. */
export async function startMember(domain: AdDomain, options: MemberOptions = {}): Promise<Member> {
  const directory = mkdtempSync(join(tmpdir(), 'myq-member-'));
  const smbConf = join(directory, 'smb.conf');
  const removeDirectory = (): void => { rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }); };
  let place: Namespace | undefined;
  let winbindd: Namespace | undefined;
  const leave = (): void => { // for a test that dies before its stop()
    for (const namespace of [winbindd, place]) if (namespace) killNow(namespace);
    removeDirectory();
  };
  const stopWinbindd = async (): Promise<void> => { await winbindd?.close(); };
  const stop = async (): Promise<void> => {
    await stopWinbindd();
    await place?.close();
    process.off('exit', leave);
    removeDirectory();
  };
  process.once('exit', leave);
  try {
    await furnish(domain, directory, smbConf, options);
    const { environment, administrator: { name, password } } = domain;
    const opened = place = await openNamespace({ directory, command: ['sleep', 'infinity'], environment });
    const startWinbindd = async (): Promise<void> => {
      await stopWinbindd();
      winbindd = await launch(opened, domain, directory, smbConf);
    };
    const inside: Member['exec'] = (...call) => execInMounts(opened.pid, environment, ...call);
    const joinDomain = (): Promise<string> => inside('net', ['ads', 'join', '--no-dns-updates', `--configfile=${smbConf}`, `--user=${name}%${password}`]);
    // A controller that has just started may not have all of its services yet.
    await joinDomain().catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.includes('An internal error occurred')) throw error;
      return sleep(1000).then(joinDomain);
    });
    await startWinbindd();
    await inside('wbinfo', ['--check-secret']);
    return { directory, smbConf, namespace: opened.pid, exec: inside, startWinbindd, stopWinbindd, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function furnish(domain: AdDomain, directory: string, smbConf: string, options: MemberOptions): Promise<void> {
  chmodSync(directory, 0o711); // a gateway that is not root reads smb.conf and reaches the privileged pipe
  for (const name of sambaDirectories) mkdirSync(join(directory, name), { mode: name === 'private' ? 0o700 : 0o755 });
  writeFileSync(smbConf, memberConf(domain, directory, options.name ?? 'GATEWAY'));
  writeFileSync(join(directory, 'resolv.conf'), resolvConf(domain));
  writeFileSync(join(directory, 'hosts'), hosts(domain));
  // winbindd would make it for root's group alone.
  const privileged = join(directory, 'state/winbindd_privileged');
  mkdirSync(privileged, { mode: 0o750 });
  if (options.privilegedGroup ?? true) await exec('chgrp', ['winbindd_priv', privileged]);
}

async function launch(place: Namespace, domain: AdDomain, directory: string, smbConf: string): Promise<Namespace> {
  const winbindd = await openNamespace({
    directory,
    command: ['winbindd', '--foreground', '--no-process-group', `--configfile=${smbConf}`],
    environment: domain.environment,
    // Its own processes as well: it starts some that would outlive it.
    mountsOf: place.pid,
  });
  const answers = (): Promise<boolean> => winbindd.exec('wbinfo', ['--ping']).then(() => true, () => false);
  if (await becomes(answers, () => hasEnded(winbindd.child))) return winbindd;
  await winbindd.close();
  throw new Error(`winbindd does not answer: ${winbindd.output()}`);
}
