#!/usr/bin/env node
// The program `myq-gateway`.

import { runProgram } from './program.ts';

const { code, stdout, stderr } = await runProgram(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
