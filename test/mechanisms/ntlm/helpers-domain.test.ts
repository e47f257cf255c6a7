// The helpers with a real domain: what it says of people, and what becomes of them while it, or winbindd, is out.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openNtlmHelpers, type NtlmHelperOptions, type NtlmVerdict } from '../../../src/mechanisms/ntlm/helpers.ts';
import { NEGOEX, NTLM } from '../../../src/mechanisms/token/mechanisms.ts';
import { startDomainController } from '../../realm/ad.ts';
import { startMember } from '../../realm/ad-member.ts';
import { authenticateMessage, innerMessage, negotiateMessage, spnegoInit, spnegoResponse } from '../../realm/ntlm-client.ts';
import { freeHelpers, type FreeHelpers } from './helpers-site.ts';

const ADDRESS = '192.0.2.1';
const domain = await startDomainController({ users: { alice: 'Passw0rd.alice', 'žluťoučký kůň': 'Passw0rd.kun', bob: 'Passw0rd.bob' } });
t.teardown(() => domain.stop());
const member = await startMember(domain);
t.teardown(() => member.stop());

/** A directory with ntlm_auth and wbinfo as they are beside the member's winbindd. */
function programs(...rights: readonly string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'myq-beside-'));
  t.teardown(() => { rmSync(directory, { recursive: true, force: true }); });
  for (const name of ['ntlm_auth', 'wbinfo']) {
    const words = ['nsenter', '--mount', `--target=${String(member.namespace)}`, '--', ...rights, `/usr/bin/${name}`];
    writeFileSync(join(directory, name), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
    chmodSync(join(directory, name), 0o755);
  }
  return join(directory, 'ntlm_auth');
}

interface Person {
  readonly user: string;
  readonly password?: string;
  readonly domain?: string;
}

const alice: Person = { user: 'alice' };

interface Site {
  readonly helpers: FreeHelpers;
  signIn(person?: Person, address?: string): Promise<NtlmVerdict | undefined>;
  forward(milliseconds: number): void;
}

function site(t: Test, options: Partial<NtlmHelperOptions> = {}): Site {
  let ahead = 0;
  const helpers = freeHelpers(openNtlmHelpers({
    path: programs(), sambaConfig: member.smbConf, limit: 4, warn: () => { /* the errors say it as well */ },
    now: () => performance.now() + ahead, ...options,
  }));
  t.teardown(() => helpers.close());
  return {
    helpers,
    forward: (milliseconds) => { ahead += milliseconds; },
    signIn: async ({ user, password = 'Passw0rd.alice', domain: of = domain.netbios } = alice, address = ADDRESS) => {
      using exchange = await helpers.begin(negotiateMessage(), address);
      return await exchange.answer(authenticateMessage(exchange.challenge, { user, domain: of, password }));
    },
  };
}

async function fails(t: Test, trying: Promise<unknown>, detail: RegExp, most: number): Promise<void> {
  const begun = performance.now();
  await t.rejects(trying, { name: 'UnavailableError', detail });
  const took = performance.now() - begun;
  t.ok(took < most, `${String(Math.round(took))} ms`);
}

const refused = { kind: 'refused', status: 'NT_STATUS_LOGON_FAILURE' };

t.test('the domain tells who somebody is, by the name that it has for him', async (t) => {
  const { signIn, helpers } = site(t);
  const accepted = { kind: 'accepted', user: `${domain.netbios}\\alice`, reply: new Uint8Array() };
  t.strictSame(await signIn(), accepted);
  t.strictSame(await signIn({ user: 'ALICE', domain: domain.netbios.toLowerCase() }), accepted);
  t.strictSame(await signIn({ user: `alice@${domain.realm.toLowerCase()}`, domain: '' }), accepted);
  t.match(await signIn({ user: 'žluťoučký kůň', password: 'Passw0rd.kun' }), { user: `${domain.netbios}\\žluťoučký kůň` });
  t.strictSame(await signIn({ user: 'alice', password: 'wrong' }), refused);
  t.strictSame(await signIn({ user: 'nobody' }), refused);
  t.strictSame(await signIn({ user: 'alice', domain: 'ELSEWHERE' }), refused);
  t.strictSame(await signIn({ user: 'root', domain: 'GATEWAY', password: '' }), refused);
  t.equal(await helpers.health(), 'ok');
  t.equal(helpers.running, 1);
});

t.test('inside SPNEGO as well, and with another mechanism first', async (t) => {
  const { helpers } = site(t);
  const person = { user: 'alice', domain: domain.netbios, password: 'Passw0rd.alice' };
  using wrapped = await helpers.begin(spnegoInit([NTLM], negotiateMessage()), ADDRESS);
  const verdict = await wrapped.answer(spnegoResponse(authenticateMessage(innerMessage(wrapped.challenge), person)));
  t.match(verdict, { kind: 'accepted', user: `${domain.netbios}\\alice` });
  t.ok(verdict?.kind === 'accepted' && verdict.reply.length > 0, 'SPNEGO says that it is done');
  using offered = await helpers.begin(spnegoInit([NEGOEX, NTLM]), ADDRESS);
  const further = await offered.answer(spnegoResponse(negotiateMessage()));
  if (further?.kind !== 'challenge') return t.fail('no challenge', { further });
  t.match(await offered.answer(spnegoResponse(authenticateMessage(innerMessage(further.reply), person))), { kind: 'accepted' });
});

t.test('an answer to another challenge, or to one that was answered, is refused', async (t) => {
  const { helpers, signIn } = site(t);
  const [one, two] = [await helpers.begin(negotiateMessage(), ADDRESS), await helpers.begin(negotiateMessage(), ADDRESS)];
  const message = authenticateMessage(one.challenge, { user: 'alice', domain: domain.netbios, password: 'Passw0rd.alice' });
  t.match(await one.answer(message), { kind: 'accepted' });
  t.equal(await one.answer(message), undefined);
  const replayed = await two.answer(message);
  t.equal(replayed?.kind, 'refused');
  t.match(await signIn(), { kind: 'accepted' });
});

t.test('of sixty people at once everybody is who he is', async (t) => {
  const { signIn, helpers } = site(t, { wait: 20_000 });
  const people: readonly Person[] = [alice, { user: 'bob', password: 'Passw0rd.bob' }, { user: 'alice', password: 'wrong' }];
  const verdicts = await Promise.all(Array.from({ length: 60 }, (_, n) => signIn(people[n % 3], `192.0.2.${String(n % 9)}`)));
  const said = verdicts.map((verdict) => (verdict?.kind === 'accepted' ? verdict.user : verdict?.kind));
  t.strictSame(said, Array.from({ length: 60 }, (_, n) => [`${domain.netbios}\\alice`, `${domain.netbios}\\bob`, 'refused'][n % 3]));
  t.ok(helpers.running <= 4);
});

t.test('a name that makes winbindd look for another domain opens no circuit', async (t) => {
  const { signIn } = site(t);
  for (let n = 0; n < 5; n++) await fails(t, signIn({ user: 'alice', domain: 'BUILTIN' }), /NO_LOGON_SERVERS: the domain of this machine is well/, 2000);
  t.match(await signIn(), { kind: 'accepted' });
});

t.test('an account without the right to ask gets told which group it must be in', async (t) => {
  const { signIn, helpers } = site(t, { path: programs('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups') });
  t.match(await helpers.health(), /not in the group winbindd_priv/, 'before anybody has tried');
  await fails(t, signIn(), /not in the group winbindd_priv/, 1500);
  t.match(await helpers.health(), /winbindd runs, but .*not in the group winbindd_priv/);
});

t.test('an account with that right needs no other', async (t) => {
  const { signIn, helpers } = site(t, { path: programs('setpriv', '--reuid=65534', '--regid=65534', '--groups=winbindd_priv') });
  t.match(await signIn(), { kind: 'accepted' });
  t.equal(await helpers.health(), 'ok');
});

t.test('a wrong smb.conf is found out with the first message', async (t) => {
  const { signIn } = site(t, { sambaConfig: '/nonexistent/smb.conf' });
  await fails(t, signIn(), /\[NTLM\] SambaConfig.*security = ads/, 1500);
});

t.test('while winbindd is stopped that is said, and when it is back all works again', async (t) => {
  const { signIn, helpers, forward } = site(t);
  t.match(await signIn(), { kind: 'accepted' });
  await member.stopWinbindd();
  for (let n = 0; n < 3; n++) await fails(t, signIn(), /winbindd is not running/, 1500);
  await fails(t, signIn(), /not tried again yet/, 500);
  t.match(await helpers.health(), /winbindd is not running/);
  await member.startWinbindd();
  forward(5001);
  t.match(await signIn(), { kind: 'accepted' });
  t.equal(await helpers.health(), 'ok');
});

t.test('while the domain controller is down nobody waits for long, and soon not at all; when it is back all works again', async (t) => {
  const { signIn, helpers, forward } = site(t);
  t.match(await signIn(), { kind: 'accepted' });
  await domain.kill();
  forward(5001);
  await fails(t, signIn({ user: 'root', domain: 'GATEWAY' }), /LOGON_FAILURE; .*wbinfo/, 4000);
  await Promise.all([signIn(), signIn({ user: 'bob', domain: 'ELSEWHERE' })].map((trying) => fails(t, trying, /NO_LOGON_SERVERS/, 7500)));
  await fails(t, signIn(), /not tried again yet/, 500);
  t.match(await helpers.health(), /NO_LOGON_SERVERS.*no domain controller answers/);
  await domain.restart();
  forward(5001);
  t.match(await signIn(), { kind: 'accepted' });
  t.equal(await helpers.health(), 'ok');
});

t.test('while the domain controller hangs helpers are killed at their deadline, and it is the same', async (t) => {
  const { signIn, helpers, forward } = site(t);
  t.match(await signIn(), { kind: 'accepted' });
  await domain.suspend();
  try {
    await Promise.all([1, 2, 3].map((n) => fails(t, signIn(alice, `192.0.2.${String(n)}`), /no answer within 5000 ms/, 7000)));
    await fails(t, signIn(), /not tried again yet/, 500);
    const begun = performance.now();
    t.match(await helpers.health(), /no answer within 5000 ms/);
    t.ok(performance.now() - begun < 1500);
  } finally {
    await domain.resume();
  }
  forward(5001);
  t.match(await signIn(), { kind: 'accepted' });
});

t.test('when the domain does not trust the machine any more, right passwords are not called wrong', async (t) => {
  const { signIn, helpers } = site(t, { deadline: 20_000 });
  await domain.sambaTool('user', 'setpassword', 'GATEWAY$', '--newpassword=Another.Passw0rd');
  await member.stopWinbindd();
  await member.startWinbindd();
  await fails(t, signIn(), /LOGON_FAILURE; .*net ads testjoin/, 25_000);
  t.match(await helpers.health(), /net ads testjoin/);
});
