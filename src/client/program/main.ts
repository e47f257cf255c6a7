#!/usr/bin/env node
// The program `myq-signin`.

import { runProgram } from './program.ts';

const cancel = new AbortController();
process.once('SIGINT', () => { cancel.abort(); });
// Whoever read it may be gone (`myq-signin … | head`): there is nobody left to tell.
for (const output of [process.stdout, process.stderr]) output.on('error', () => { process.exit(1); });

process.exitCode = await runProgram(process.argv.slice(2), {
  stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, signal: cancel.signal,
});
// A terminal that was asked stays open; a file has nothing to let go.
process.stdin.destroy();
