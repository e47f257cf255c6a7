// A person of a directory as he is mirrored: which of his attributes may name him.

import { createSecretKey } from 'node:crypto';
import t from 'tap';
import { mapPerson } from '../../src/cli/sync-person.ts';
import { good } from '../config/texts.ts';

const [settings] = good('[Directory]\nUrl=ldaps://dc1.b.test\nBindName=reader@b.test\nBindPassword=x\nBaseDn=DC=b,DC=test\nAliasAttributes=proxyAddresses\n').config.directories;

t.test('an alias of another domain, whose users may sign in, is never given by this one', async (t) => {
  if (settings === undefined) return t.fail('no directory');
  const notes: string[] = [];
  const mapped = mapPerson(
    { sid: 'S-1-5-21-1-2-3-1001', dn: 'CN=carol,DC=b,DC=test', name: 'carol', userPrincipalName: undefined, disabled: false,
      attributes: { proxyAddresses: ['carol@A.TEST;c.smith@elsewhere.test', 'carol@a.test'] } },
    { settings, isOnly: true, appendDomainName: false, digestKey: createSecretKey(Buffer.alloc(32)), otherRealms: new Set(['A.TEST']) },
    (why) => { notes.push(why); },
  );
  t.strictSame(mapped?.aliases, ['carol@B.TEST', 'carol', 'c.smith@ELSEWHERE.TEST']);
  t.match(notes, [/"carol@A\.TEST" in proxyAddresses is not used: it means somebody of another domain/, /"carol@a\.test"/]);
});
