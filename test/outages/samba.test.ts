// What is wrong on the gateway's own side: winbindd, its rights, the program, helpers that die; and what it has to do with the directory.

import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import t, { type Test } from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { keptConnections } from '../realm/http.ts';
import { authenticateMessage, challengeIn, negotiateMessage, sendToken } from '../realm/ntlm-client.ts';
import { makeTokens } from '../realm/tokens.ts';
import { directoryOf, isInTime, isOut, outagesIn, peopleAt, reader, recovers, users, whole, type People, type Timed } from './people.ts';

/** Milliseconds: what nobody waits for, though programs are started for it. */
const SOON = 2_000;
const READY_LIMIT = 1_500;

const place = await openAdDomain(t, { domain: { users } });
const { domain, member } = place;
const tickets = [...await makeTokens(domain, await domain.kinit('alice'), 20)];
const gateway = await place.start({ ntlm: true });
const people = await peopleAt(gateway);
const told = (t: Test, what: string, { status, took }: Timed): void => { t.comment(`${what}: ${String(status)} after ${whole(took)} ms`); };

/** Checks that tickets are good there, and that readiness is 200 and says so of this part. */
async function goesOn(t: Test, of: People, checks: Readonly<Record<string, 'ok' | 'failed'>>): Promise<void> {
  t.match(await of.kerberos(tickets.pop() ?? ''), { status: 200 }, 'Kerberos goes on');
  const ready = await of.ready();
  told(t, 'readiness', ready);
  t.match(ready, { status: 200, json: { checks: { store: 'ok', keytab: 'ok', ...checks } } });
  isInTime(t, ready, READY_LIMIT, 'readiness');
}

/** The same where NTLM is out; the log has these words. */
async function withoutNtlm(t: Test, at: GatewayProcess, of: People, words: RegExp): Promise<void> {
  const from = at.log.length;
  for (let n = 1; n <= 4; n++) {
    const answer = await of.ntlm();
    told(t, `NTLM, try ${String(n)}`, answer);
    isOut(t, answer, SOON, 'NTLM');
  }
  await goesOn(t, of, { ntlm: 'failed' });
  t.match(outagesIn(at, from).join('\n'), words);
}

/** The gateway whose BindPassword is that of tomorrow: its pause is long, so it is looked after at the end. */
const early = await place.start({ ntlm: true, config: directoryOf(domain, { BindPasswordFile: secretFile('Passw0rd.tomorrow'), CacheTime: 0 }) });
const there = await peopleAt(early);
let mended = NaN;

function secretFile(secret: string): string {
  const file = join(domain.directory, 'other-password');
  writeFileSync(file, secret, { mode: 0o600 });
  return file;
}

t.test('a wrong password of BindName is tried once, and stops nothing else', async (t) => {
  for (let n = 1; n <= 3; n++) {
    const answer = await there.password('alice', users.alice);
    told(t, `login_info, try ${String(n)}`, answer);
    isOut(t, answer, SOON, 'login_info');
  }
  t.match(await there.ntlm(), { status: 200 });
  await goesOn(t, there, { ntlm: 'ok', directory: 'failed' });
  const refused = /^\[Directory\] the bind as reader@MYQ\.TEST was refused: the password is wrong \(data 52e\); correct BindName and BindPassword$/;
  t.equal(early.log.filter(({ msg }) => refused.test(msg)).length, 1);
  // After this it is right; the last test looks whether it works.
  await domain.setPassword(reader.name, 'Passw0rd.tomorrow');
  mended = performance.now();
});

t.test('without winbindd NTLM is out, and is back with it', async (t) => {
  t.match(await people.ntlm(), { status: 200 });
  await member.stopWinbindd();
  await withoutNtlm(t, gateway, people, /winbindd is not running/);
  await member.startWinbindd();
  const after = await recovers(async () => (await people.ntlm()).status === 200);
  t.comment(`NTLM works again after ${after.toFixed(1)} s`);
  t.ok(after < 15);
  await goesOn(t, people, { ntlm: 'ok' });
});

t.test('an account that is not in winbindd_priv is told so, by name of the group', async (t) => {
  const outsider = await place.start({ ntlm: true, groups: [] });
  await withoutNtlm(t, outsider, await peopleAt(outsider), /the account of the gateway is not in the group winbindd_priv/);
});

t.test('with a wrong path of ntlm_auth the gateway starts, and tells', async (t) => {
  const path = '/usr/bin/no-ntlm_auth';
  const other = await place.start({ ntlm: true, config: `[NTLM]\nNtlmAuthPath = ${path}` });
  await withoutNtlm(t, other, await peopleAt(other), /\/usr\/bin\/no-ntlm_auth: it cannot be started: .*ENOENT.*: check \[NTLM\] NtlmAuthPath/);
});

/** The helpers that run for the gateway. */
const helpers = (): readonly number[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
    return status.startsWith('Name:\tntlm_auth\n') && status.includes(`\nPPid:\t${String(gateway.child.pid)}\n`);
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false; // it has just ended
    throw error;
  }
});

t.test('a helper that is killed in the middle of a sign-in costs that sign-in, and no other', async (t) => {
  t.match(await people.ntlm(), { status: 200 });
  for (let round = 0; round < 4; round++) {
    const agent = keptConnections();
    const first = await sendToken(gateway, negotiateMessage(), { scheme: 'NTLM' }, agent);
    const challenge = challengeIn(first, 'NTLM');
    if (challenge === undefined) throw new Error(`no challenge: ${first.text}`);
    const running = helpers();
    t.ok(running.length > 0);
    for (const pid of running) process.kill(pid, 'SIGKILL');
    const message = authenticateMessage(challenge, { domain: domain.netbios, user: 'alice', password: users.alice });
    const second = await sendToken(gateway, message, { scheme: 'NTLM' }, agent);
    agent.destroy();
    t.equal(second.status, 503, 'he may try again');
    const next = await people.ntlm();
    told(t, 'the next sign-in', next);
    t.equal(next.status, 200);
    isInTime(t, next, SOON, 'the next sign-in');
  }
  await goesOn(t, people, { ntlm: 'ok' });
  t.match(outagesIn(gateway).join('\n'), /an NTLM helper was lost: .*SIGKILL/);
});

/** Says it is the domain controller, with a certificate of an authority of its own; keeps what it hears and answers nothing. */
async function impostor(t: Test, host: string, made = new Date()) {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(host, made);
  const caFile = join(domain.directory, `ca-${String(impostors++)}.pem`);
  writeFileSync(caFile, caPem);
  const heard: string[] = [];
  let calls = 0;
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (socket) => {
    socket.on('error', () => { /* the other end has had enough */ }).on('data', (data) => heard.push(data.toString('latin1')));
  });
  server.on('connection', () => { calls++; }).listen(0, domain.address);
  await once(server, 'listening');
  t.teardown(() => { server.close(); });
  const { port } = server.address() as { port: number };
  return { caFile, Url: `ldaps://${domain.host}:${String(port)}`, heard: () => heard.join(''), calls: () => calls };
}
let impostors = 0;

t.test('a domain controller whose certificate is not good gets no password, and the log tells what is wrong with it', async (t) => {
  const YEARS = 365 * 86_400_000;
  const bad = {
    other: await impostor(t, domain.host), name: await impostor(t, 'dc2.myq.test'), expired: await impostor(t, domain.host, new Date(Date.now() - 4 * YEARS)),
  };
  const good = await impostor(t, domain.host);
  const section = (name: string, { Url, caFile }: typeof good, CaFile = caFile): string =>
    directoryOf(domain, { Url, CaFile, BaseDn: `DC=${name},DC=test` }, name);
  const misled = await place.start({
    config: [section('other', bad.other, domain.caFile), section('name', bad.name), section('expired', bad.expired), section('good', good)].join('\n'),
  });
  const at = await peopleAt(misled);
  for (const user of ['carol', 'carol@other.test', 'carol@name.test', 'carol@expired.test', 'carol@good.test']) {
    isOut(t, await at.password(user, 'Passw0rd.typed'), 2_500, user);
  }
  await goesOn(t, at, Object.fromEntries(['other', 'name', 'expired', 'good'].map((name) => [`directory:${name}`, 'failed'] as const)));
  for (const { heard, calls } of Object.values(bad)) {
    t.ok(calls() > 0, 'it was called');
    t.equal(heard(), '', 'and told nothing');
  }
  t.match(good.heard(), reader.password, 'what would have been heard');
  t.notMatch(good.heard(), /typed/, 'nobody\'s password is checked before he is found');
  const log = outagesIn(misled).join('\n');
  t.match(log, /\[Directory:other\] ldaps:\S+: no CA that is trusted here has signed its certificate; name the PEM file .* in CaFile/);
  t.match(log, /\[Directory:name\] ldaps:\S+: its certificate is not for dc1\.myq\.test \(.*dc2\.myq\.test.*\); use in Url the name that is in the certificate/);
  t.match(log, /\[Directory:expired\] ldaps:\S+: its certificate has expired; renew the certificate of the domain controller/);
});

t.test('the password of BindName that was mended in the domain works without a restart', async (t) => {
  // The domain would lock the account if it were tried all the time.
  const works = async (): Promise<boolean> => (await there.password('alice', users.alice)).status === 200;
  const isBack = await recovers(works) < Infinity || await recovers(works) < Infinity;
  t.ok(isBack);
  t.comment(`login_info works again ${whole((performance.now() - mended) / 1000)} s after the password was set`);
  await goesOn(t, there, { ntlm: 'ok', directory: 'ok' });
});
