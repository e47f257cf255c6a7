// The rules of [Rights]: groups by SID or name, scopes, and messages that name the rule.
import t from 'tap';
import { directoryLines, fault, good } from './texts.ts';

const sid = 'S-1-5-21-1004336348-1177238915-682003330-1105';
const directory = `[Directory]\nBindPassword=x\n${directoryLines}`;
const groupsOf = (lines: string) => good(`${directory}[Rights]\n${lines}`).config.rights;

t.test('a rule is a group by SID, by name, or by domain and name, with its scopes', async (t) => {
  t.strictSame(groupsOf(`${sid} = reports\nPrint Admins = printers queues,jobs ,  users\nMYQ\\Tisk – správci = a!#[]^~`), [
    { group: { kind: 'sid', sid }, scopes: ['reports'] },
    { group: { kind: 'name', name: 'Print Admins' }, scopes: ['printers', 'queues', 'jobs', 'users'] },
    { group: { kind: 'name', name: 'MYQ\\Tisk – správci' }, scopes: ['a!#[]^~'] },
  ]);
  t.ok(Object.isFrozen(good(`[Rights]\n${sid}=reports`).config.rights[0]?.scopes));
});

t.test('a SID has revision 1, an authority of 48 bits and up to 15 sub-authorities of 32 bits', async (t) => {
  for (const text of ['S-1-5-32-544', 's-1-1-0', `S-1-5${'-1'.repeat(15)}`, 'S-1-281474976710655-4294967295']) {
    t.strictSame(groupsOf(`${text}=reports`), [{ group: { kind: 'sid', sid: text.toUpperCase() }, scopes: ['reports'] }], text);
  }
  for (const text of ['S-1-5', 'S-1-5-', 'S-2-5-32-544', `S-1-5${'-1'.repeat(16)}`, 'S-1-5-4294967296', 'S-1-281474976710656-1', 'S-1-5-032-544', 'S-1--5', `S-1-${'9'.repeat(150)}-1`]) {
    t.match(fault(`[Rights]\n${text}=reports`), new RegExp(`^config\\.ini:4: \\[Rights\\] "${text.slice(0, 20)}.*: not a SID, expected S-1- and up to 16 numbers`), text);
  }
  t.match(fault('[Rights]\nS-1-5-21-hunter2=reports'), /^config\.ini:4: \[Rights\] \(not a name\): not a SID/);
  t.strictSame(groupsOf('S-Team = reports'), [{ group: { kind: 'name', name: 'S-Team' }, scopes: ['reports'] }], 'a name can begin so too');
});

t.test('a group of Entra ID is its object id, in any letter case, and needs no directory', async (t) => {
  const object = '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11';
  for (const text of [object, object.toUpperCase()]) {
    const { config: { rights }, sources } = good(`[Rights]\n${text} = jobs, reports`);
    t.strictSame(rights, [{ group: { kind: 'object', object }, scopes: ['jobs', 'reports'] }], text);
    t.equal(sources[`Rights.${text}`], 'config.ini:4');
  }
  t.match(fault(`[Rights]\n${object}=jobs\n${object.toUpperCase()}=users`), /^config\.ini:5: \[Rights\] "0F8C.*": given twice, first in line 4/);
  t.equal(fault(`[Rights]\n${object} = `),
    `config.ini:4: [Rights] "${object}": empty, expected scopes separated by blanks or commas, each once, such as reports printers`);
  t.equal(good(`[Rights]\n${object}=users\n${sid}=jobs`).config.rights.length, 2, 'beside a SID');
});

t.test('what only looks like an object id is a name, which a directory must look up', async (t) => {
  const object = '0f8c6a3e-5d5c-4d3b-9d6a-2b1f6a0e7c11';
  for (const text of [object.slice(1), `${object}1`, object.replaceAll('-', ''), object.replace('f', 'g'), `0${object.slice(1).replace('-', ' ')}`]) {
    t.strictSame(groupsOf(`${text} = jobs`), [{ group: { kind: 'name', name: text }, scopes: ['jobs'] }], text);
    t.match(fault(`[Rights]\n${text} = jobs`), /^config\.ini:4: \[Rights\] ".*": a name needs \[Directory\]/, text);
  }
  t.match(fault(`[Rights]\n{${object}}/x = jobs`), /\[Rights\] \(not a name\): not a group, expected a group: .*, or its object ID in Entra ID$/);
});

t.test('what can be no group is refused without being repeated', async (t) => {
  for (const text of ['a/b', 'a\\b\\c', '\\b', 'MYQ\\', 'MYQ \\b', 'MYQ\\ b', 'a:b', 'a,b', 'a*', '"a"', 'a+b', 'a|b', 'a<b', 'x'.repeat(257), 'a\u200bb', `${'X'.repeat(16)}\\b`]) {
    t.equal(fault(`${directory}[Rights]\n${text}=reports`).split('\n').at(-1),
      'config.ini:9: [Rights] (not a name): not a group, expected a group: its SID, NAME or DOMAIN\\NAME, or its object ID in Entra ID', text);
  }
});

t.test('a rule with wrong scopes names its line and its group', async (t) => {
  const at = `${directory}[Rights]\nPrint Admins =`;
  const expected = 'expected scopes separated by blanks or commas, each once, such as reports printers';
  t.equal(fault(at), `config.ini:9: [Rights] "Print Admins": empty, ${expected}`);
  t.equal(fault(`${at} ,`), `config.ini:9: [Rights] "Print Admins": names no scope, ${expected}`);
  t.equal(fault(`${at} jobs "reports"`), `config.ini:9: [Rights] "Print Admins": ""reports"" is not a scope, ${expected}`);
  for (const word of ['a\\b', 'é', 'x'.repeat(256)]) t.match(fault(`${at} ${word}`), /"Print Admins": ".*"?.* is not a scope, expected/, word);
  t.match(fault(`${at} jobs, users jobs`), /"Print Admins": "jobs" is named twice/);
  t.match(fault(`${at} offline_access offline.access`), /"offline\.access" is named twice/);
  t.match(fault(`[Rights]\n${sid} = `), new RegExp(`^config\\.ini:4: \\[Rights\\] "${sid}": empty`));
});

t.test('the standard\'s offline_access is MyQ\'s offline.access', async (t) => {
  t.strictSame(groupsOf('Print Admins = offline_access jobs')[0]?.scopes, ['offline.access', 'jobs']);
});

t.test('a group given twice names both lines, in any letter case', async (t) => {
  t.equal(fault(`${directory}[Rights]\nPrint Admins=jobs\n[rights]\nPRINT ADMINS=users`),
    'config.ini:11: [Rights] "PRINT ADMINS": given twice, first in line 9, expected once');
  t.match(fault(`[Rights]\n${sid}=jobs\n${sid.toLowerCase()}=users`), /:5: \[Rights\] "s-1-5-21.*": given twice, first in line 4/);
  t.match(fault('[Rights]\na/b=jobs\na/b=users'), /:5: \[Rights\] \(not a name\): given twice/);
});

t.test('a name without a directory that could look it up stops the start at its line, a SID does not', async (t) => {
  const needs = 'a name needs [Directory], which looks it up; give the SID, which "users explain" shows, or the object ID of a group of Entra ID, a GUID';
  t.equal(fault(`[Rights]\n${sid}=jobs\nPrint Admins=jobs\nMYQ\\Helpdesk=users`),
    `config.ini:5: [Rights] "Print Admins": ${needs}\nconfig.ini:6: [Rights] "MYQ\\Helpdesk": ${needs}`);
  t.equal(good(`[Rights]\n${sid}=jobs`).sources[`Rights.${sid}`], 'config.ini:4');
  t.match(good(`[Rights]\nPrint Admins=jobs\n[Directory:sales]\nBindPassword=x\n${directoryLines}`).sources, { 'Rights.Print Admins': 'config.ini:4' });
});

t.test('names of JavaScript objects are ordinary groups', async (t) => {
  t.match(groupsOf('__proto__=jobs\nconstructor=users'), [{ group: { name: '__proto__' } }, { group: { name: 'constructor' } }]);
});
