// A private file: read whole or not at all, replaced in one move, and never believed where others may write.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { refuseStrangers } from '../../../src/client/keep/file-fault.ts';
import { readPrivateFile, replacePrivateFile } from '../../../src/client/keep/private-file.ts';
import { failureOf } from './failure.ts';

const modeOf = (path: string): number => statSync(path).mode & 0o777;

t.test('what was written is read, and a file that is not there is told from an empty one', async (t) => {
  const directory = t.testdir();
  const file = join(directory, 'a', 'b', 'kept.json');
  t.equal(await readPrivateFile(file), undefined);
  await replacePrivateFile(file, 'Ä\n');
  t.equal(await readPrivateFile(file), 'Ä\n');
  await replacePrivateFile(file, '');
  t.equal(await readPrivateFile(file), '');
  t.strictSame(readdirSync(join(file, '..')), ['kept.json']);
  t.strictSame([file, join(directory, 'a', 'b'), join(directory, 'a')].map(modeOf), [0o600, 0o700, 0o700]);
});

t.test('a reader who has it open goes on reading the old text', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  await replacePrivateFile(file, 'old');
  const reader = await open(file);
  t.teardown(() => reader.close());
  await replacePrivateFile(file, 'new');
  t.strictSame([await reader.readFile('utf8'), await readPrivateFile(file)], ['old', 'new']);
});

t.test('many replacements at once leave one whole text', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  const texts = Array.from({ length: 20 }, (_, n) => String(n).repeat(50_000));
  await Promise.all(texts.map((text) => replacePrivateFile(file, text)));
  t.ok(texts.includes(await readPrivateFile(file) ?? ''));
  t.strictSame(readdirSync(join(file, '..')), ['kept.json']);
});

t.test('others may go on reading what is no secret, but never write it', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  writeFileSync(file, 'old');
  chmodSync(file, 0o666);
  await replacePrivateFile(file, 'new');
  t.equal(modeOf(file), 0o644);
  await replacePrivateFile(file, 'secret', { secret: true });
  t.equal(modeOf(file), 0o600);
});

t.test('a link stays, and what it leads to is replaced', async (t) => {
  const directory = t.testdir({ elsewhere: {} });
  const [file, target] = [join(directory, 'kept.json'), join(directory, 'elsewhere', 'real.json')];
  symlinkSync('elsewhere/real.json', file);
  t.equal(await readPrivateFile(file), undefined, 'it leads to nothing yet');
  for (const text of ['first', 'second']) {
    await replacePrivateFile(file, text);
    t.strictSame([await readPrivateFile(file), readFileSync(target, 'utf8'), readlinkSync(file)], [text, text, 'elsewhere/real.json']);
  }
  t.strictSame([readdirSync(directory).sort(), readdirSync(join(directory, 'elsewhere'))], [['elsewhere', 'kept.json'], ['real.json']]);
});

t.test('who may do what with it is looked at before it is believed', async (t) => {
  const file = join(t.testdir(), 'it is mine');
  writeFileSync(file, 'text');
  const verdicts: [number, string, string][] = [];
  for (const mode of [0o600, 0o400, 0o644, 0o640, 0o604, 0o620, 0o602, 0o666]) {
    chmodSync(file, mode);
    const read = (secret: boolean): Promise<string> => readPrivateFile(file, { secret }).then((text) => text ?? 'nothing', ({ reason, cure }: { reason: string; cure: string }) => `${reason} ${cure}`);
    verdicts.push([mode, await read(false), await read(true)]);
  }
  const [write, secret] = ['go-w', 'go-rwx'].map((rights) => `store_unusable chmod ${rights} '${file}'`);
  t.strictSame(verdicts, [
    [0o600, 'text', 'text'], [0o400, 'text', 'text'], [0o644, 'text', secret], [0o640, 'text', secret], [0o604, 'text', secret],
    [0o620, write, write], [0o602, write, write], [0o666, write, write],
  ]);
});

t.test('a file of somebody else is not believed, but one of root is', async (t) => {
  const file = join(t.testdir(), 'kept.json');
  writeFileSync(file, 'text', { mode: 0o600 });
  const ownedBy = (uid: number) => Object.assign(statSync(file), { uid });
  const stranger = (process.getuid?.() ?? 0) + 4711;
  const failure = await failureOf((async () => { refuseStrangers(ownedBy(stranger), file, false); })());
  t.strictSame([failure.reason, failure.message], ['store_unusable', `${file} belongs to the user with the number ${String(stranger)}, who could write anything into it`]);
  refuseStrangers(ownedBy(0), file, true);
});

t.test('what is too big, no UTF-8 or no file is refused', async (t) => {
  const directory = t.testdir({ directory: {} });
  const [big, latin, pipe, loop] = ['big', 'latin', 'pipe', 'loop'].map((name) => join(directory, name)) as [string, string, string, string];
  writeFileSync(big, Buffer.alloc(4 * 1024 * 1024, 'a'));
  t.equal((await readPrivateFile(big))?.length, 4 * 1024 * 1024);
  writeFileSync(big, Buffer.alloc(4 * 1024 * 1024 + 1, 'a'));
  writeFileSync(latin, Buffer.from('Ä', 'latin1'));
  execFileSync('mkfifo', ['-m', '600', pipe]);
  symlinkSync('loop', loop);
  const failures = await Promise.all([big, latin, pipe, join(directory, 'directory'), loop, join(latin, 'below')].map((path) => failureOf(readPrivateFile(path))));
  t.strictSame(failures.map(({ reason, message }) => [reason, message.replace(directory, '')]), [
    ['store_damaged', '/big is bigger than 4 MiB'],
    ['store_damaged', '/latin is not UTF-8'],
    ['store_unusable', '/pipe is not a file'],
    ['store_unusable', '/directory is not a file'],
    ['store_unusable', '/loop cannot be read: ELOOP'],
    ['store_unusable', '/latin/below cannot be read: ENOTDIR'],
  ]);
});

t.test('what cannot be written is told, and leaves nothing behind', async (t) => {
  const directory = t.testdir({ text: 'text', directory: { full: '' } });
  mkdirSync(join(directory, 'other'));
  symlinkSync('loop', join(directory, 'loop'));
  const write = (name: string, text = 'new') => failureOf(replacePrivateFile(join(directory, name), text));
  const failures = await Promise.all([write('directory'), write('text/below'), write('loop'), write('other/big', 'a'.repeat(4 * 1024 * 1024 + 1)), write(`other/${'n'.repeat(250)}`)]);
  t.strictSame(failures.map(({ reason, message }) => [reason, message.replace(directory, '').replace(/n{250}/, 'long')]), [
    ['store_unusable', '/directory cannot be written: EISDIR'],
    ['store_unusable', '/text/below cannot be found: ENOTDIR'],
    ['store_unusable', '/loop cannot be found: ELOOP'],
    ['store_unusable', '/other/big is full: it would be bigger than 4 MiB'],
    ['store_unusable', '/other/long cannot be written: ENAMETOOLONG'],
  ]);
  t.strictSame([readdirSync(directory).sort(), readdirSync(join(directory, 'other'))], [['directory', 'loop', 'other', 'text'], []]);
});
