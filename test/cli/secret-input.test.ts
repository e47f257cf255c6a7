// One line from standard input: what is taken, what is refused, and what keys do at a terminal.

import { PassThrough, Readable } from 'node:stream';
import t, { type Test } from 'tap';
import { isTerminal, readNewSecret, readSecret, type SecretSource } from '../../src/cli/secret-input.ts';
import { Negative, UsageError } from '../../src/cli/verb.ts';

const pipe = (...chunks: readonly (string | Uint8Array)[]): SecretSource =>
  ({ input: Readable.from(chunks.map((chunk) => Buffer.from(chunk as string))), questions: new PassThrough() });

/** A terminal at which these chunks are typed ahead. */
function terminal(...chunks: readonly (string | Uint8Array)[]) {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode(raw: boolean) { modes.push(raw); return this as never; } });
  const questions = new PassThrough({ encoding: 'utf8' });
  for (const chunk of chunks) input.write(chunk);
  return { source: { input, questions } satisfies SecretSource, modes, input, shown: () => questions.read() as string | null };
}

async function refused(t: Test, source: SecretSource, kind: typeof UsageError | typeof Negative, words: RegExp): Promise<void> {
  const error = await readSecret('PIN', source).catch((thrown: unknown) => thrown);
  t.ok(error instanceof kind, String(error));
  t.match((error as Error).message, words);
}

t.test('one line is taken without its end, in whatever pieces it comes', async (t) => {
  for (const [source, line] of [
    [pipe('secret\n'), 'secret'], [pipe('secret'), 'secret'], [pipe('secret\r\n'), 'secret'], [pipe('  a b\t'), '  a b\t'],
    [pipe(...Array.from(Buffer.from('kůň\n'), (byte) => Uint8Array.of(byte))), 'kůň'], [pipe('\uFEFFsecret\r\n'), 'secret'],
    [pipe('x'.repeat(4095), '\n'), 'x'.repeat(4095)],
  ] as const) t.equal(await readSecret('PIN', source), line);
});

t.test('nothing, too much, several lines and other encodings are wrong use, and what was sent is not repeated', async (t) => {
  for (const [source, words] of [
    [pipe(), /empty; expected the PIN in one line/], [pipe('\n'), /empty/], [pipe('\r\n'), /empty/],
    [pipe('one\ntwo\n'), /several lines; expected the PIN/], [pipe('secret\n\n'), /several lines/], [pipe('\nsecret\n'), /several lines/], [pipe('a\rb'), /several lines/],
    [pipe('x'.repeat(4096), '\n'), /longer than 4096 bytes; expected the PIN/],
    [pipe(Uint8Array.of(0x6B, 0xE9)), /not UTF-8; expected the PIN/], [pipe(Uint8Array.of(0xFF, 0xFE, 0x61, 0)), /not UTF-8/],
    [pipe(Uint8Array.of(0xED, 0xA0, 0xBD)), /not UTF-8/],
  ] as const) await refused(t, source, UsageError, words);
});

t.test('of endless input no more is read than is allowed, and the rest is given up', async (t) => {
  let sent = 0;
  const input = new Readable({ read() { sent += 1024; this.push(Buffer.alloc(1024, 'x')); }, highWaterMark: 1024 });
  await refused(t, { input, questions: new PassThrough() }, UsageError, /longer/);
  t.ok(sent < 20_000, String(sent));
  t.ok(input.destroyed);
});

t.test('a terminal is asked, does not show what is typed, and is put back', async (t) => {
  const { source, modes, shown } = terminal('secret\r');
  t.equal(isTerminal(source), true);
  t.equal(await readSecret('PIN', source), 'secret');
  t.strictSame(modes, [true, false]);
  t.equal(shown(), 'PIN: \n');
  t.equal(isTerminal(pipe()), false);
});

t.test('keys that correct do so by whole characters', async (t) => {
  for (const [typed, line] of [
    ['secrex\u007Ft\n', 'secret'], ['kůň\b\b\u007Fkun\n', 'kun'], ['🖨\u007Fx\n', 'x'], ['\u007F\u007Fa\n', 'a'], ['wrong\u0015right\n', 'right'],
  ] as const) t.equal(await readSecret('PIN', terminal(typed).source), line);
});

t.test('a new secret is asked for twice, also if both were pasted at once', async (t) => {
  for (const chunks of [['one\r', 'one\r'], ['one\rone\r'], ['o', 'ne', '\ron', 'e\n']]) {
    const { source, shown } = terminal(...chunks);
    t.equal(await readNewSecret('password', source), 'one');
    t.equal(shown(), 'new password: \nthe same again: \n');
  }
  const { source, modes } = terminal('one\rtwo\r');
  await t.rejects(readNewSecret('password', source), new Negative('nothing was changed: the two are not the same'));
  t.equal(modes.at(-1), false);
});

t.test('whoever gives up changes nothing, and gets his terminal back', async (t) => {
  for (const chunk of ['sec\u0003', 'sec\u0004', '\u0003']) {
    const { source, modes, shown } = terminal(chunk);
    await refused(t, source, Negative, /^nothing was changed: given up$/);
    t.equal(modes.at(-1), false);
    t.equal(shown(), 'PIN: \n');
  }
  const { source, input } = terminal('sec');
  input.end();
  await refused(t, source, Negative, /given up/);
  await refused(t, terminal('\r').source, UsageError, /empty/);
  await refused(t, terminal('x'.repeat(5000), '\r').source, UsageError, /longer/);
});
