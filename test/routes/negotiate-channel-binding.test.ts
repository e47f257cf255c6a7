// Channel bindings (RFC 5929 tls-server-end-point, which Windows calls EPA) with Off, Allow and Require, on TLS 1.2 and 1.3.

import t from 'tap';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestOptions } from 'node:https';
import { decodeJwt } from 'jose';
import type { GatewayProcess } from '../realm/gateway.ts';
import { signIn, type Answer } from '../realm/http.ts';
import { openDomain } from '../realm/site.ts';
import { makeTokens, type TokenOptions } from '../realm/tokens.ts';
import { refuses, type ExpectedRefusal } from './refusal-answer.ts';

type Policy = 'Off' | 'Allow' | 'Require';
type Binding = (policy: Policy) => Uint8Array | undefined;

const { realm, start } = await openDomain(t);
const withPolicy = (policy: Policy): Promise<GatewayProcess> => start({ config: `[Security]\nChannelBinding = ${policy}` });
const [off, allow, require] = await Promise.all([withPolicy('Off'), withPolicy('Allow'), withPolicy('Require')]);
const gateways: Readonly<Record<Policy, GatewayProcess>> = { Off: off, Allow: allow, Require: require };
const ccache = await realm.kinit('alice');

/** Written out here once more, apart from src/tls/endpoint.ts: the prefix and the certificate's SHA-256, as it is signed with SHA-256. */
function bindingOf(gateway: GatewayProcess): Uint8Array {
  const { raw } = new X509Certificate(readFileSync(join(gateway.directory, 'tls/server.pem')));
  return Buffer.concat([Buffer.from('tls-server-end-point:'), createHash('sha256').update(raw).digest()]);
}

/** The binding of another gateway's certificate: what a token carries that was made for a relay in the middle. */
const elsewhere = (policy: Policy): Uint8Array => bindingOf(gateways[policy === 'Off' ? 'Allow' : 'Off']);

const mechanisms: readonly TokenOptions[] = [{ mechanism: 'spnego' }, { mechanism: 'krb5' }];
const versions: readonly RequestOptions[] = [{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }, { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' }];
const nameOf = ({ mechanism }: TokenOptions, { maxVersion }: RequestOptions): string => `${String(mechanism)}, ${String(maxVersion)}`;

/** Each mechanism on each TLS version. */
async function everyWay(
  policy: Policy, channelBindings: Uint8Array | undefined, check: (name: string, send: () => Promise<Answer>) => Promise<void>,
): Promise<void> {
  for (const mechanism of mechanisms) {
    const tokens = await makeTokens(realm, ccache, versions.length, { ...mechanism, ...(channelBindings && { channelBindings }) });
    for (const [index, version] of versions.entries()) {
      const token = tokens[index];
      await check(nameOf(mechanism, version), () => signIn(gateways[policy], token, version));
    }
  }
}

const accepted: readonly (readonly [policy: Policy, title: string, binding: Binding, cbt: string])[] = [
  ['Off', 'a token with the right binding', (policy) => bindingOf(gateways[policy]), 'none'],
  ['Off', 'a token with the binding of another certificate', elsewhere, 'none'],
  ['Off', 'a token without binding', () => undefined, 'none'],
  ['Allow', 'a token with the right binding', (policy) => bindingOf(gateways[policy]), 'bound'],
  ['Allow', 'a token without binding', () => undefined, 'none'],
  ['Require', 'a token with the right binding', (policy) => bindingOf(gateways[policy]), 'bound'],
];
for (const [policy, title, binding, cbt] of accepted) {
  await t.test(`ChannelBinding=${policy} accepts ${title}, and the access token says cbt ${cbt}`, async (t) => {
    await everyWay(policy, binding(policy), async (name, send) => {
      const answer = await send();
      t.equal(answer.status, 200, `${name}: ${answer.text}`);
      t.equal(decodeJwt(String(answer.json?.['access_token']))['cbt'], cbt);
    });
  });
}

const mismatch: ExpectedRefusal = {
  status: 401, reason: 'channel_binding_mismatch',
  detail: /channel bindings.*ticket for HTTP\/print\.myq\.test@MYQ\.TEST, kvno 1, aes256.*keytab .* has kvno 1 aes256/i,
  cure: /without a TLS-terminating proxy between, or set \[Security\] ChannelBinding=Off/,
};
const missing: ExpectedRefusal = {
  status: 401, reason: 'channel_binding_required', detail: /carries no channel binding, and \[Security\] ChannelBinding=Require/, cure: /ChannelBinding=Allow/,
};
const refused: readonly (readonly [policy: Policy, title: string, binding: Binding, expected: ExpectedRefusal])[] = [
  ['Allow', 'a token with the binding of another certificate', elsewhere, mismatch],
  ['Require', 'a token with the binding of another certificate', elsewhere, mismatch],
  ['Require', 'a token without binding', () => undefined, missing],
];
for (const [policy, title, binding, expected] of refused) {
  await t.test(`ChannelBinding=${policy} refuses ${title}`, async (t) => {
    await everyWay(policy, binding(policy), async (name, send) => {
      t.comment(name);
      await refuses(t, gateways[policy], send, expected);
    });
  });
}

t.end();
