// Makes N distinct Negotiate tokens (base64, one a line) from the credential cache in the environment: `node make-tokens.ts N SERVICE`.

import { Initiator } from '../../src/gssapi/index.ts';

const [count = '', service = ''] = process.argv.slice(2);
const lines: string[] = [];
for (let i = 0; i < Number(count); i++) {
  using initiator = new Initiator({ service });
  lines.push(Buffer.from(initiator.step().token).toString('base64'));
}
process.stdout.write(`${lines.join('\n')}\n`);
