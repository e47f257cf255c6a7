// The domain's "no" in words (ntlm/refused-status.ts).

import t from 'tap';
import { explainStatus } from '../../../src/mechanisms/ntlm/refused-status.ts';

t.test('each word by which a domain says that it has no such user is told so', async (t) => {
  for (const status of ['NT_STATUS_NO_SUCH_USER', 'NT_STATUS_NOT_FOUND']) {
    t.same(explainStatus(status), { reason: 'wrong_secret', detail: `the domain has no such user (${status})` });
  }
});

t.test('a word that is not known is shown, and harmless in a log', async (t) => {
  t.same(explainStatus('NT_STATUS_\u001B[2J'), { reason: 'wrong_secret', detail: 'the domain refused it (NT_STATUS_\\u{1b}[2J)' });
});
