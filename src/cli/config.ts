// `config`: what is in force and where it comes from, and an example with every key.

import { configExample } from '../config/document.ts';
import { loadConfig } from '../config/load.ts';
import { configRows, redactedConfig } from '../config/print.ts';
import { readArguments, UsageError, type Verb } from './verb.ts';

const usage = 'myq-gateway config print [--config FILE] [--json] | config example';

/** The verb family. Secrets are never printed. */
export const config: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals } = readArguments(argv, { config: { type: 'string' }, json: { type: 'boolean' } }, usage);
    if (positionals.length !== 1) throw new UsageError(`usage: ${usage}`);
    if (positionals[0] === 'example') return configExample();
    if (positionals[0] !== 'print') throw new UsageError(`usage: ${usage}`);
    const loaded = loadConfig(values.config ?? 'config.ini');
    return values.json === true ? JSON.stringify(configRows(loaded), undefined, 2) : redactedConfig(loaded).join('\n');
  },
};
