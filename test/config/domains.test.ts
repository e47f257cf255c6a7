// Names of domains: NetBIOS, realm, and the pairs of both.
import t from 'tap';
import { netbiosName, ntlmDomains, realm } from '../../src/config/domains.ts';
import { table } from './kinds.ts';

table('a NetBIOS name has 1 to 15 characters that Windows allows, and becomes upper case', netbiosName,
  [['MYQ', 'MYQ'], ['myq-lab_1', 'MYQ-LAB_1'], ['A', 'A'], ['A.B', 'A.B'], ['x'.repeat(15), 'X'.repeat(15)], ['1ST', '1ST']],
  ['x'.repeat(16), '.A', 'A B', 'A\\B', 'A/B', 'A:B', 'A*', 'A?', '"A"', 'A<B', 'A|B', 'A,B', 'A=B', 'ÄB', 'A\u200b'].map((text) => [text, /is not a NetBIOS name$/] as const));

table('a realm becomes upper case', realm,
  [['myq.test', 'MYQ.TEST'], ['MYQ.TEST', 'MYQ.TEST'], ['LOCAL', 'LOCAL']],
  ['MYQ..TEST '.trim() + '.', '.MYQ', 'A B', 'a@MYQ.TEST', 'MYQ\\a', 'ÄB.TEST', 'x'.repeat(256)].map((text) => [text, /is not a realm name$/] as const));

const myq = { domain: 'MYQ', realm: 'MYQ.TEST' };
const lab = { domain: 'LAB', realm: 'LAB.TEST' };
table('domains are pairs, separated by commas and blanks', ntlmDomains,
  [['', []], [' , ', []], ['MYQ=MYQ.TEST', [myq]], ['myq=myq.test,LAB=LAB.TEST', [myq, lab]], ['MYQ = MYQ.TEST  LAB= LAB.TEST ,', [myq, lab]]],
  [
    ['MYQ', /"MYQ" is not NETBIOS=REALM/], ['MYQ=', /"" is not a realm/], ['=MYQ.TEST', /"" is not a NetBIOS/], ['A=B=C', /"A=B=C" is not NETBIOS/],
    ['A==B', /is not NETBIOS/], ['MYQ.TEST:MYQ', /is not NETBIOS/], ['MYQ=a@b', /"a@b" is not a realm/], ['a\\b=C', /"a\\b" is not a NetBIOS/],
    ['MYQ=MYQ.TEST myq=OTHER.TEST', /the domain "MYQ" is named twice/], ['MYQ=MYQ.TEST, LAB=myq.test', /the realm "MYQ.TEST" is named twice/],
    ['MYQ=MYQ.TEST; LAB=LAB.TEST', /is not a realm/],
  ]);

t.test('domains are shown as they would be written', async (t) => {
  t.equal(ntlmDomains.show?.([myq, lab]), 'MYQ=MYQ.TEST, LAB=LAB.TEST');
});

t.test('a very long line is refused at once', async (t) => {
  const begun = performance.now();
  for (const text of [`A${' '.repeat(500_000)}B`, '='.repeat(500_000), `${' '.repeat(500_000)}=`]) t.match(ntlmDomains.read(text, '/'), { wrong: /^.{1,200}$/ });
  t.ok(performance.now() - begun < 5000);
});
