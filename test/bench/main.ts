// `npm run bench`: runs the benches and prints their figures; with --json as JSON.

import { cpus } from 'node:os';
import { negotiateKept } from './negotiate-kept.ts';

const { rounds, residentMegabytes } = await negotiateKept();
const median = [...rounds].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)];
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ machine: machine(), 'negotiate-kept': { rounds, residentMegabytes } }, undefined, 2)}\n`);
} else {
  process.stdout.write(`${machine()}\n\nWindows sign-ins on 16 kept connections, one gateway process, token signed and verified\n`);
  for (const { perSecond, p50, p99 } of rounds) process.stdout.write(`  ${perSecond.toFixed(0)} per second, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`);
  process.stdout.write(`  median ${median?.perSecond.toFixed(0) ?? ''} per second, resident ${String(residentMegabytes)} MiB\n`);
}

function machine(): string {
  return `Node ${process.version}, ${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown processor'}`;
}
