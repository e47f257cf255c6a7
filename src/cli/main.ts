#!/usr/bin/env node
// The program `myq-gateway`.

import { runProgram } from './program.ts';

const { code, stdout, stderr } = await runProgram(process.argv.slice(2));
// Of `serve` the reader may be gone by then: even an empty text would be an error to him.
if (stdout !== '') process.stdout.write(stdout);
if (stderr !== '') process.stderr.write(stderr);
process.exitCode = code;
