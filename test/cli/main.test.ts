// The program as a whole: help, unknown verbs, and `config`.

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { runProgram } from '../../src/cli/program.ts';
import { failsWith, initialized, spawned, temporary } from './program.ts';

t.test('help goes to the output and is exit 0; without a verb it is exit 2', async (t) => {
  for (const name of ['--help', 'help']) {
    t.match(await runProgram([name]), { code: 0, stdout: /^usage: myq-gateway VERB/, stderr: '' }, name);
  }
  t.match(await spawned([]), { code: 2, stdout: /^usage/, stderr: '' });
  for (const verb of ['init', 'serve', 'users', 'clients', 'keys', 'config']) {
    t.match(await runProgram([verb, '--help']), { code: 0, stdout: new RegExp(`^myq-gateway ${verb}`), stderr: '' }, verb);
  }
});

t.test('an unknown verb is exit 2', async (t) => {
  for (const verb of ['frobnicate', '', '--frobnicate', 'constructor', '__proto__', 'Users']) {
    failsWith(t, await runProgram([verb]), 2, /there is no verb/, verb);
  }
});

t.test('config print shows what is in force and where it comes from, and no secret', async (t) => {
  const { gateway, directory } = await initialized(t);
  const sealKey = readFileSync(join(directory, 'data/seal.key'), 'utf8').trim();
  const secret = Buffer.alloc(32, 9).toString('base64');
  const text = await gateway('config', 'print');
  t.match(text, { code: 0, stderr: '' });
  t.match(text.stdout, /Hostname *= *print\.myq\.test/);
  const rows = await gateway('config', 'print', '--json');
  t.ok(Array.isArray(JSON.parse(rows.stdout)));
  appendFileSync(join(directory, 'config.ini'), `\n[Store]\nSealKey = ${secret}\n`);
  const inline = [await gateway('config', 'print'), await gateway('config', 'print', '--json')];
  const environment = { MYQ_GATEWAY_STORE_SEALKEY: Buffer.alloc(32, 8).toString('base64') };
  const fromEnvironment = await spawned(['config', 'print'], { cwd: directory, environment });
  for (const { code, stdout, stderr } of [text, rows, ...inline, fromEnvironment]) {
    t.equal(code, 0);
    for (const hidden of [sealKey, secret, environment.MYQ_GATEWAY_STORE_SEALKEY]) t.notOk((stdout + stderr).includes(hidden));
    t.match(stdout, /SealKey/);
  }
});

t.test('config example has every section and needs no configuration', async (t) => {
  const { code, stdout, stderr } = await runProgram(['config', 'example']);
  t.equal(code, 0);
  t.equal(stderr, '');
  for (const section of ['Server', 'Security', 'Kerberos', 'OAuth', 'Users', 'Store', 'Log']) t.match(stdout, `[${section}]`);
});

t.test('config: wrong use and a wrong file are exit 2', async (t) => {
  for (const args of [[], ['show'], ['print', 'x'], ['print', '--jsn'], ['example', 'x']]) {
    failsWith(t, await runProgram(['config', ...args]), 2, /usage/, args.join(' ') || 'nothing');
  }
  failsWith(t, await spawned(['config', 'print'], { cwd: temporary(t) }), 2, /config\.ini/);
  const { gateway, directory } = await initialized(t);
  appendFileSync(join(directory, 'config.ini'), '\n[Security]\nKerberosOnyl = True\nChannelBinding = Perhaps\n');
  const { code, stderr } = await gateway('config', 'print');
  t.equal(code, 2);
  t.match(
    stderr,
    /^myq-gateway: .*config\.ini:\d+: \[Security\] KerberosOnyl: .*KerberosOnly.*\n.*config\.ini:\d+: \[Security\] ChannelBinding: .*\n$/, 'a line for each fault',
  );
});
