// One helper process: a line in, a line out; whatever else it does ends it, and nobody gets an answer that was meant for another.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { startHelper, type HelperProcess } from '../../../src/mechanisms/ntlm/helper-process.ts';
import { becomes } from '../../realm/exec.ts';
import { fakeSamba, isRunning, type FakeSamba } from './fake-samba.ts';
import type { Plan } from './fake-ntlm-auth.ts';

const real = '/usr/bin/ntlm_auth';
const word = Buffer.from('first message');
const protocol = ['--helper-protocol=gss-spnego'];

interface Site {
  readonly helper: HelperProcess;
  readonly samba: FakeSamba;
  readonly ends: () => number;
}

function start(t: Test, plan: Plan, deadline = 5000): Site {
  const samba = fakeSamba(t);
  samba.plan(plan);
  let ends = 0;
  const helper = startHelper({ path: samba.path, args: protocol, deadline, ended: () => { ends++; } });
  t.teardown(() => helper.stop());
  return { helper, samba, ends: () => ends };
}

const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const answers: readonly (readonly [line: string, answer: object])[] = [
  [`TT ${base64('challenge')} *`, { kind: 'challenge', token: Buffer.from('challenge') }],
  ['TT * *', { kind: 'challenge', token: new Uint8Array() }],
  ['AF * MYQ\\alice', { kind: 'accepted', token: new Uint8Array(), user: 'MYQ\\alice' }],
  [`AF ${base64('last')} MYQ\\Alice of the Print Shop`, { kind: 'accepted', token: Buffer.from('last'), user: 'MYQ\\Alice of the Print Shop' }],
  ['AF * MYQ\\žluťoučký', { kind: 'accepted', token: new Uint8Array(), user: 'MYQ\\žluťoučký' }],
  ['NA * NT_STATUS_LOGON_FAILURE', { kind: 'refused', status: 'NT_STATUS_LOGON_FAILURE' }],
  [`NA ${base64('reject')} NT code 0xc0000418`, { kind: 'refused', status: 'NT code 0xc0000418' }],
  ['BH NT_STATUS_UNSUCCESSFUL * NT_STATUS_UNSUCCESSFUL', { kind: 'broken', text: 'NT_STATUS_UNSUCCESSFUL * NT_STATUS_UNSUCCESSFUL' }],
  ['BH', { kind: 'broken', text: '' }],
];

t.test('the answers of the protocol are read', async (t) => {
  const { helper, samba } = start(t, {});
  for (const [line, answer] of answers) {
    samba.plan({ YR: `${line}\n` });
    t.strictSame(await helper.ask('YR', word), answer, line);
  }
  t.strictSame(new Set(samba.asked), new Set([`YR ${base64('first message')}`]));
  t.equal(samba.started.length, 1);
  t.strictSame(samba.arguments, ['--helper-protocol=gss-spnego']);
});

t.test('every byte is written as base64, and an answer may come in pieces', async (t) => {
  const { helper, samba } = start(t, {});
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  t.match(await helper.ask('YR', all), { kind: 'challenge', token: Buffer.from(all) });
  const long = new Uint8Array(30_000).fill(7);
  t.match(await helper.ask('YR', long), { kind: 'challenge', token: Buffer.from(long) }, 'longer than a pipe gives at once');
  t.equal(samba.asked.length, 2);
});

const faults: readonly (readonly [what: string, plan: Plan, detail: RegExp])[] = [
  ['an answer that nobody knows', { YR: 'OK\n' }, /out of step/],
  ['an empty line', { YR: '\n' }, /out of step/],
  ['a challenge that is no base64', { YR: 'TT ?? *\n' }, /out of step/],
  ['a challenge in another spelling of base64', { YR: 'TT AB== *\n' }, /out of step/],
  ['an acceptance of nobody', { YR: 'AF *\n' }, /out of step/],
  ['a refusal without a word', { YR: 'NA *\n' }, /out of step/],
  ['a line without an end', { YR: 'x'.repeat(70_000) }, /more than 65536 bytes/],
  ['an end without a word', { YR: 'exit 3' }, /ended with exit code 3/],
  ['an end with words', { complaint: 'starting\nCan\'t load smb.conf\u0007\n', YR: 'exit 1' }, /exit code 1; it says: Can't load smb\.conf\\u\{7\}$/],
  ['very many words, of which the last count', { complaint: `${'x'.repeat(100_000)}\nthe last\n`, YR: 'exit 1' }, /it says: the last$/],
  ['an end at the start', { start: 'exit 4' }, /exit code 4/],
  ['silence', { YR: 'ignore' }, /no answer within 700 ms/],
  ['words before it is asked', { start: 'AF * DOMAIN\\mallory\n' }, /out of step/],
];

for (const [what, plan, detail] of faults) {
  t.test(`${what} is an outage, and ends it`, async (t) => {
    const { helper, samba, ends } = start(t, plan, plan.YR === 'ignore' ? 700 : 10_000);
    if (plan.start !== undefined) t.ok(await becomes(() => !helper.isAlive));
    const begun = performance.now();
    await t.rejects(helper.ask('YR', word), { name: 'UnavailableError', detail });
    t.ok(performance.now() - begun < 8000);
    t.notOk(helper.isAlive);
    t.notOk(helper.hasAnswered);
    await t.rejects(helper.ask('YR', word), { name: 'UnavailableError', detail }, 'and so it stays');
    t.ok(await becomes(() => ends() === 1 && !samba.started.some(isRunning)));
  });
}

t.test('an answer too many, even with the right one, ends it', async (t) => {
  const { helper } = start(t, { YR: 'TT AAAA *\nAF * DOMAIN\\mallory\n' });
  t.match(await helper.ask('YR', word), { kind: 'challenge' });
  await t.rejects(helper.ask('KK', word), { name: 'UnavailableError', detail: /out of step/ });
});

t.test('two who ask at once get an outage both, and not the answer of the other', async (t) => {
  const { helper } = start(t, {});
  const both = await Promise.allSettled([helper.ask('YR', word), helper.ask('YR', word)]);
  t.strictSame(both.map(({ status }) => status), ['rejected', 'rejected']);
});

t.test('one that ends while it is not asked says so to the next who asks', async (t) => {
  const { helper, samba } = start(t, {});
  await helper.ask('YR', word);
  process.kill(samba.started[0] as number, 'SIGKILL');
  t.ok(await becomes(() => !helper.isAlive));
  await t.rejects(helper.ask('KK', word), { name: 'UnavailableError', detail: /ended with SIGKILL/ });
  t.ok(helper.hasAnswered);
});

const unstartable: readonly (readonly [what: string, path: (directory: string) => string])[] = [
  ['is not there', (directory) => join(directory, 'missing')],
  ['lies under a file', (directory) => join(directory, 'plan.json', 'ntlm_auth')],
  ['may not be run', (directory) => join(directory, 'plan.json')],
  ['is a directory', (directory) => directory],
];

for (const [what, pathIn] of unstartable) {
  t.test(`a program that ${what} is an outage, with the key of the configuration`, async (t) => {
    const path = pathIn(fakeSamba(t).directory);
    let ends = 0;
    const begin = async (): Promise<unknown> => startHelper({ path, args: protocol, deadline: 1000, ended: () => { ends++; } }).ask('YR', word);
    await t.rejects(begin(), { name: 'UnavailableError', detail: /cannot be started: .*\[NTLM\] NtlmAuthPath/ });
    t.ok(ends <= 1);
  });
}

t.test('it gets nothing of our environment', async (t) => {
  const samba = fakeSamba(t);
  process.env['LDAP_PASSWORD_OF_THE_TEST'] = 'secret';
  t.teardown(() => { delete process.env['LDAP_PASSWORD_OF_THE_TEST']; });
  const script = join(samba.directory, 'ntlm_auth');
  writeFileSync(script, '#!/bin/sh\nread line\necho BH $(env | grep -c PASSWORD)\n');
  const helper = startHelper({ path: script, args: [], deadline: 5000, ended: () => { /* that is no matter here */ } });
  t.teardown(() => helper.stop());
  t.strictSame(await helper.ask('YR', word), { kind: 'broken', text: '0' });
});

t.test('stop() ends it with SIGTERM, and one that is deaf with SIGKILL', async (t) => {
  for (const [plan, least, most] of [[{}, 0, 900], [{ start: 'deaf' }, 1000, 3000]] as const) {
    const { helper, samba } = start(t, plan);
    await helper.ask('YR', word);
    const begun = performance.now();
    await helper.stop();
    const took = performance.now() - begun;
    t.ok(took >= least && took < most, `${String(took)} ms`);
    t.notOk(samba.started.some(isRunning));
    await helper.stop();
  }
});

t.test('the real program ends when whoever started it is killed', async (t) => {
  const script = `
    import { startHelper } from ${JSON.stringify(new URL('../../../src/mechanisms/ntlm/helper-process.ts', import.meta.url).href)};
    const helper = startHelper({ path: '${real}', args: ['--helper-protocol=gss-spnego'], deadline: 5000, ended: () => {} });
    // A first message as clients send it (MS-NLMP 2.2.1.1).
    await helper.ask('YR', Buffer.from('4e544c4d5353500001000000058208a200000000000000000000000000000000', 'hex'));
    console.log('asked');
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(parent.stdout, 'data');
  const children = childrenOf(parent.pid as number);
  t.equal(children.length, 1);
  parent.kill('SIGKILL');
  t.ok(await becomes(() => !children.some(isRunning)));
});
