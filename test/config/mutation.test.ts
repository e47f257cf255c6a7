// 2,000 damaged copies of a good file: each is parsed or refused with a ConfigError, nothing else.
import { randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { configExample } from '../../src/config/document.ts';
import { loadConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { seeded } from '../mutate.ts';

const pieces = ['[', ']', '=', ';', '#', '\n', '\r', '\0', '"', '%', '\\', '../', '0', '😀', '\uFEFF', 'True', '[Store]\n', 'SealKey=', '[Directory:x]\n', '[Rights]\n',
  'S-1-5-21-', 'CN=', ';DC=', '(', ')', ':', '@', '[Entra:x]\n', 'TenantId = 72f988bf-86f1-41af-91ab-2d7cd011db47\n', '9188040d-6c67-4c5b-b112-36a304b66dad',
  'ClientSecret=', 'displayName', 'Once', '-']
  .map((piece) => Buffer.from(piece));

/** One to four of: a flipped byte, a cut, a doubled stretch, an inserted piece. */
function damage(good: Buffer, below: (limit: number) => number): Buffer {
  let bytes = good;
  for (let count = 1 + below(4); count > 0; count -= 1) {
    const at = below(bytes.length);
    const to = Math.min(bytes.length, at + below(40));
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
    const piece = pieces[below(pieces.length)] ?? Buffer.from('=');
    const random = Buffer.from([below(256)]);
    const results = [[head, random, bytes.subarray(at + 1)], [head, tail], [head, middle, middle, tail], [head, piece, bytes.subarray(at)]];
    bytes = Buffer.concat(results[below(results.length)] ?? [bytes]);
  }
  return bytes;
}

t.test('a damaged file is parsed or refused in words', async (t) => {
  const seed = randomInt(2 ** 31);
  t.comment(`seed ${String(seed)}`);
  const random = seeded(seed);
  const below = (limit: number): number => Math.trunc(random() * limit);
  const directory = t.testdir({});
  mkdirSync(join(directory, 'data'));
  mkdirSync(join(directory, 'tls'));
  writeFileSync(join(directory, 'tls/pfx-password'), 'open sesame', { mode: 0o600 });
  writeFileSync(join(directory, 'data/directory-password'), 'hunter2', { mode: 0o600 });
  writeFileSync(join(directory, 'data/entra-client-secret'), 'hunter3', { mode: 0o600 });
  writeFileSync(join(directory, 'data/seal.key'), Buffer.alloc(32, 1).toString('base64'), { mode: 0o600 });
  const file = join(directory, 'config.ini');
  const written = (bytes: Buffer): string => {
    writeFileSync(file, bytes);
    return file;
  };
  // Without comments most damage hits something that has a meaning.
  const example = configExample().replaceAll(/^;(?!CertificateFile|PrivateKeyFile)/gm, '').replaceAll(/^[;#].*\n/gm, '');
  const ntlm = example.replace(/^\[NTLM\]\nEnabled = False/m, '[NTLM]\nEnabled = True').replace(/^Domains =$/m, 'Domains = A=A.TEST, B=B.TEST');
  const good = Buffer.from(`${ntlm}\n[Directory:sales]\nUrl = ldap://dc.sales.test\nBindName = CN=Reader,DC=sales,DC=test
BindPassword = hunter2\nBaseDn = OU=Staff,DC=sales,DC=test; OU=Guests,DC=sales,DC=test
[Entra:sales]\nTenantId = 0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11\nClientId = 6731de76-14a6-49ae-97bc-6eba6914391e\nClientSecret = hunter3
UserName = upnPrefix\nPairByObjectId = True\nDomains = sales.test, lab.test\nMaxTokenAge = 30m\nRequireAcrs = c1 c2\n`);
  const { config } = loadConfig(written(good), {});
  t.match([config.rights.length, config.directories.length, config.tenants.length, config.ntlm.domains.length], [4, 2, 2, 2]);
  const count = { parsed: 0, refused: 0 };
  for (let round = 0; round < 2000; round += 1) {
    written(damage(good, below));
    try {
      loadConfig(file, {});
      count.parsed += 1;
    } catch (error) {
      if (!(error instanceof ConfigError) || !error.message.startsWith(file) || /[^\P{Cc}\n]/u.test(error.message)) {
        t.fail(`round ${round}`, { error });
        return;
      }
      count.refused += 1;
    }
  }
  t.equal(count.parsed + count.refused, 2000);
  t.ok(count.parsed > 20 && count.refused > 200, `both happen: ${JSON.stringify(count)}`);
});
