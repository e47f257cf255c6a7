// A process that accepts certificates one after the other and says so: FILE NAME COUNT (0: until it is killed).

import { openCertStore } from '../../../src/client/trust/cert-store.ts';
import { certificateOf } from './certificate-sample.ts';

const [file = '', name = '', count = '0'] = process.argv.slice(2);
const store = openCertStore(file);
for (let n = 1; count === '0' || n <= Number(count); n++) {
  const host = `${name}-${String(n)}.example.com`;
  await store.accept(certificateOf(host));
  process.stdout.write(`${host} accepted\n`);
}
