// Secrets: their three places, their precedence, and that no message shows one.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import t from 'tap';
import { loadConfig, type LoadedConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const variable = 'MYQ_GATEWAY_STORE_SEALKEY';

interface Case {
  readonly store?: string;
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly mode?: number;
}

/** Loads a config.ini with these lines in [Store], beside files of mode 0600. */
function load(t: Tap, { store = '', files = {}, environment = {}, mode = 0o600 }: Case): LoadedConfig {
  const directory = t.testdir({ 'config.ini': `[Server]\nHostname=gw.example.com\n[Store]\n${store}\n` });
  mkdirSync(join(directory, 'data'));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content, { mode: 0o600 });
  chmodSync(join(directory, 'config.ini'), mode);
  return loadConfig(join(directory, 'config.ini'), environment);
}
type Tap = Pick<typeof t, 'testdir'>;

const used = ({ config }: LoadedConfig): string => config.store.sealKey.export().toString('base64');

function refusal(t: Tap, situation: Case): string {
  try {
    load(t, situation);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

t.test('a secret comes from config.ini, from the file that it names, or from the default file', async (t) => {
  const inline = load(t, { store: `SealKey=${key(1)}` });
  t.equal(used(inline), key(1));
  t.match(inline.sources['Store.SealKey'], /config\.ini:4$/);
  const named = load(t, { store: 'sealkeyfile = my.key', files: { 'my.key': `\uFEFF${key(2)}\r\n\n` } });
  t.equal(used(named), key(2));
  t.match(named.sources['Store.SealKey'], /config\.ini:4, the file .*my\.key$/);
  const otherwise = load(t, { files: { 'data/seal.key': `${key(3)}\n` } });
  t.equal(used(otherwise), key(3));
  t.match(otherwise.sources['Store.SealKey'], /^default, the file .*data\/seal\.key$/);
  t.strictSame([inline, named, otherwise].flatMap(({ warnings }) => warnings), []);
});

t.test('the environment wins over config.ini and files', async (t) => {
  const environment = { [variable]: key(9) };
  t.equal(used(load(t, { store: `SealKey=${key(1)}`, environment })), key(9));
  t.equal(used(load(t, { store: 'SealKeyFile=my.key', files: { 'my.key': key(2), 'data/seal.key': key(3) }, environment })), key(9));
  t.equal(load(t, { environment }).sources['Store.SealKey'], 'environment');
});

t.test('inline and file together are refused, naming both lines, even if the environment wins', async (t) => {
  const message = refusal(t, { store: `SealKeyFile=my.key\nSealKey=${key(1)}`, environment: { [variable]: key(9) } });
  t.match(message, /config\.ini:5: \[Store\] SealKey: also given as SealKeyFile in line 4, expected one of the two$/);
});

t.test('an unusable secret names the place to mend and never the secret', async (t) => {
  const short = Buffer.alloc(16, 0x77).toString('base64');
  const cases: readonly (readonly [Case, RegExp])[] = [
    [{ store: `SealKey=${short}` }, /config\.ini:4: \[Store\] SealKey: holds 16 bytes, expected 32 random bytes in base64/],
    [{ store: 'SealKey=' }, /config\.ini:4: \[Store\] SealKey: empty/],
    [{ store: 'SealKeyFile=' }, /config\.ini:4: \[Store\] SealKeyFile: /],
    [{ store: 'SealKeyFile=my.key', files: { 'my.key': short } }, /:4: \[Store\] SealKeyFile: the content of .*my\.key is wrong: holds 16/],
    [{ store: 'SealKeyFile=my.key', files: { 'my.key': '\n' } }, /content of .*my\.key is wrong: empty/],
    [{ store: 'SealKeyFile=my.key', files: { 'my.key': Buffer.from(key(1), 'base64') } }, /content of|not valid UTF-8/],
    [{ store: 'SealKeyFile=my.key', files: { 'my.key': Buffer.alloc(32, 0xff) } }, /UTF-8/],
    [{ store: 'SealKeyFile=my.key', files: { 'my.key': 'x'.repeat(70_000) } }, /is larger than 65536 bytes/],
    [{ store: 'SealKeyFile=none.key' }, /none\.key: no such file$/],
    [{ store: 'SealKeyFile=data' }, /is a directory/],
    [{ store: 'SealKeyFile=/dev/zero' }, /is larger than/],
    [{ store: `SealKeyFile=${key(0x77)}` }, /:4: \[Store\] SealKeyFile: holds the secret itself, .* give the secret as SealKey/],
    [{ environment: { [variable]: short } }, /^MYQ_GATEWAY_STORE_SEALKEY: \[Store\] SealKey: holds 16 bytes/],
    [{ environment: { [variable]: '' } }, /^MYQ_GATEWAY_STORE_SEALKEY: \[Store\] SealKey: empty/],
    [{}, /config\.ini:3: \[Store\] SealKey: the file .*data\/seal\.key: no such file; restore it from the backup, or give SealKeyFile/],
    [{ store: `SealKey ${key(0x77)}` }, /config\.ini:4: \[Store\] \(not a name\): |config\.ini:4: not understood/],
    [{ store: `SealKey:${key(0x77)}` }, /config\.ini:4: /],
    [{ store: `SealKey =\n${key(0x77)}` }, /config\.ini:5: /],
    [{ store: `SealKye = ${key(0x77)}` }, /did you mean "SealKey"/],
    [{ store: `SealKey=${key(0x77)}\nsealkey=${key(0x77)}` }, /given twice, first in line 4/],
    [{ store: `[${key(0x77)}]` }, /\[\(not a name\)\]: unknown section/],
  ];
  for (const [situation, expected] of cases) {
    const message = refusal(t, situation);
    t.match(message, expected);
    t.notMatch(message, /d3d3/, 'no part of the secret');
  }
});

t.test('a secret that others can read is a warning with its cure', async (t) => {
  t.match(load(t, { store: `SealKey=${key(1)}`, mode: 0o644 }).warnings, [
    /^\[Store\] SealKey: it stands in a configuration file that can be read by others \(mode 0644\); chmod 600 it$/,
  ]);
  const directory = t.testdir({ 'config.ini': '[Server]\nHostname=gw.example.com\n', data: { 'seal.key': key(1) } });
  chmodSync(join(directory, 'data/seal.key'), 0o640);
  chmodSync(join(directory, 'config.ini'), 0o644);
  t.match(loadConfig(join(directory, 'config.ini'), {}).warnings,
    [/^\[Store\] SealKey: .*seal\.key can be read by others \(mode 0640\); chmod 600 it$/]);
});

t.test('neither JSON nor a log of the configuration shows the secret', async (t) => {
  const loaded = load(t, { store: `SealKey=${key(0x77)}` });
  t.notMatch(JSON.stringify(loaded), /d3d3/);
  t.notMatch(inspect(loaded, { depth: 9, showHidden: true }), /d3d3|77 77/);
});

const pfx = (lines: string): Case => ({ store: `SealKey=${key(1)}\n[Server]\nPfxFile=gw.pfx\n${lines}` });
const password = ({ config }: LoadedConfig): string | undefined => config.server.pfxPassword?.export().toString();

t.test('a secret that need not be there comes from the same places, or is not there', async (t) => {
  t.equal(password(load(t, pfx(''))), undefined);
  t.equal(password(load(t, pfx('PfxPassword = p ss;w#rd='))), 'p ss;w#rd=');
  const named = load(t, { ...pfx('PfxPasswordFile = my.pw'), files: { 'my.pw': 'žluť 🔑\r\n' } });
  t.equal(password(named), 'žluť 🔑');
  t.match(named.sources['Server.PfxPassword'], /config\.ini:7, the file .*my\.pw$/);
  t.equal(password(load(t, { ...pfx('PfxPassword=x'), environment: { MYQ_GATEWAY_SERVER_PFXPASSWORD: 'from outside' } })), 'from outside');
});

t.test('a password is any text, so one that stands where its file should be named is not repeated', async (t) => {
  const cases: readonly (readonly [Case, RegExp])[] = [
    [pfx('PfxPasswordFile = hunter2'), /:7: \[Server\] PfxPasswordFile: the file that it names: no such file$/],
    [pfx('PfxPasswordFile = "hunter2"'), /:7: \[Server\] PfxPasswordFile: not a path, expected a file path/],
    [pfx('PfxPasswordFile = ~hunter2'), /:7: \[Server\] PfxPasswordFile: not a path/],
    [pfx('PfxPassword = hunter2\nPfxPasswordFile = x'), /:8: \[Server\] PfxPasswordFile: also given as PfxPassword in line 7/],
    [pfx(`PfxPassword = ${'hunter2'.repeat(50)}`), /:7: \[Server\] PfxPassword: longer than 256 characters/],
    [pfx('PfxPassword ='), /:7: \[Server\] PfxPassword: empty/],
    [{ ...pfx('PfxPasswordFile = my.pw'), files: { 'my.pw': '\n' } }, /:7: \[Server\] PfxPasswordFile: the content of .*my\.pw is wrong: empty/],
    [{ ...pfx('PfxPasswordFile = my.pw'), files: { 'my.pw': 'hunter2'.repeat(50) } }, /content of .*my\.pw is wrong: longer than 256/],
    [{ ...pfx(''), environment: { MYQ_GATEWAY_SERVER_PFXPASSWORD: '' } }, /MYQ_GATEWAY_SERVER_PFXPASSWORD: \[Server\] PfxPassword: empty/],
    [{ store: `SealKey=${key(1)}\n[Server]\nPfxPassword = hunter2` }, /:6: \[Server\] PfxPassword: there is no PfxFile/],
  ];
  for (const [situation, expected] of cases) {
    const message = refusal(t, situation);
    t.match(message, expected);
    t.notMatch(message, /hunter2/);
  }
  t.notMatch(inspect(load(t, pfx('PfxPassword = hunter2')), { depth: 9, showHidden: true }), /hunter2|68 75 6e/);
});

t.test('a password that others can read is a warning, too', async (t) => {
  t.match(load(t, { ...pfx('PfxPassword = x'), mode: 0o604 }).warnings.join('\n'), /^\[Server\] PfxPassword: it stands in a configuration file that can be read by others/m);
});
