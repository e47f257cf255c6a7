// The circuit before the helpers: what opens it, who gets the single try, and what closes it.

import { renameSync } from 'node:fs';
import t from 'tap';
import { becomes } from '../../realm/exec.ts';
import { ADDRESS, bytes, fails, OUT, out, site } from './helpers-site.ts';

t.test('after three outages in a row nobody is asked for five seconds, then one tries', async (t) => {
  const it = site(t);
  const { helpers, samba, signIn, forward, warnings } = it;
  await out(t, it);
  t.match(warnings, [/^NTLM sign-in is out: .*UNSUCCESSFUL/]);
  const asked = samba.asked.length;
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet: .*winbindd_priv/, 500);
  forward(4900);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 500);
  t.equal(samba.asked.length, asked, 'no helper was asked');
  forward(200);
  samba.plan({ KK: 'ignore' });
  const exchange = await helpers.begin(bytes('first'), ADDRESS);
  const next = await helpers.begin(bytes('first'), ADDRESS);
  const trying = exchange.answer(bytes('alice')).catch(() => 'failed');
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 500);
  await fails(t, next.answer(bytes('bob')), /not tried again yet/, 500);
  samba.plan({});
  process.kill(samba.started[0] as number, 'SIGKILL');
  process.kill(samba.started[1] as number, 'SIGKILL');
  t.equal(await trying, 'failed');
  t.ok(await becomes(() => helpers.running === 0));
  await fails(t, signIn('alice'), /not tried again yet/, 500);
  forward(5100);
  t.match(await signIn('alice'), { kind: 'accepted' });
  t.match(await signIn('bob'), { kind: 'accepted' });
  t.equal(await helpers.health(), 'ok');
});

t.test('a first message proves nothing: the circuit stays open until somebody gets a verdict', async (t) => {
  const it = site(t);
  const { helpers, samba, signIn, forward } = it;
  await out(t, it);
  forward(5100);
  samba.plan({});
  for (let n = 0; n < 5; n++) (await helpers.begin(bytes('stranger'), ADDRESS))[Symbol.dispose]();
  samba.plan({ KK: 'NA * NT_STATUS_INVALID_PARAMETER\n' });
  for (let n = 0; n < 5; n++) t.match(await signIn('stranger'), { kind: 'refused' });
  samba.plan({ KK: 'BH\n' });
  await fails(t, signIn('alice'), /BH/);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 500);
  forward(5100);
  samba.plan({ KK: 'NA * NT_STATUS_LOGON_FAILURE\n' });
  t.match(await signIn('bob'), { kind: 'refused', status: 'NT_STATUS_LOGON_FAILURE' });
  samba.plan({ KK: 'BH\n' });
  await fails(t, signIn('alice'), /BH/);
  samba.plan({});
  t.match(await signIn('alice'), { kind: 'accepted' }, 'one outage does not open a closed one');
});

t.test('a first message leaves the single try to an answer, while it is asked and while it waits for a helper', async (t) => {
  const it = site(t, { deadline: 2000 });
  const { helpers, samba, forward } = it;
  await out(t, it);
  forward(5100);
  samba.plan({});
  const other = await helpers.begin(bytes('first'), '198.51.100.9'); // so that both helpers run
  const honest = await helpers.begin(bytes('first'), ADDRESS);
  other[Symbol.dispose]();
  samba.plan({ YR: 'ignore' });
  const strangers = [1, 2].map((n) => helpers.begin(bytes('stranger'), `198.51.100.${String(n)}`).catch(() => 'none'));
  t.ok(await becomes(() => samba.asked.length === 9), 'one is asked, the other waits');
  t.match(await honest.answer(bytes('alice')), { kind: 'accepted' });
  t.equal(await helpers.health(), 'ok');
  await helpers.close();
  t.strictSame(await Promise.all(strangers), ['none', 'none']);
});

t.test('nor does the first message of a client that offered another mechanism take it', async (t) => {
  const it = site(t, { deadline: 2000 });
  const { helpers, samba, forward } = it;
  await out(t, it);
  forward(5100);
  samba.plan({ KK: 'ignore' });
  const [stranger, honest] = [await helpers.begin(bytes('offer'), '198.51.100.1'), await helpers.begin(bytes('first'), ADDRESS)];
  const further = stranger.answer(bytes('negotiate'), 'first').catch(() => 'none');
  t.ok(await becomes(() => samba.asked.length === 9));
  samba.plan({});
  t.match(await honest.answer(bytes('alice')), { kind: 'accepted' });
  await helpers.close();
  t.equal(await further, 'none');
});

t.test('a helper that hangs while the domain of this machine is well concerns nobody else', async (t) => {
  const { samba, signIn, domain, helpers } = site(t, { limit: 4, deadline: 2000 });
  samba.plan({ KK: 'ignore' });
  const all = (count: number, detail: RegExp): Promise<unknown> =>
    Promise.all(Array.from({ length: count }, () => fails(t, signIn('stranger'), detail, 5000)));
  await all(4, /no answer within 2000 ms.*; the domain of this machine is well/);
  domain(OUT);
  await all(3, /no answer within 2000 ms.*; .*wbcPingDc/);
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet/, 300);
});

t.test('the domain is looked at before a helper is given up, so that nobody waits for both', async (t) => {
  const { samba, signIn, domain } = site(t, { deadline: 2200 });
  samba.plan({ KK: 'ignore' });
  domain('exec sleep 20');
  await fails(t, signIn('alice'), /no answer within 2200 ms.*; .*winbindd gave no answer within 2000 ms/, 3200);
});

t.test('once the pause is over health tries by itself, and closes the circuit if all is well', async (t) => {
  const it = site(t);
  const { helpers, samba, domain, forward, signIn } = it;
  await out(t, it);
  samba.plan({});
  domain(OUT);
  t.match(await helpers.health(), /UNSUCCESSFUL/, 'in the pause it does not');
  forward(5100);
  t.match(await helpers.health(), /DOMAIN_NOT_FOUND/);
  domain('exit 0');
  await fails(t, helpers.begin(bytes('first'), ADDRESS), /not tried again yet: .*DOMAIN_NOT_FOUND/, 500);
  forward(5100);
  samba.plan({ YR: 'BH\n' });
  t.match(await helpers.health(), /ntlm_auth: BH/, 'a helper that gives no challenge is not well');
  samba.plan({});
  forward(5100);
  const asked = samba.asked.length;
  t.equal(await helpers.health(), 'ok');
  t.match(Buffer.from(samba.asked.slice(asked).join('').replace('YR ', ''), 'base64').toString('latin1'), /^NTLMSSP\0\x01\0\0\0/);
  samba.plan({ KK: 'BH\n' });
  await fails(t, signIn('alice'), /BH/);
  samba.plan({});
  t.match(await signIn('alice'), { kind: 'accepted' }, 'it was closed, and all helpers are free');
  t.equal(helpers.running, 1);
});

t.test('health does not close it while nobody can tell, or this account must not ask', async (t) => {
  for (const script of ['echo WBC_ERR_WINBIND_NOT_AVAILABLE >&2; [ "$1" != --check-secret ]', undefined]) {
    const it = site(t);
    await out(t, it);
    if (script === undefined) renameSync(`${it.samba.directory}/wbinfo`, `${it.samba.directory}/other`);
    else it.domain(script);
    it.samba.plan({});
    for (let n = 0; n < 2; n++) {
      it.forward(10_100);
      t.match(await it.helpers.health(), /UNSUCCESSFUL/);
    }
    t.match(await it.signIn('alice'), { kind: 'accepted' }, 'the try is left to somebody else');
  }
});
