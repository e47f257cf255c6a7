// SIDs and names from logon-info buffers, right and damaged (pac.ts).

import t from 'tap';
import { PacError, pacSids, parseLogonInfo } from '../../src/mechanisms/pac.ts';
import { mutate, seeded } from '../mutate.ts';
import { encodeLogonInfo } from './pac-encoder.ts';

const domain = 'S-1-5-21-1-2-3';

/** A copy with a 32-bit number found by its old value and replaced; the old one must be there once. */
function patched(bytes: Buffer, old: readonly number[], replaced: readonly number[]): Buffer {
  const words = (values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
  const at = bytes.indexOf(words(old));
  if (at < 0 || bytes.indexOf(words(old), at + 1) >= 0) throw new Error('the pattern must occur once');
  const copy = Buffer.from(bytes);
  words(replaced).copy(copy, at);
  return copy;
}

t.test('user, groups and names are read', async (t) => {
  t.same(parseLogonInfo(encodeLogonInfo()), {
    userSid: `${domain}-1103`, primaryGroupSid: `${domain}-513`, groupSids: [`${domain}-513`, `${domain}-1105`], extraSids: ['S-1-18-1'],
    resourceGroupSids: [], accountName: 'alice', fullName: 'Alice Müller', domain: 'MYQ',
  });
});

t.test('resource groups stand in their own domain', async (t) => {
  const info = parseLogonInfo(encodeLogonInfo({ resourceDomainSid: 'S-1-5-21-7-8-9',
    resourceGroups: [{ rid: 2001 }, { rid: 4294967295 }] }));
  t.same(info.resourceGroupSids, ['S-1-5-21-7-8-9-2001', 'S-1-5-21-7-8-9-4294967295']);
});

t.test('the SIDs are listed once each, the user first', async (t) => {
  const info = parseLogonInfo(encodeLogonInfo({ extraSids: [{ sid: `${domain}-1105` }, { sid: 'S-1-18-1' }] }));
  t.same(pacSids(info), [`${domain}-1103`, `${domain}-513`, `${domain}-1105`, 'S-1-18-1']);
});

t.test('groups that are not enabled, or serve to deny only, are left out', async (t) => {
  const info = parseLogonInfo(encodeLogonInfo({
    groups: [{ rid: 1 }, { rid: 2, attributes: 0 }, { rid: 3, attributes: 0x10 }, { rid: 4, attributes: 0x14 },
      { rid: 5, attributes: 0xc000_0004 }],
    extraSids: [{ sid: 'S-1-5-9', attributes: 0x17 }, { sid: 'S-1-18-2' }],
    resourceDomainSid: 'S-1-5-21-7-8-9', resourceGroups: [{ rid: 6, attributes: 0x2000_0003 }, { rid: 7, attributes: 0x2000_0007 }],
  }));
  t.same(info.groupSids, [`${domain}-1`, `${domain}-5`]);
  t.same(info.extraSids, ['S-1-18-2']);
  t.same(info.resourceGroupSids, ['S-1-5-21-7-8-9-7']);
});

t.test('an account outside the domain is the first extra SID', async (t) => {
  const info = parseLogonInfo(encodeLogonInfo({ userId: 0,
    extraSids: [{ sid: 'S-1-5-21-9-9-9-500', attributes: 0 }, { sid: 'S-1-18-1' }] }));
  t.equal(info.userSid, 'S-1-5-21-9-9-9-500');
  t.same(info.extraSids, ['S-1-18-1']);
  t.throws(() => parseLogonInfo(encodeLogonInfo({ userId: 0, extraSids: [] })), new PacError('PAC without the SID of the user'));
});

t.test('SIDs of every shape are written as Windows does', async (t) => {
  const sids = ['S-1-0-0', 'S-1-5-32-544', `S-1-15-3-${Array.from({ length: 14 }, (_, i) => i).join('-')}`, 'S-1-4294967295-1'];
  t.same(parseLogonInfo(encodeLogonInfo({ extraSids: sids.map((sid) => ({ sid })) })).extraSids, sids);
  t.same(parseLogonInfo(encodeLogonInfo({ extraSids: [{ sid: `S-1-${2 ** 32}-7` }] })).extraSids, ['S-1-0x000100000000-7']);
  t.throws(() => parseLogonInfo(encodeLogonInfo({ extraSids: [{ sid: `S-1-5-${'1-'.repeat(15)}1` }] })), PacError);
  t.throws(() => parseLogonInfo(encodeLogonInfo({ extraSids: [{ sid: 'S-1-5' }] })), PacError);
});

t.test('empty names and no groups are read, a thousand groups too', async (t) => {
  const bare = parseLogonInfo(encodeLogonInfo({ accountName: '', fullName: '', domain: '', groups: [], extraSids: [] }));
  t.match(bare, { accountName: '', fullName: '', domain: '', groupSids: [], extraSids: [] });
  const groups = Array.from({ length: 1200 }, (_, i) => ({ rid: 2000 + i }));
  t.equal(parseLogonInfo(encodeLogonInfo({ groups })).groupSids.length, 1200);
});

t.test('padding to eight bytes is allowed, more is not, and nothing may be missing', async (t) => {
  const whole = encodeLogonInfo();
  t.equal(parseLogonInfo(Buffer.concat([whole, Buffer.alloc(7)])).accountName, 'alice');
  t.throws(() => parseLogonInfo(Buffer.concat([whole, Buffer.alloc(8)])), PacError);
  for (let size = 0; size < whole.length; size++) t.throws(() => parseLogonInfo(whole.subarray(0, size)), PacError, `${size}`);
});

t.test('a buffer at an odd offset of its memory is read', async (t) => {
  t.equal(parseLogonInfo(Buffer.concat([Buffer.alloc(3), encodeLogonInfo()]).subarray(3)).accountName, 'alice');
});

t.test('contradictions are refused', async (t) => {
  const whole = encodeLogonInfo({ groups: [{ rid: 70_001 }, { rid: 70_002 }] });
  const wrong: readonly Buffer[] = [
    patched(whole, [0x0002_0000, 0xffff_ffff], [0, 0xffff_ffff]), // no object
    patched(whole, [2, 70_001], [3, 70_001]), // the list holds another count than announced
    patched(whole, [1103, 513, 2], [1103, 513, 0xffff_ffff]), // a huge count
    patched(whole, [1103, 513, 2], [1103, 513, 0x1000_0000]),
    patched(whole, [5, 0, 5], [5, 1, 5]), // a string that starts inside its buffer
    patched(whole, [5, 0, 5], [4, 0, 5]), // more characters than the buffer holds
    patched(whole, [5, 0, 5], [5, 0, 4]), // fewer than announced
    patched(whole, [4, 0x0000_0401, 0x0500_0000], [5, 0x0000_0401, 0x0500_0000]), // SID counts differ
    patched(whole, [4, 0x0000_0401, 0x0500_0000], [4, 0x0000_0402, 0x0500_0000]), // SID revision
    encodeLogonInfo({ domainSid: undefined }), encodeLogonInfo({ resourceGroups: [{ rid: 1 }] }),
    encodeLogonInfo({ fullName: 'cut \ud800 pair' }),
  ];
  for (const bytes of wrong) t.throws(() => parseLogonInfo(bytes), PacError);
  for (const [at, value] of [[0, 2], [1, 0], [2, 7], [8, 0], [11, 0xff]] as const) {
    const header = Buffer.from(whole);
    header[at] = value;
    t.throws(() => parseLogonInfo(header), PacError, `header byte ${at}`);
  }
});

t.test('twenty thousand damaged buffers end in a PacError or a result, quickly', async (t) => {
  const originals = [encodeLogonInfo(), encodeLogonInfo({ resourceDomainSid: 'S-1-5-21-7-8-9', resourceGroups: [{ rid: 1 }],
    extraSids: [] })];
  const random = seeded(20260418);
  const damaged = Array.from({ length: 20_000 }, (_, i) => mutate(originals[i % 2] ?? Buffer.alloc(0), random));
  let read = 0;
  const before = process.cpuUsage();
  for (const bytes of damaged) {
    try {
      const sids = pacSids(parseLogonInfo(bytes));
      if (sids.length > bytes.length / 8) t.fail(`more SIDs than bytes for them: ${bytes.length}`);
      read += 1;
    } catch (error) {
      if (!(error instanceof PacError)) throw error;
    }
  }
  const { user, system } = process.cpuUsage(before);
  t.ok(read > 1000 && read < 19_000, `${read} were read`);
  t.ok((user + system) / damaged.length < 200, `${(user + system) / damaged.length} µs each`);
});
