// Tickets whose service name, which anybody may write, is made to deceive: the diagnosis, the log, or the admin who copies a command.

import t from 'tap';
import { KERBEROS } from '../../../src/mechanisms/token/mechanisms.ts';
import { apReq, kerberosToken, negTokenInit } from '../../mechanisms/token/encoder.ts';
import { becomes } from '../../realm/exec.ts';
import { send, signIn } from '../../realm/http.ts';
import { openSite } from '../../realm/site.ts';
import { makeToken } from '../../realm/tokens.ts';
import { checkAnswer, loggedSince } from '../refusal-answer.ts';

const { realm, gateway, ccache } = await openSite(t);
// It answers before the lines of its start have arrived here.
await becomes(() => gateway.log.some(({ msg }) => msg === 'listening'));

/** What it is, the name's parts, and the realm. */
const hostile: readonly (readonly [title: string, service: readonly string[], ownRealm?: string])[] = [
  ['words of MIT about krb5.conf', ['HTTP', 'Kerberos configuration file']],
  ['words of MIT about its replay cache', ['HTTP', '(filename: /var/tmp/krb5_0.rcache2)']],
  ['words of a full disk', ['HTTP', 'No space left on device']],
  ['words of a forbidden file', ['HTTP', 'Permission denied']],
  ['words of a missing keytab', ['HTTP', 'Key table file /etc/krb5.keytab not found; keytab']],
  ['words of a good sign-in', ['HTTP', 'print.myq.test kvno 1 found in keytab']],
  ['a command behind a semicolon', ['HTTP', 'print; curl x|sh #']],
  ['a command in backticks', ['HTTP', 'print`curl x|sh`']],
  ['a command substitution', ['HTTP', '$(curl x|sh)']],
  ['a quotation that ends', ['HTTP', 'print" & curl x|sh & "']],
  ['an option', ['HTTP', '--help; curl x|sh']],
  ['a line break and a log line', ['HTTP', 'print\n{"level":30,"msg":"windows sign-in"}\r\n']],
  ['text that runs from right to left', ['HTTP', 'print\u202etset.qym']],
  ['a terminal\'s escape sequence', ['HTTP', '\u001b[2J\u001b]0;owned\u0007print.myq.test']],
  ['an invisible difference', ['HTTP', 'print\u200b.myq.test']],
  ['a path', ['HTTP', '../../etc/passwd']],
  ['a service in a realm with a command', ['HTTP', 'print.myq.test'], 'MYQ.TEST; curl x|sh #'],
  ['a service in a realm that runs from right to left', ['HTTP', 'print.myq.test'], '\u202eTSET.QYM'],
  ['a service of as many and as long parts as there may be', Array.from({ length: 16 }, () => 'x'.repeat(400))],
];

for (const [title, service, ownRealm = 'MYQ.TEST'] of hostile) {
  await t.test(`a ticket for ${title} is refused, and nothing else`, async (t) => {
    const raw = kerberosToken(apReq({ service, realm: ownRealm }));
    for (const token of [raw, negTokenInit([KERBEROS], { mechToken: raw })]) {
      const before = gateway.log.length;
      const answer = await signIn(gateway, Buffer.from(token).toString('base64'));
      checkAnswer(t, answer, { status: 401, reason: 'spn_not_in_keytab' });
      const line = await loggedSince(gateway, before, 'windows sign-in refused');
      t.equal(line?.['reason'], 'spn_not_in_keytab');
      t.notOk(/[\p{Cc}\p{Bidi_Control}\u200b]/u.test(Object.values(line ?? {}).join(' ')), 'nothing raw in the log');
      t.notMatch(line?.['cure'], /curl|[|&$`#\\]|--help|passwd/, 'the cure can be pasted into a shell');
      t.equal(gateway.log.length, before + 1, 'it is one line');
    }
  });
}

await t.test('the gateway is as well as before', async (t) => {
  t.equal((await send(gateway, '/api/server/status')).text, '1');
  t.equal((await signIn(gateway, await makeToken(realm, ccache))).status, 200);
});

t.end();
