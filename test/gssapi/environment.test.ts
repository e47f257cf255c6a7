// What the room does to the process: no mechanism plugin is loaded, and krb5.conf is kept parsed but not kept stale.
import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { becomes, exec } from '../realm/exec.ts';
import { fixture, refusal } from './fixture.ts';

t.test('a mechanism plugin of the environment is not loaded', async (t) => {
  const directory = t.testdir({ 'plugins.conf': 'planted 1.3.6.1.4.1.99999.1 /nonexistent/planted.so\n' });
  const room = new URL('../../src/gssapi/index.ts', import.meta.url).href;
  const getenv = "require('koffi').load(null).func('const char *getenv(const char *)')('GSS_MECH_CONFIG')";
  const script = `import(${JSON.stringify(room)}).then(() => console.log(${getenv}))`;
  const seen = await exec(process.execPath, ['-e', script], { env: { GSS_MECH_CONFIG: `${directory}/plugins.conf` } });
  t.equal(seen.trim(), '/dev/null', 'the C library sees the change');
});

t.test('a krb5.conf changed on disk is noticed by a process that has it parsed', async (t) => {
  const { gss, realm, keytab, ccache } = await fixture(t);
  const config = realm.environment['KRB5_CONFIG'] ?? '';
  const good = readFileSync(config, 'utf8');
  const acquire = (): void => gss.Credential.acceptor({ keytab: `FILE:${keytab}` })[Symbol.dispose]();
  const fails = (): boolean => {
    try {
      acquire();
      return false;
    } catch {
      return true;
    }
  };
  acquire();
  // The library looks at the file at most once a second.
  writeFileSync(config, '[libdefaults\n');
  t.ok(await becomes(fails), 'it is noticed');
  t.match(refusal(gss, acquire).minorText, /Improper format of Kerberos configuration file|krb5\.conf/);
  writeFileSync(config, good);
  t.ok(await becomes(() => !fails()), 'and so is the mended one');
  using client = gss.Credential.initiator({ ccache });
  using initiator = new gss.Initiator({ service: 'HTTP@print.myq.test', credential: client });
  t.ok(initiator.step().token.length > 0);
});
