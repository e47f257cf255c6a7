// The documentation has every reason of this client, and no other.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { clientReasons } from '../../src/client/index.ts';

t.test('docs/client.md explains each reason once', (t) => {
  const page = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('## Reasons');
  const explained = [...table.matchAll(/^\| `(\w+)` \| .+ \|$/gm)].map(([, reason]) => reason);
  t.strictSame(explained.toSorted(), [...clientReasons].toSorted());
  t.end();
});
