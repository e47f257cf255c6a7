// `init`: makes everything a first start needs, and never overwrites anything.

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configExample } from '../config/document.ts';
import { loadConfig, parseConfig, type LoadedConfig } from '../config/load.ts';
import { shellWord } from '../identity/shell-word.ts';
import { foundStore } from '../new-store.ts';
import { openStore } from '../stores/open.ts';
import { Negative, readArguments, UsageError, type Verb } from './verb.ts';

const usage = 'myq-gateway init [--dir DIR] --hostname FQDN [--port N]';

/** The verb. */
export const init: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals } = readArguments(argv, { dir: { type: 'string' }, hostname: { type: 'string' }, port: { type: 'string' } }, usage);
    if (values.hostname === undefined) throw new UsageError(`--hostname is missing; usage: ${usage}`);
    if (positionals.length > 0) throw new UsageError(`init takes options only; usage: ${usage}`);
    const directory = resolve(values.dir ?? '.');
    const loaded = await initialize(directory, values.hostname, values.port);
    return nextSteps(loaded);
  },
};

/** Makes config.ini, tls/ and data/ in the directory. Throws Negative if one of them is there, ConfigError for a bad name or port. */
export async function initialize(directory: string, hostname: string, port?: string): Promise<LoadedConfig> {
  const file = join(directory, 'config.ini');
  const present = [file, join(directory, 'tls'), join(directory, 'data')].filter((path) => existsSync(path));
  if (present.length > 0) throw new Negative(`nothing was changed: here already: ${present.join(', ')}; ${cureOf(file)}`);
  const text = configExample({ 'Server.Hostname': hostname, ...(port === undefined ? {} : { 'Server.Port': port }) });
  // Checks hostname and port before anything is written. The environment is left out: the seal key is about to be made.
  const sealKey = randomBytes(32).toString('base64');
  parseConfig(text, { file: 'init', directory, environment: { MYQ_GATEWAY_STORE_SEALKEY: sealKey } });
  // Its libraries cost a running gateway 22 MB, so only this verb loads them.
  const { createServerCertificate } = await import('../tls/authority.ts');
  const certificate = await createServerCertificate(hostname);

  mkdirSync(directory, { recursive: true, mode: 0o750 });
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
  const store = await openStore(config);
  try {
    await foundStore(store, config, () => Math.floor(Date.now() / 1000));
  } finally {
    await store.close();
  }
}

function write(path: string, text: string, mode: number): void {
  writeFileSync(path, text, { flag: 'wx', mode });
  chmodSync(path, mode); // the umask may have taken bits away
}

/** What to do where something is. */
function cureOf(file: string): string {
  const other = 'choose another directory with --dir';
  return existsSync(file) ? `${other}, or run what is here: myq-gateway serve --config ${shellWord(file)}` : `${other}, or move it away`;
}

/** What an admin does after `init`, with what makes the host name unfit for Kerberos first. */
export function nextSteps({ file, config, warnings }: LoadedConfig): string {
  const name = config.server.hostname.toLowerCase();
  const here = shellWord(file);
  return [`made ${file}`, ...warnings.map((warning) => `warning: ${warning}`), '', `What is left to do:
 1. The service name in the domain, once (Windows):  setspn -S HTTP/${name} SERVICE-ACCOUNT
    Its key goes to:                                 ${config.kerberos.keytab} (README, "SPN and keytab")
    Without a domain, instead:                       Enabled = False in the section [Kerberos] of ${file}
 2. Who may sign in:                                 myq-gateway users add NAME --config ${here}
    His password, to sign in without a ticket:       myq-gateway users password NAME --config ${here}
 3. Which applications may ask for tokens:           myq-gateway clients add NAME --redirect-uri URI --config ${here}
 4. The CA certificate for the clients:              ${join(file, '../tls/ca.pem')} (or use your own certificate)
 5. Start:                                           myq-gateway serve --config ${here}`].join('\n');
}
