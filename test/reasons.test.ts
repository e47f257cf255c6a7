// The tables of the documentation name every reason, and the check of them notices what is wrong.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { reasonPages, reasonProblems } from './reasons.ts';

const text = reasonPages.map((page) => readFileSync(new URL(`../${page}`, import.meta.url), 'utf8')).join('\n');
const row = /^\| `replay` \| 401 \|.*\n/m;

t.test('docs/errors.md and docs/entra.md together have one row for each reason', async (t) => {
  t.strictSame(reasonProblems(text), []);
});

t.test('a row that is missing, doubled, unknown or of another status is told', async (t) => {
  t.match(text, row);
  t.strictSame(reasonProblems(text.replace(row, '')), ['replay is missing']);
  t.strictSame(reasonProblems(text.replace(row, '$&$&')), ['replay stands there more than once']);
  t.strictSame(reasonProblems(text.replace(row, '$&| `bad_luck` | 401 | x | y |\n')), ['bad_luck is no reason that the gateway gives']);
  t.strictSame(reasonProblems(text.replace('`replay` | 401', '`replay` | 403')), ['replay has the status 403, others of its class another']);
  const flow = /^\| `microsoft_flow` \| 403 \(400\) \|/m;
  t.match(text, flow, 'a rarer status stands in parentheses');
  t.strictSame(reasonProblems(text.replace(flow, '| `microsoft_flow` | 400 (403) |')), ['microsoft_flow has the status 400, others of its class another']);
});
