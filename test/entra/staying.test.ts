// Who stays signed in without Entra ID, and what a changed config.ini does to those who do: a gateway that is started again and again.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Cookies, pkce } from '../oauth/provider.ts';
import { entraVisitor } from '../realm/entra-visitor.ts';
import { startEntra } from '../realm/entra.ts';
import { startGateway } from '../realm/gateway.ts';
import { send } from '../realm/http.ts';
import { EXCHANGE, ID_TOKEN, sectionOf } from './site.ts';

const entra = await startEntra(t);
const tenant = entra.tenant();
const app = tenant.app();
const alice = tenant.person({});
const section = (keys: string): string => sectionOf(entra, app, `EnableSignInWithMicrosoft = True\n${keys}`);
const gateway = await startGateway({ users: [['alice@example.com']], config: '; the tenant\n' });
t.teardown(() => gateway.stop());
tenant.app({ ...app, redirectUris: [`${gateway.issuer}/auth`] });
const file = join(gateway.directory, 'config.ini');
const base = readFileSync(file, 'utf8');
const redirectUri = 'http://127.0.0.1/callback';

/** Starts it again with these lines. */
async function again(lines: string): Promise<void> {
  writeFileSync(file, base.replace('; the tenant\n', `${lines}\n[Server]\n`));
  await gateway.crash();
}

interface Tokens {
  readonly error?: string;
  readonly scope?: string;
  readonly access_token?: string;
  readonly refresh_token?: string;
}

async function token(fields: Readonly<Record<string, string>>): Promise<Tokens> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ client_id: 'myq-desktop-client', ...fields }).toString();
  return (await send(gateway, '/api/auth/token', { method: 'POST', headers, body })).json as Tokens;
}

const exchange = async (): Promise<Tokens> => token({
  grant_type: EXCHANGE, subject_token_type: ID_TOKEN, subject_token: await tenant.idToken(alice, app), scope: 'openid offline_access jobs',
});
const refresh = (refreshToken: string | undefined): Promise<Tokens> => token({ grant_type: 'refresh_token', refresh_token: refreshToken ?? 'none' });

/** By the button. */
async function byButton(): Promise<Tokens> {
  const { verifier, challenge } = pkce();
  const cookies = new Cookies();
  const open = async (url: string): Promise<string> => {
    const { status, headers, text } = await send(gateway, url, { headers: cookies.header });
    cookies.take({ statusCode: status, headers, body: text, json: <Body>() => JSON.parse(text) as Body });
    return headers.location ?? '';
  };
  const query = new URLSearchParams({
    response_type: 'code', client_id: 'myq-desktop-client', redirect_uri: redirectUri, scope: 'openid offline_access jobs', ...challenge,
  });
  const { pathname, search } = new URL(await entraVisitor(entra).walk(await open(`/en/auth/microsoft?${query.toString()}`), alice));
  const code = new URL(await open(`${pathname}${search}`)).searchParams.get('code') ?? '';
  return token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier });
}

t.test('nobody gets a refresh token without AllowRefresh, by whichever way he came', async (t) => {
  await again(section(''));
  for (const tokens of [await exchange(), await byButton()]) {
    t.match(tokens, { scope: 'openid jobs', refresh_token: undefined });
    t.ok(tokens.access_token);
  }
});

t.test('with it everybody who asks does, and it ends when it is taken back, and when the tenant is', async (t) => {
  await again(section('AllowRefresh = True\n'));
  let [first, second] = await Promise.all([exchange(), byButton()]);
  for (const tokens of [first, second]) t.match(tokens, { scope: /offline\.access/, refresh_token: /.{40}/ });
  [first, second] = [await refresh(first.refresh_token), await refresh(second.refresh_token)];
  for (const tokens of [first, second]) t.match(tokens, { refresh_token: /.{40}/ });

  await again(section(''));
  for (const { refresh_token: refreshToken } of [first, second]) t.match(await refresh(refreshToken), { error: 'invalid_grant', access_token: undefined });

  await again('');
  for (const { refresh_token: refreshToken } of [first, second]) t.match(await refresh(refreshToken), { error: 'invalid_grant' });
  const userinfo = await send(gateway, '/api/auth/userinfo', { headers: { authorization: `Bearer ${first.access_token ?? ''}` } });
  t.equal(userinfo.status, 401, 'nor is the access token good any more');

  await again(section('AllowRefresh = True\n'));
  t.match(await refresh(first.refresh_token), { refresh_token: /.{40}/ }, 'what has not expired is good again then');
});
