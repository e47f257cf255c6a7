// Other mechanisms than Kerberos, in every wrapping: refused with the reason, and never offered.

import t from 'tap';
import { IAKERB, KERBEROS, KERBEROS_USER_TO_USER, NEGOEX, NTLM, SPNEGO } from '../../../src/mechanisms/token/mechanisms.ts';
import { apReq, frame, kerberosToken, negTokenInit, ntlmMessage } from '../../mechanisms/token/encoder.ts';
import type { GatewayProcess } from '../../realm/gateway.ts';
import { send, signIn, type Answer } from '../../realm/http.ts';
import { openDomain } from '../../realm/site.ts';
import { refuses, type ExpectedRefusal } from '../refusal-answer.ts';

const { realm, start } = await openDomain(t);
const [usual, only] = await Promise.all([start(), start({ config: '[Security]\nKerberosOnly = True' })]);

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const withScheme = (gateway: GatewayProcess, authorization: string): Promise<Answer> =>
  send(gateway, '/api/auth/negotiate', { method: 'POST', headers: { authorization } });

const ntlm = (detail: RegExp, cure = /setspn -Q HTTP\/print\.myq\.test/): ExpectedRefusal => ({ status: 401, reason: 'ntlm_disabled', detail, cure });
const chosen = ntlm(/the scheme NTLM/, /let the client use Negotiate/);
for (const [gateway, name, why] of [[usual, 'False', '\\[NTLM\\] Enabled is off'], [only, 'True', '\\[Security\\] KerberosOnly is on']] as const) {
  for (const type of [1, 2, 3]) {
    await t.test(`a raw NTLM message of type ${String(type)} is refused (KerberosOnly=${name})`, async (t) => {
      await refuses(t, gateway, () => signIn(gateway, base64(ntlmMessage(type))), ntlm(new RegExp(`raw NTLMSSP.*${why}`)));
    });
  }

  const lists: readonly (readonly [string, Uint8Array])[] = [
    ['only NTLM', negTokenInit([NTLM], { mechToken: ntlmMessage(1) })],
    ['only NTLM and no message', negTokenInit([NTLM])],
    ['NegoEx and NTLM', negTokenInit([NEGOEX, NTLM])],
  ];
  for (const [title, token] of lists) {
    await t.test(`SPNEGO that offers ${title} is refused (KerberosOnly=${name})`, async (t) => {
      await refuses(t, gateway, () => signIn(gateway, base64(token)), ntlm(new RegExp(`inside SPNEGO, which offers nothing else.*${why}`)));
    });
  }

  await t.test(`the scheme NTLM is refused and not offered (KerberosOnly=${name})`, async (t) => {
    for (const authorization of [`NTLM ${base64(ntlmMessage(1))}`, 'NTLM', 'ntlm x']) {
      await refuses(t, gateway, () => withScheme(gateway, authorization), chosen);
    }
  });

  await t.test(`curl --ntlm gets no further than the first message (KerberosOnly=${name})`, async (t) => {
    await refuses(t, gateway, async () => curlNtlm(gateway), chosen);
  });
}

/** What curl shows of the last answer it got. */
async function curlNtlm(gateway: GatewayProcess): Promise<Answer> {
  const shown = await realm.exec('curl', [
    '--silent', '--ntlm', '-u', 'alice:Passw0rd.alice', '--cacert', gateway.caFile, '-X', 'POST', '--noproxy', '*', '--include', '--http1.1',
    '--resolve', `${gateway.hostname}:${String(gateway.port)}:127.0.0.1`, `${gateway.issuer}/api/auth/negotiate`,
  ]);
  const [head = '', text = ''] = shown.trim().split('\r\n\r\n').slice(-2);
  const [status = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2)).map(([name = '', value]) => [name.toLowerCase(), value]));
  return { status: Number(status.split(' ')[1]), headers, text, json: JSON.parse(text) as Answer['json'] };
}

const others: readonly (readonly [title: string, token: Uint8Array, detail: RegExp])[] = [
  ['SPNEGO that offers only NegoEx', negTokenInit([NEGOEX], { mechToken: Buffer.from('NEGOEXTS') }), /offers only NegoEx/],
  ['SPNEGO that offers only IAKERB', negTokenInit([IAKERB]), /offers only IAKERB/],
  ['SPNEGO that offers an unknown mechanism', negTokenInit(['1.3.6.1.4.1.99999.1']), /offers only 1\.3\.6\.1\.4\.1\.99999\.1/],
  ['bare IAKERB', frame(IAKERB, apReq()), /IAKERB is not accepted/],
  ['bare Kerberos user-to-user', frame(KERBEROS_USER_TO_USER, apReq()), /Kerberos user-to-user is not accepted/],
  ['a reply that only a server sends', kerberosToken(apReq(), KERBEROS, 0x0200), /a Kerberos reply \(AP-REP\), which only a server sends/],
];
for (const [title, token, detail] of others) {
  await t.test(`${title} is refused with an offer`, async (t) => {
    await refuses(t, usual, () => signIn(usual, base64(token)), { status: 401, reason: 'mechanism_not_allowed', detail });
  });
}

await t.test('another scheme than Negotiate is refused with an offer, and its content is not logged', async (t) => {
  const before = usual.log.length;
  for (const authorization of ['Basic YWxpY2U6c2VjcmV0', 'Bearer YWxpY2U6c2VjcmV0', 'Digest username="YWxpY2U6c2VjcmV0"', 'YWxpY2U6c2VjcmV0', 'NegotiateX YWxpY2U6c2VjcmV0']) {
    await refuses(t, usual, () => withScheme(usual, authorization), { status: 401, reason: 'mechanism_not_allowed', detail: /another scheme than Negotiate/, cure: 'none' });
  }
  t.notMatch(JSON.stringify(usual.log.slice(before)), /YWxpY2U6c2VjcmV0/);
});

await t.test('SPNEGO inside SPNEGO is malformed', async (t) => {
  await refuses(t, usual, () => signIn(usual, base64(negTokenInit([SPNEGO, KERBEROS]))), { status: 400, reason: 'malformed_token', detail: /SPNEGO inside SPNEGO/ });
});

t.end();
