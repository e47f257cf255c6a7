// The domain controller of the throw-away domain: its address, its directory with the filled database, and the Samba that serves it.

import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { controllerConf, domainKrb5Conf, hosts, resolvConf, sambaDirectories, type DomainFacts } from './ad-conf.ts';
import { actOnDatabase, type DatabaseAction } from './ad-database.ts';
import { openNamespace, type Namespace } from './ad-namespace.ts';
import { becomes, exec, hasEnded } from './exec.ts';

/** The accounts that a domain starts with. */
export interface DomainAccounts {
  /** Name to password; default alice and bob. */
  readonly users?: Readonly<Record<string, string>>;
  /** Name to members: users, and groups that stand here as well. Default PrintUsers with alice; none where `users` are given. */
  readonly groups?: Readonly<Record<string, readonly string[]>>;
  /** Account to the principals that it answers to; their tickets are AES only. Default svc-print with HTTP/print.<realm in lower case>. */
  readonly services?: Readonly<Record<string, readonly string[]>>;
}

/** DNS, Kerberos, RPC, LDAP, SMB, LDAPS: it is ready when all of them take connections. */
const ports = [53, 88, 135, 389, 445, 636] as const;

export const administrator = { name: 'Administrator', password: 'Passw0rd.Administrator' } as const;

/** A loopback address on which the ports of a domain controller were free a moment ago. 127.0.x.x is left to others. */
export async function freeAddress(): Promise<string> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const address = `127.${String(randomInt(1, 255))}.${String(randomInt(0, 256))}.${String(randomInt(1, 255))}`;
    const free = await Promise.all(ports.map((port) => isFree(address, port)));
    if (free.every(Boolean)) return address;
  }
  throw new Error(`no loopback address has its ports ${ports.join(', ')} free: something listens on one of them on every address`);
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => { resolve(false); });
    server.listen({ host, port }, () => { server.close(() => { resolve(true); }); });
  });
}

export const confOf = (directory: string): string => join(directory, 'smb.conf');
export const keytabOf = (directory: string): string => join(directory, 'services.keytab');

/** Fills the directory; gives the passwords of all accounts. */
export async function makeDomain(facts: DomainFacts, directory: string, options: DomainAccounts): Promise<Map<string, string>> {
  const { realm, netbios, host, address } = facts;
  const users = options.users ?? { alice: 'Passw0rd.alice', bob: 'Passw0rd.bob' };
  const groups = options.groups ?? (options.users ? {} : { PrintUsers: ['alice'] });
  const services = options.services ?? { 'svc-print': [`HTTP/print.${realm.toLowerCase()}`] };
  chmodSync(directory, 0o711); // krb5.conf is for everybody
  for (const name of [...sambaDirectories, 'tls']) mkdirSync(join(directory, name), { mode: name === 'private' ? 0o700 : 0o755 });
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(host);
  const files = {
    'smb.conf': controllerConf(facts, directory), 'krb5.conf': domainKrb5Conf(facts), 'resolv.conf': resolvConf(facts), hosts: hosts(facts),
    'tls/ca.pem': caPem, 'tls/server.pem': certificatePem, 'tls/server.key': privateKeyPem,
  };
  // Samba refuses a key that others may read.
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: name.endsWith('.key') ? 0o600 : 0o644 });
  const actions: readonly DatabaseAction[] = [
    ['provision', realm, netbios, host.split('.')[0], address, administrator.password],
    ...Object.entries(users).map(([name, password]) => ['add_user', name, password] as const),
    ...Object.keys(groups).map((name) => ['add_group', name] as const),
    ...Object.entries(groups).map(([name, members]) => ['members', name, members, true] as const),
    ...Object.entries(services).map(([name, principals]) => ['add_service', name, `Passw0rd.${name}`, principals] as const),
    ...Object.values(services).flat().map((principal) => ['keytab', principal, keytabOf(directory)] as const),
  ];
  await actOnDatabase(exec, confOf(directory), actions);
  const ofServices = Object.keys(services).map((name) => [name, `Passw0rd.${name}`] as const);
  return new Map([...Object.entries(users), ...ofServices, [administrator.name, administrator.password]]);
}

/** Starts Samba and waits until all its ports take connections. */
export async function startSamba({ address }: DomainFacts, directory: string): Promise<Namespace> {
  const namespace = await openNamespace({
    directory,
    command: ['samba', '--interactive', '--model=prefork', `--configfile=${confOf(directory)}`],
    environment: { KRB5_CONFIG: join(directory, 'krb5.conf') },
  });
  for (const port of ports) {
    if (await becomes(() => takesConnections(address, port), () => hasEnded(namespace.child))) continue;
    await namespace.close();
    throw new Error(`the domain controller does not answer on ${address}:${String(port)}; ${namespace.output()}`);
  }
  return namespace;
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const tell = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', tell(true)).once('error', tell(false));
  });
}
