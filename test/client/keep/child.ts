// Processes that use a file at the same time as the test.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const keep = new URL('../../../src/client/keep/', import.meta.url).href;

/** The test that starts a process, and ends it at the latest when it ends itself. */
interface Starter {
  teardown(action: () => void): void;
}

/** A process that runs the module text `body`, in which KEEP stands for the room; `file` is its argument. */
export function child(t: Starter, file: string, body: string) {
  const started = spawn(process.execPath, ['--input-type=module', '-e', body.replaceAll('KEEP/', keep), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: started.stdout }).on('line', (line) => lines.push(line));
  const ended = once(started, 'close').then(([code]) => ({ lines, code: code as number | null }));
  t.teardown(() => { started.kill('SIGKILL'); });
  return { process: started, ended };
}

/** One that takes the lock, says so, and has it until its input ends. */
export async function holder(t: Starter, file: string) {
  const one = child(t, file, `import { withLock } from 'KEEP/lock.ts';
await withLock(process.argv[1], async () => {
  console.log('held');
  for await (const _ of process.stdin);
});
console.log('done');`);
  await Promise.race([once(one.process.stdout, 'data'), one.ended]);
  return one;
}
