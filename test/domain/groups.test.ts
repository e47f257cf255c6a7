// Groups of a real domain become rights: from the ticket, and from the directory where there is no PAC.

import { join } from 'node:path';
import t from 'tap';
import { keytabFile } from '../../src/mechanisms/keytab-file.ts';
import { kerberosDoor } from '../mechanisms/door.ts';
import { openAdDomain } from '../realm/ad-site.ts';
import { signIn, type Answer } from '../realm/http.ts';
import { makeToken } from '../realm/tokens.ts';
import type { Reply } from '../routes/app.ts';
import { directoryOf, programAt, reader, rightsIn } from './place.ts';

const MANY = 1200;
/** Account flags: an ordinary account whose tickets carry no PAC (MS-ADTS §2.2.16). */
const WITHOUT_PAC = 0x200 | 0x200_0000;
/** groupType of a security group that is good in its own domain only (MS-ADTS §2.2.12). */
const DOMAIN_LOCAL = -2_147_483_644;

/** The KDC has seen the password or the key itself (MS-DTYP §2.4.2.4): no group of the domain. */
const ASSERTED_BY_AUTHORITY = 'S-1-18-1';

const names = ['alice', 'bob', 'carol', 'busy'] as const;
const users = Object.fromEntries([...names, reader.name].map((name) => [name, `Passw0rd.${name}`]));
const { domain, start } = await openAdDomain(t, {
  domain: { users, groups: { PrintUsers: ['alice'], Printing: ['PrintUsers'], Staff: ['carol'] } },
});
const folder = `CN=Users,${domain.baseDn}`;
const dn = (name: string): string => `CN=${name},${folder}`;
const group = (name: string, member: string, type = ''): string =>
  `dn: ${dn(name)}\nchangetype: add\nobjectClass: group\nsAMAccountName: ${name}\nmember: ${dn(member)}\n${type}\n`;
await domain.modify([
  group('Local', 'Printing', `groupType: ${String(DOMAIN_LOCAL)}\n`),
  `dn: ${dn('carol')}\nchangetype: modify\nreplace: primaryGroupID\nprimaryGroupID: ${(await domain.sidOf('Staff')).split('-').at(-1) ?? ''}\n\n`,
  ...Array.from({ length: MANY }, (_, index) => group(`Group ${String(index)}`, 'busy')),
].join(''));

// libkrb5 reads it at its first call, which the import makes possible.
Object.assign(process.env, domain.environment);
const { kerberos } = await import('../../src/mechanisms/kerberos.ts');

const rules = [
  '[Rights]', `${await domain.sidOf('PrintUsers')} = queues`, 'PrintUsers = printers', 'myq\\printing = users', 'Local = scan',
  `${await domain.sidOf('Staff')} = credit`, `Group ${String(MANY - 1)} = reports`, 'No Such Group = impersonate',
].join('\n');
const named = (name: string): readonly string[] => [name, '--alias', `${name}@${domain.realm}`];
const gateway = await start({ ntlm: true, users: names.map(named), config: `${directoryOf(domain)}${rules}` });
const program = await programAt(gateway);
const ticketOf = async (name: string): Promise<string> => makeToken(domain, await domain.kinit(name));

const expected: Readonly<Record<typeof names[number], readonly string[]>> = {
  alice: ['printers', 'queues', 'scan', 'users'], bob: [], carol: ['credit'], busy: ['reports'],
};

/** The rights of each of them, if he signs in so. */
async function rightsBy(signIn: (name: string) => Promise<Reply>): Promise<Readonly<Record<string, readonly string[]>>> {
  const rights: Record<string, readonly string[]> = {};
  for (const name of names) rights[name] = rightsIn(await signIn(name));
  return rights;
}

t.test('the SIDs in a ticket are those that the domain reckons', async (t) => {
  const door = kerberosDoor(kerberos({
    keytab: keytabFile(domain.keytabFile), service: 'HTTP/print.myq.test', replayCache: `file2:${join(domain.directory, 'rcache')}`,
    channelBinding: 'Off', allowRc4: false, now: () => Math.floor(Date.now() / 1000), warn: (message) => { t.fail(message); },
    markOnce: () => Promise.resolve(true),
  }));
  const sidsOf = async (name: string): Promise<readonly string[]> => {
    const bytes = Buffer.from(await ticketOf(name), 'base64');
    const outcome = await door.step({ scheme: 'Negotiate', bytes }, undefined, { address: '127.0.0.1', calledAs: undefined, channelBindings: undefined });
    if (outcome.kind !== 'proved') throw new Error(`no proof for ${name}: ${outcome.kind}`);
    return outcome.proof.sids;
  };
  for (const name of names) {
    const [own, ...groups] = await sidsOf(name);
    t.equal(own, await domain.sidOf(name), name);
    // Those of the machine that is asked are in tokenGroups, and no ticket has them.
    const isBuiltin = (sid: string): boolean => sid.startsWith('S-1-5-32-');
    const told = (await domain.groupSidsOf(name)).filter((sid) => !isBuiltin(sid));
    t.strictSame([...groups].sort(), [...told, ASSERTED_BY_AUTHORITY].sort(), `${String(groups.length)} groups of ${name}`);
  }
});

t.test('with a ticket everybody has the rights of his groups: nested, of the domain alone, primary, and one among very many', async (t) => {
  t.strictSame(await rightsBy(async (name) => program.ticket(await ticketOf(name))), expected);
  const { length } = await ticketOf('busy');
  t.ok(length > 12 * 1024, `a ticket of ${String(length)} characters`);
});

t.test('with NTLM, and with the password, they are the same', async (t) => {
  t.strictSame(await rightsBy((name) => program.ntlm(name, users[name] ?? '')), expected);
  t.strictSame(await rightsBy((name) => program.password(name, users[name] ?? '')), expected);
});

t.test('a client gets no right that it may not have itself', async (t) => {
  const desktop = (name: string): Promise<Answer> => ticketOf(name).then((ticket) => signIn(gateway, ticket));
  t.strictSame((await desktop('busy')).json?.['scope'], 'openid profile jobs print user.session', 'reports is not the Desktop Client\'s');
  t.strictSame((await desktop('alice')).json?.['scope'], 'openid profile jobs print user.session queues printers users scan');
});

t.test('a rule for a group that is not there gives nobody anything, and the log says so once', (t) => {
  const warnings = gateway.log.filter(({ msg }) => msg.startsWith('[Rights]')).map(({ msg }) => msg);
  t.strictSame(warnings, ['[Rights] No Such Group gives nobody anything: no directory has that group, or several have']);
  t.end();
});

t.test('without a directory the ticket alone tells, and NTLM brings no groups', async (t) => {
  const ofSids = rules.split('\n').filter((line) => /^\[|^S-1-/.test(line)).join('\n');
  const alone = await start({ ntlm: true, users: names.map(named), config: ofSids });
  const there = await programAt(alone);
  t.strictSame(await rightsBy(async (name) => there.ticket(await ticketOf(name))), { alice: ['queues'], bob: [], carol: ['credit'], busy: [] });
  t.strictSame(await rightsBy((name) => there.ntlm(name, users[name] ?? '')), { alice: [], bob: [], carol: [], busy: [] });
});

// The last: from here on the tickets for the service are others.
t.test('a ticket without a PAC gives the same, since the directory is asked', async (t) => {
  await domain.modify(`dn: ${dn('svc-print')}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: ${String(WITHOUT_PAC)}\n`);
  const { length } = await ticketOf('busy');
  t.ok(length < 1024, `a ticket of ${String(length)} characters`);
  t.strictSame(await rightsBy(async (name) => program.ticket(await ticketOf(name))), expected);
});
