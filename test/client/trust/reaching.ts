// A process that sends one request in an environment of its own and prints what came of it: PORT CA_FILE DEFAULT_FILE (`-`: none).

import { readFileSync } from 'node:fs';
import { setDefaultCACertificates } from 'node:tls';
import { ClientError } from '../../../src/client/error.ts';
import { openServer } from '../../../src/client/server.ts';
import { openTrust } from '../../../src/client/trust/trust.ts';

const [port = '', caFile = '-', defaultFile = '-'] = process.argv.slice(2);
if (defaultFile !== '-') setDefaultCACertificates([readFileSync(defaultFile, 'utf8')]);
const server = openServer({
  url: `https://print.example.test:${port}`, connectTo: '127.0.0.1', trust: openTrust(caFile === '-' ? {} : { caFile }),
});
const outcome = await server.ask('/').then(({ status }) => String(status), (error: unknown) => {
  if (!(error instanceof ClientError)) throw error;
  return error.reason;
});
await server.close();
process.stdout.write(outcome);
