// The pool of helpers when they, winbindd or the domain are out: a quick answer with a cause, and nothing left behind.

import { existsSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { becomes } from '../../realm/exec.ts';
import { isRunning } from './fake-samba.ts';
import { ADDRESS, bytes, fails, OUT, out, site } from './helpers-site.ts';

const broken: readonly (readonly [said: string, detail: RegExp])[] = [
  ['BH NT_STATUS_UNSUCCESSFUL * NT_STATUS_UNSUCCESSFUL', /winbindd is not running, or .* not in the group winbindd_priv/],
  ['BH Failed to retrieve session info NT_STATUS_NO_MEMORY', /NT_STATUS_NO_MEMORY: .*no memory/],
  ['BH', /ntlm_auth: BH $/],
  ['hello', /out of step/],
  ['AF * alice', /winbind separator/],
  ['AF * MYQ+alice', /winbind separator/],
  ['AF * A\\B\\alice', /winbind separator/],
];

for (const [said, detail] of broken) {
  t.test(`"${said}" is an outage, and nobody is accepted`, async (t) => {
    const { samba, signIn } = site(t);
    samba.plan({ KK: `${said}\n` });
    await fails(t, signIn('alice'), detail);
  });
}

t.test('an acceptance of a first message is an outage', async (t) => {
  const { samba, helpers } = site(t);
  samba.plan({ YR: 'AF * DOMAIN\\alice\n' });
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /out of step/);
});

t.test('a helper that speaks for its machine alone has the wrong smb.conf', async (t) => {
  const { samba, helpers } = site(t);
  const challenge = Buffer.alloc(56);
  challenge.write('NTLMSSP\0\x02', 'latin1');
  challenge.writeUInt32LE(0xe28a8205, 20);
  samba.plan({ YR: `TT ${challenge.toString('base64')} *\n`, complaint: 'Can\'t load /etc/none\n' });
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /\[NTLM\] SambaConfig.*security = ads/);
  challenge.writeUInt32LE(0xe2898205, 20);
  samba.plan({ YR: `TT ${challenge.toString('base64')} *\n` });
  using exchange = await helpers.begin(bytes('first'), ADDRESS);
  t.strictSame(exchange.challenge, challenge, 'that of a domain');
});

t.test('wrong signatures under the list of mechanisms cost a look in five seconds, and a check of the trust secret in ten', async (t) => {
  const it = site(t);
  it.samba.plan({ KK: 'BH NT_STATUS_ACCESS_DENIED\n' });
  const wrong = async (): Promise<void> => {
    for (let n = 0; n < 3; n++) t.match(await it.signIn('stranger'), { kind: 'refused', status: 'NT_STATUS_ACCESS_DENIED' });
  };
  await wrong();
  t.strictSame(it.looks, ['--ping-dc', '--check-secret']);
  it.forward(5100);
  await wrong();
  t.strictSame(it.looks, ['--ping-dc', '--check-secret', '--ping-dc']);
  it.forward(5100);
  await wrong();
  t.strictSame(it.looks.slice(3), ['--ping-dc', '--check-secret'], 'the doubt was kept');
  it.domain(OUT);
  it.forward(5100);
  await fails(t, it.signIn('alice'), /NT_STATUS_ACCESS_DENIED/);
});

t.test('an outage of another domain than that of this machine concerns nobody else', async (t) => {
  const { samba, signIn } = site(t);
  samba.plan({ KK: 'NA * NT_STATUS_NO_LOGON_SERVERS\n' });
  for (let n = 0; n < 6; n++) await fails(t, signIn('stranger'), /NO_LOGON_SERVERS: the domain of this machine is well/);
  samba.plan({});
  t.match(await signIn('alice'), { kind: 'accepted' });
});

t.test('while the domain of this machine is out, no word about a person is believed', async (t) => {
  const { samba, signIn, domain, helpers } = site(t);
  domain(OUT);
  samba.plan({ KK: 'NA * NT_STATUS_LOGON_FAILURE\n' });
  for (let n = 0; n < 3; n++) await fails(t, signIn('alice'), /LOGON_FAILURE; .*wbinfo/);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 500);
});

t.test('the domain is not asked again and again about wrong passwords', async (t) => {
  const it = site(t);
  it.samba.plan({ KK: 'NA * NT_STATUS_LOGON_FAILURE\n' });
  for (let n = 0; n < 5; n++) t.match(await it.signIn('alice'), { kind: 'refused' });
  t.strictSame(it.looks, ['--ping-dc', '--check-secret']);
  it.forward(5100);
  t.match(await it.signIn('alice'), { kind: 'refused' });
  t.strictSame(it.looks, ['--ping-dc', '--check-secret', '--ping-dc'], 'the other question makes winbindd connect anew');
});

t.test('without wbinfo the words are believed, and an administrator is told', async (t) => {
  const { samba, signIn, warnings, helpers } = site(t);
  renameSync(`${samba.directory}/wbinfo`, `${samba.directory}/other`);
  samba.plan({ KK: 'NA * NT_STATUS_LOGON_FAILURE\n' });
  t.match(await signIn('alice'), { kind: 'refused' });
  t.match(await signIn('alice'), { kind: 'refused' });
  t.match(warnings, [/nobody can tell how the domain is: wbinfo cannot be run/]);
  t.equal(warnings.length, 1);
  samba.plan({ KK: 'NA * NT_STATUS_NO_LOGON_SERVERS\n' });
  for (let n = 0; n < 3; n++) await fails(t, signIn('alice'), /NO_LOGON_SERVERS: no domain controller answers/);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 500);
});

t.test('a program that dies at once is not started again and again', async (t) => {
  const { samba, helpers, forward } = site(t, { limit: 4 });
  samba.plan({ start: 'exit 1', complaint: 'no such library\n' });
  for (let n = 0; n < 30; n++) {
    await fails(t, helpers.begin(bytes('first'), ADDRESS), /no such library/);
    forward(200); // more than the first pause, less than the third
  }
  t.ok(samba.started.length >= 2 && samba.started.length <= 4, String(samba.started.length));
  samba.plan({});
  forward(10_000);
  using exchange = await helpers.begin(bytes('first'), ADDRESS);
  t.ok(exchange);
});

t.test('one that dies after it has worked is replaced at once', async (t) => {
  const { samba, signIn, helpers, warnings } = site(t, { limit: 1 });
  for (let n = 0; n < 4; n++) {
    t.match(await signIn('alice'), { kind: 'accepted' });
    process.kill(samba.started.at(-1) as number, 'SIGKILL');
    t.ok(await becomes(() => helpers.running === 0));
  }
  t.equal(samba.started.length, 4);
  t.match(warnings[0], /an NTLM helper was lost: .*SIGKILL/);
});

t.test('when all helpers work, the next waits for some time only', async (t) => {
  const { samba, helpers } = site(t, { limit: 1, wait: 200, deadline: 1500 });
  samba.plan({ YR: 'ignore' });
  const first = fails(t, helpers.begin(bytes('first'), ADDRESS), /no answer/, 2500);
  const begun = performance.now();
  await t.rejects(helpers.begin(bytes('first'), ADDRESS), new Error('busy'), 'no outage: strangers can bring that about');
  t.ok(performance.now() - begun < 500);
  await first;
});

t.test('health tells what is out, and looks at most every ten seconds', async (t) => {
  const it = site(t);
  const { helpers, domain, forward, samba } = it;
  t.equal(await helpers.health(), 'ok');
  domain(OUT);
  t.equal(await helpers.health(), 'ok', 'as known');
  forward(10_001);
  t.match(await helpers.health(), /wbinfo: failed to call wbcPingDc: WBC_ERR_DOMAIN_NOT_FOUND/);
  domain('exit 0');
  t.match(await helpers.health(), /DOMAIN_NOT_FOUND/);
  forward(10_001);
  t.equal(await helpers.health(), 'ok');
  t.strictSame(it.looks, ['--ping-dc', '--check-secret', '--ping-dc', '--check-secret', '--ping', '--ping-dc', '--check-secret'], 'three looks');
  t.equal(samba.started.length, 0, 'no helper is needed for that');
});

const health: readonly (readonly [what: string, script: string, text: RegExp])[] = [
  ['winbindd does not run', 'echo WBC_ERR_WINBIND_NOT_AVAILABLE >&2; exit 1', /winbindd is not running/],
  ['the account has no rights', 'echo WBC_ERR_WINBIND_NOT_AVAILABLE >&2; [ "$1" != --check-secret ]', /winbindd runs, but .*not in the group winbindd_priv$/],
  ['the account has no rights, and the domain is out', 'echo "WBC_ERR_WINBIND_NOT_AVAILABLE of $1" >&2; [ "$1" = --ping ]', /winbindd_priv; .*of --ping-dc/],
  ['the join is broken', 'echo "error code was NT_STATUS_LOGON_FAILURE (0xc000006d)" >&2; [ "$1" = --ping ]', /NT_STATUS_LOGON_FAILURE: .*net ads testjoin/],
  ['no domain controller is found', 'echo NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND >&2; [ "$1" = --ping ]', /no domain controller answers/],
];

for (const [what, script, text] of health) {
  t.test(`health says that ${what}`, async (t) => {
    const { helpers, domain } = site(t);
    domain(script);
    t.match(await helpers.health(), text);
  });
}

t.test('health answers within a second while winbindd hangs, and ends the one that asks', async (t) => {
  const { helpers, domain } = site(t);
  domain('exec sleep 20');
  for (const text of [/has not answered yet/, /winbindd gave no answer within 2000 ms/]) {
    const begun = performance.now();
    t.match(await helpers.health(), text);
    t.ok(performance.now() - begun < 1500);
    await sleep(1500);
  }
});

t.test('health names a program that is not there', async (t) => {
  const { helpers } = site(t, { path: '/nonexistent/ntlm_auth' });
  t.match(await helpers.health(), /\/nonexistent\/ntlm_auth cannot be run: .*NtlmAuthPath/);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /cannot be started.*NtlmAuthPath/);
});

t.test('after an outage for want of rights, health finds out whether it is that', async (t) => {
  const it = site(t);
  t.equal(await it.helpers.health(), 'ok');
  it.domain('echo WBC_ERR_WINBIND_NOT_AVAILABLE >&2; [ "$1" != --check-secret ]');
  await out(t, it);
  it.forward(10_100);
  t.match(await it.helpers.health(), /winbindd runs, but the account of the gateway is not in the group winbindd_priv/);
});

t.test('close() ends all of it, also what hangs, and what comes later is refused', async (t) => {
  const { helpers, samba, domain } = site(t, { limit: 3, wait: 5000 });
  samba.plan({ start: 'deaf', KK: 'ignore' });
  domain(`echo $$ > '${samba.directory}/wbinfo.pid'; exec sleep 20`);
  const asking = await helpers.begin(bytes('first'), ADDRESS);
  const answer = fails(t, asking.answer(bytes('alice')), /SIGKILL/, 3000);
  const resting = await helpers.begin(bytes('second'), ADDRESS);
  void helpers.health();
  t.ok(await becomes(() => existsSync(`${samba.directory}/wbinfo.pid`)));
  const begun = performance.now();
  await Promise.all([helpers.close(), helpers.close()]);
  const took = performance.now() - begun;
  t.ok(took >= 1000 && took < 3000, `${String(took)} ms`);
  await answer;
  t.equal(helpers.running, 0);
  t.strictSame([...samba.started, Number(readFileSync(`${samba.directory}/wbinfo.pid`, 'utf8'))].filter(isRunning), []);
  await fails(t, resting.answer(bytes('alice')), /SIGKILL/, 500);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /have ended, with the gateway/, 500);
  t.match(await helpers.health(), /have ended/);
});

t.test('close() turns away whoever waits for a helper', async (t) => {
  const { helpers, samba } = site(t, { limit: 1, wait: 5000 });
  samba.plan({ YR: 'ignore' });
  const both = [helpers.begin(bytes('first'), ADDRESS), helpers.begin(bytes('first'), ADDRESS)].map((one) => fails(t, one, /have ended|SIGTERM/));
  t.ok(await becomes(() => samba.asked.length === 1));
  await helpers.close();
  await Promise.all(both);
  t.equal(helpers.running, 0);
});
