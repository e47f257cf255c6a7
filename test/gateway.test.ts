// Opening the gateway's domain: if it cannot work nothing stays open.

import { appendFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { initialize } from '../src/cli/init.ts';
import { loadConfig } from '../src/config/load.ts';
import { ConfigError } from '../src/errors.ts';
import { openGateway } from '../src/gateway.ts';

/** Files below this directory that the process holds open. */
const openBelow = (directory: string): readonly string[] => readdirSync('/proc/self/fd').flatMap((fd) => {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)].filter((file) => file.startsWith(directory));
  } catch {
    // The descriptor of the reading itself.
    return [];
  }
});

t.test('a directory whose CaFile cannot be read: a wrong configuration, and the store is closed again', async (t) => {
  const directory = join(t.testdir(), 'gateway');
  const { file } = await initialize(directory, 'print.myq.test', '8090');
  const open = async () => openGateway({ ...loadConfig(file), issuer: 'https://print.myq.test', warn: () => {} });
  const gateway = await open();
  t.not(openBelow(directory).length, 0, 'while it is open');
  await gateway.close();
  await gateway.close();
  t.strictSame(openBelow(directory), [], 'after it was closed');
  appendFileSync(file, '\n[Directory]\nUrl=ldaps://dc1.myq.test\nBindName=reader@myq.test\nBindPassword=x\nBaseDn=DC=myq,DC=test\nCaFile=missing.pem\n');
  const error = await open().catch((cause: unknown) => cause);
  t.ok(error instanceof ConfigError);
  t.match((error as ConfigError).message, /missing\.pem/);
  t.strictSame(openBelow(directory), []);
});
