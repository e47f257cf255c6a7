// What a throw-away server has left on the machine: processes that were told its directory, and mounts out of it, in any namespace.

import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** One line for each trace; empty when nothing is left. */
export function tracesOf(directory: string): readonly string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const commands = processes.map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);
  const mounts = processes.flatMap((pid) => read(`/proc/${pid}/mountinfo`).split('\n'));
  const files = existsSync(directory) ? [directory] : [];
  return [...files, ...new Set([...commands, ...mounts].filter((line) => line.includes(directory)))];
}

/** Empty for a process that has ended since it was seen. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH', 'EINVAL'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
