// `npm run bench`: runs the benches and prints their figures; with --json as JSON.

import { cpus } from 'node:os';
import { exchanges } from './exchange.ts';
import { negotiateKept } from './negotiate-kept.ts';
import { ntlmKept } from './ntlm.ts';
import { median, type Round } from './round.ts';

const kept = await negotiateKept();
const exchange = await exchanges();
const ntlm = await ntlmKept();
if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ machine: machine(), 'negotiate-kept': kept, exchange, ntlm }, undefined, 2)}\n`);
} else {
  process.stdout.write(`${machine()}\n\nWindows sign-ins on 16 kept connections, one gateway process, token signed and verified\n`);
  print(kept.rounds);
  process.stdout.write(`  resident ${String(kept.residentMegabytes)} MiB\n\nID tokens of Entra ID exchanged on 16 kept connections, one gateway process, keys known, token signed and verified\n`);
  print(exchange.rounds);
  process.stdout.write(`  resident ${String(exchange.residentMegabytes)} MiB\n\nNTLM sign-ins on 8 kept connections, two legs each, token signed and verified\n`);
  for (const [helpers, rounds] of Object.entries(ntlm)) {
    process.stdout.write(`${helpers} ${helpers === '1' ? 'helper' : 'helpers'}\n`);
    print(rounds as readonly Round[]);
  }
}

function print(rounds: readonly Round[]): void {
  for (const { perSecond, p50, p99 } of rounds) process.stdout.write(`  ${perSecond.toFixed(0)} per second, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`);
  process.stdout.write(`  median ${median(rounds)?.perSecond.toFixed(0) ?? ''} per second\n`);
}

function machine(): string {
  return `Node ${process.version}, ${String(cpus().length)} × ${cpus()[0]?.model ?? 'unknown processor'}`;
}
