// Runs `clients` as a function in a directory that `init` has made.

import { join } from 'node:path';
import type { Test } from 'tap';
import { clients as verb } from '../../src/cli/clients.ts';
import type { Described } from '../../src/cli/clients-print.ts';
import { Negative, UsageError } from '../../src/cli/verb.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ClientRecord } from '../../src/stores/client-store.ts';
import { openStore } from '../../src/stores/open.ts';
import { initialized } from './program.ts';

/** Runs the verb in a directory of its own: what it prints, the fault of a run that must fail, and a client as it is kept. */
export async function setUp(t: Test) {
  const { directory } = await initialized(t);
  const config = join(directory, 'config.ini');
  const clients = async (...args: readonly string[]): Promise<string> => await verb.run(['--config', config, ...args]) ?? '';
  const json = async (...args: readonly string[]): Promise<Described> => JSON.parse(await clients('--json', ...args)) as Described;
  const fault = async (...args: readonly string[]): Promise<readonly [number, string]> => {
    try {
      return [0, await clients(...args)];
    } catch (error) {
      if (error instanceof UsageError) return [2, error.message];
      if (error instanceof Negative) return [1, error.message];
      throw error;
    }
  };
  const record = async (id: string): Promise<ClientRecord | undefined> => {
    const store = await openStore(loadConfig(config).config);
    try {
      return await store.clientById(id);
    } finally {
      await store.close();
    }
  };
  const digests = async (id: string): Promise<readonly string[]> => (await record(id))?.secretDigests ?? [];
  return { directory, config, clients, json, fault, record, digests };
}
