// Whose principals may sign in, and how the names of domains come to the names of users.

import t from 'tap';
import { ConfigError } from '../src/errors.ts';
import { checkRights, userRules } from '../src/user-rules.ts';
import { good } from './config/texts.ts';

const NTLM = '[NTLM]\nEnabled = True\nDomains = LAB=LAB.TEST, MYQ=MYQ.TEST\n';
const directory = (more = ''): string => `[Directory]\nUrl=ldaps://dc1.corp.test\nBindName=reader@corp.test\nBindPassword=x\nBaseDn=DC=corp,DC=test\n${more}`;
const rules = (lines: string, keytab: readonly string[] = []): ReturnType<typeof userRules> => userRules(good(lines).config, () => keytab);

t.test('without [Kerberos] Realms they are those of the keytab, of NTLM and of directories with sign-in, each once', async (t) => {
  for (const [lines, keytab, realms] of [
    ['', [], []],
    ['', ['MYQ.TEST'], ['MYQ.TEST']],
    [NTLM, ['MYQ.TEST'], ['MYQ.TEST', 'LAB.TEST']],
    [directory(), ['MYQ.TEST'], ['MYQ.TEST', 'CORP.TEST']],
    [directory('Realm=MYQ.TEST\n'), ['MYQ.TEST'], ['MYQ.TEST']],
    [NTLM + directory(), [], ['LAB.TEST', 'MYQ.TEST', 'CORP.TEST']],
  ] as const) t.strictSame(rules(lines, keytab).realms(), realms, `${lines} ${keytab.join(' ')}`);
});

t.test('domains of NTLM count only where NTLM is taken', async (t) => {
  t.strictSame(rules(`${NTLM}[Security]\nKerberosOnly = True\n`).realms(), [], 'KerberosOnly');
  t.strictSame(rules(NTLM.replace('True', 'False')).realms(), [], 'Enabled is off');
  t.strictSame(rules(`${NTLM}[Security]\nKerberosOnly = True\n${directory()}`).realms(), ['CORP.TEST'], 'the directory is no NTLM');
});

t.test('a directory without SignIn lets nobody in', async (t) => {
  t.strictSame(rules(directory('SignIn=no\n')).realms(), []);
  const sales = directory('SignIn=no\n').replace('[Directory]', '[Directory:sales]').replaceAll('corp', 'sales');
  t.strictSame(rules(directory() + sales).realms(), ['CORP.TEST']);
});

t.test('[Kerberos] Realms says it all, whatever else is named', async (t) => {
  t.strictSame(rules(`[Kerberos]\nRealms = OTHER.TEST\n${NTLM}${directory()}`, ['MYQ.TEST']).realms(), ['OTHER.TEST']);
});

t.test('the realms of the keytab are those of this moment', async (t) => {
  const keytab: string[] = [];
  const { realms } = userRules(good('').config, () => keytab);
  t.strictSame(realms(), []);
  keytab.push('MYQ.TEST');
  t.strictSame(realms(), ['MYQ.TEST']);
});

t.test('names of domains are appended where that is wished: those of NTLM and directories, else the realm', async (t) => {
  t.equal(rules(NTLM + directory()).domainOf, undefined);
  const { domainOf } = rules(`[Users]\nAppendDomainName = True\n${NTLM}${directory('Domain=HQ\n')}`);
  t.strictSame(['LAB.TEST', 'MYQ.TEST', 'CORP.TEST', 'OTHER.TEST'].map((realm) => domainOf?.(realm)), ['LAB', 'MYQ', 'HQ', 'OTHER.TEST']);
});

t.test('what becomes of unknown users is as it is set', async (t) => {
  t.equal(rules('').unknownUsers, 'Reject');
  t.equal(rules('[Users]\nUnknownUsers = Create\n').unknownUsers, 'Create');
});

t.test('a scope in [Rights] that nobody knows is told with its rule and the nearest one', async (t) => {
  const check = (lines: string) => (): void => { checkRights(good(lines).config); };
  t.doesNotThrow(check('[Rights]\nS-1-5-21-1-2-3-500 = queues printers offline_access\n'));
  t.throws(check('[Rights]\nS-1-5-21-1-2-3-500 = queues printer\n'), new ConfigError('[Rights] S-1-5-21-1-2-3-500: there is no scope printer: did you mean print or printers?'));
});
