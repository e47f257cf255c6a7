// Processes that use the embedded store, to be killed or limited by a test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const module = new URL('../../src/stores/sqlite.ts', import.meta.url).href;

/** A process that runs `body` with `store` open on the file; `limits` are shell commands before it. */
export function child(file: string, body: string, limits = ':') {
  const program = `import { openSqlite } from ${JSON.stringify(module)};
const store = openSqlite(process.argv[1]);
${body}`;
  const command = [process.execPath, '--input-type=module', '-e', program, file];
  return spawn('sh', ['-c', `${limits}; exec "$@"`, 'sh', ...command], { stdio: ['ignore', 'pipe', 'inherit'] });
}

interface Result {
  readonly lines: readonly string[];
  readonly code: number | null;
}

/** What it printed, and how it ended. */
export async function result(process: ReturnType<typeof child>): Promise<Result> {
  const lines: string[] = [];
  createInterface({ input: process.stdout }).on('line', (line) => lines.push(line));
  const [code] = await once(process, 'close') as [number | null];
  return { lines, code };
}
