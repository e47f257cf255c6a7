// Keytabs that are missing, unreadable, damaged or behind the KDC, and a keytab replaced under a credential that is kept.
import { chmodSync, copyFileSync, renameSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { service as servicePrincipal } from '../realm/site.ts';
import { fixture, refusal, service } from './fixture.ts';

const { gss, realm, keytab } = await fixture(t, { services: [servicePrincipal, 'HTTP/other.myq.test'] });
const acquire = (path: string): void => gss.Credential.acceptor({ keytab: `FILE:${path}`, replayCache: 'none:' })[Symbol.dispose]();
const file = (name: string): string => `${realm.directory}/${name}`;

t.test('a keytab that cannot be used is told at once, with the cause', async (t) => {
  writeFileSync(file('garbage'), 'this is not a keytab');
  writeFileSync(file('empty'), Uint8Array.of(5, 2));
  const cases: readonly (readonly [path: string, text: RegExp])[] = [
    [file('missing'), /Key table file '.*\/missing' not found/],
    [file('garbage'), /Unsupported key table format version number/],
    [file('empty'), /Keytab FILE:.*\/empty is nonexistent or empty/],
    [realm.directory, /Is a directory/],
  ];
  for (const [path, text] of cases) {
    const error = refusal(gss, () => acquire(path));
    t.equal(error.call, 'gss_acquire_cred_from');
    t.equal(error.major, gss.Major.noCred, path);
    t.match(error.minorText, text);
    t.match(error.message, text);
  }
  t.throws(() => acquire(`${keytab}\0`), RangeError, 'a NUL would cut the name short');
});

t.test('a keytab that may not be read says so', async (t) => {
  chmodSync(realm.directory, 0o711);
  copyFileSync(keytab, file('secret'));
  chmodSync(file('secret'), 0);
  // The superuser reads everything, so he becomes somebody else for the call.
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  t.teardown(() => { if (root) process.seteuid?.(0); });
  t.match(refusal(gss, () => acquire(file('secret'))).minorText, /Permission denied/);
});

t.test('a kept credential sees its keytab change', async (t) => {
  using credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
  const signIn = async (): Promise<boolean> => {
    using client = gss.Credential.initiator({ ccache: await realm.kinit('alice') });
    using initiator = new gss.Initiator({ service, credential: client });
    using acceptor = new gss.Acceptor(credential);
    const step = acceptor.step(initiator.step().token);
    step.source?.[Symbol.dispose]();
    return step.done;
  };
  const reason = async (): Promise<string> => signIn().then(() => 'accepted', (error: unknown) => String(error));
  copyFileSync(keytab, file('kvno1'));
  t.equal(await signIn(), true);
  await realm.kadmin(`cpw -randkey ${servicePrincipal}`);
  t.match(await reason(), /HTTP\/print\.myq\.test@MYQ\.TEST kvno 2 not found in keytab; keytab is likely out of date/);
  await realm.keytab(servicePrincipal, keytab);
  t.equal(await signIn(), true, 'the new kvno was appended');
  copyFileSync(keytab, file('both'));
  renameSync(file('kvno1'), keytab);
  t.match(await reason(), /kvno 2 not found in keytab/, 'the old file was put in its place');
  renameSync(file('both'), keytab);
  t.equal(await signIn(), true, 'and the new one again');
  renameSync(keytab, file('away'));
  t.match(await reason(), /GssError: gss_accept_sec_context: /, 'the file is gone');
  renameSync(file('away'), keytab);
  t.equal(await signIn(), true, 'and back');
});

t.test('a ticket for another service is refused with that service\'s name', async (t) => {
  using client = gss.Credential.initiator({ ccache: await realm.kinit('alice') });
  using credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
  using initiator = new gss.Initiator({ service: 'HTTP@other.myq.test', credential: client });
  using acceptor = new gss.Acceptor(credential);
  const error = refusal(gss, () => acceptor.step(initiator.step().token));
  t.equal(error.major, gss.Major.failure);
  t.match(error.minorText, /HTTP\/other\.myq\.test@MYQ\.TEST not found in keytab/);
});
