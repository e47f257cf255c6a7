// `serve`: runs the gateway until it is told to stop.

import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { initialize, nextSteps } from './init.ts';
import { explainListening, explainLoading } from './start-faults.ts';
import { readArguments, UsageError, type Verb } from './verb.ts';

const usage = 'myq-gateway serve [--config FILE] [--init]';

/** The verb. With --init a missing configuration is made first, for the name of this machine. */
export const serveVerb: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals } = readArguments(argv, { config: { type: 'string' }, init: { type: 'boolean' } }, usage);
    if (positionals.length > 0) throw new UsageError(`usage: ${usage}`);
    const file = values.config ?? 'config.ini';
    if (values.init === true && !existsSync(file)) {
      // Standard output is for the log.
      process.stderr.write(`${nextSteps(await initialize(dirname(resolve(file)), hostname().toLowerCase()))}\n\n`);
    }
    const loaded = loadConfig(file);
    const { serve } = await import('../server.ts').catch((error: unknown) => { throw explainLoading(error); });
    await serve(loaded).catch((error: unknown) => { throw explainListening(error, loaded); });
    return undefined;
  },
};
