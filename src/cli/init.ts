// `init`: makes everything a first start needs, and never overwrites anything.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configExample } from '../config/document.ts';
import { loadConfig, parseConfig, type LoadedConfig } from '../config/load.ts';
import { DESKTOP_CLIENT_ID } from '../grants/windows-sign-in.ts';
import { openStore } from '../stores/open.ts';
import { openKeyring } from '../tokens/keyring.ts';
import { desktopClientScopes } from '../tokens/scopes.ts';
import { Answer, readArguments, UsageError, type Verb } from './verb.ts';

const usage = 'myq-gateway init --dir DIR --hostname FQDN [--port N]';

/** The verb. */
export const init: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals } = readArguments(argv, { dir: { type: 'string' }, hostname: { type: 'string' }, port: { type: 'string' } }, usage);
    if (positionals.length > 0 || values.hostname === undefined) throw new UsageError(`usage: ${usage}`);
    const directory = resolve(values.dir ?? '.');
    const loaded = await initialize(directory, values.hostname, values.port);
    return nextSteps(loaded);
  },
};

/** Makes config.ini, tls/ and data/ in the directory. Throws Answer if one of them is there, ConfigError for a bad name or port. */
export async function initialize(directory: string, hostname: string, port?: string): Promise<LoadedConfig> {
  const file = join(directory, 'config.ini');
  const present = [file, join(directory, 'tls'), join(directory, 'data')].filter((path) => existsSync(path));
  if (present.length > 0) throw new Answer(`nothing was changed, since ${present.join(', ')} exists already`);
  const text = configExample({ 'Server.Hostname': hostname, ...(port === undefined ? {} : { 'Server.Port': port }) });
  // Checks hostname and port before anything is written. The environment is left out: the seal key is about to be made.
  const sealKey = randomBytes(32).toString('base64');
  parseConfig(text, { file: 'init', directory, environment: { MYQ_GATEWAY_STORE_SEALKEY: sealKey } });
  // Its libraries cost a running gateway 22 MB, so only this verb loads them.
  const { createServerCertificate } = await import('../tls/authority.ts');
  const certificate = await createServerCertificate(hostname);

  mkdirSync(directory, { recursive: true });
  const made: string[] = [];
  try {
    for (const name of ['tls', 'data']) {
      mkdirSync(join(directory, name), { mode: 0o700 });
      made.push(join(directory, name));
    }
    write(file, text, 0o640);
    made.push(file);
    write(join(directory, 'tls/ca.pem'), certificate.caPem, 0o644);
    write(join(directory, 'tls/server.pem'), certificate.certificatePem, 0o644);
    write(join(directory, 'tls/server.key'), certificate.privateKeyPem, 0o600);
    write(join(directory, 'data/seal.key'), `${sealKey}\n`, 0o600);
    const loaded = loadConfig(file);
    await fillStore(loaded);
    return loaded;
  } catch (error) {
    // Only what this call made: another one may be at work in the same directory.
    for (const path of made) rmSync(path, { recursive: true, force: true });
    throw error;
  }
}

async function fillStore({ config }: LoadedConfig): Promise<void> {
  const store = openStore(config);
  try {
    await store.addClient({
      id: DESKTOP_CLIENT_ID,
      name: 'MyQ Desktop Client',
      isPublic: true,
      redirectUris: ['http://127.0.0.1/callback', 'http://[::1]/callback', 'http://localhost/callback'],
      scopes: desktopClientScopes,
    });
    await openKeyring({
      store, sealKey: config.store.sealKey, algorithm: config.oauth.signingAlgorithm, now: () => Math.floor(Date.now() / 1000),
    });
  } finally {
    await store.close();
  }
}

function write(path: string, text: string, mode: number): void {
  writeFileSync(path, text, { flag: 'wx', mode });
  chmodSync(path, mode); // the umask may have taken bits away
}

function nextSteps({ file, config }: LoadedConfig): string {
  return `made ${file}

What is left to do:
 1. The service name in the domain, once (Windows):  setspn -S HTTP/${config.server.hostname} SERVICE-ACCOUNT
 2. Its key in ${config.kerberos.keytab} (README, "SPN and keytab")
 3. Who may sign in:                                 myq-gateway users add NAME --config ${file}
 4. The CA certificate for the clients:              ${join(file, '../tls/ca.pem')} (or use your own certificate)
 5. Start:                                           myq-gateway serve --config ${file}`;
}
