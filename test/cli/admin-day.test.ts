// An admin's day: what he does at the command line while the gateway serves is seen by it at once, or within seconds, without a restart.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import t, { type Test } from 'tap';
import type { Described } from '../../src/cli/clients-print.ts';
import { answerOf, Cookies, type Fields, pkce } from '../oauth/provider.ts';
import { type ReceivedTokens, visitor } from '../oauth/visitor.ts';
import { startGateway } from '../realm/gateway.ts';
import type { Reply } from '../routes/app.ts';
import { fed } from './fed.ts';

const gateway = await startGateway({ config: '[Kerberos]\nEnabled = False\n[Users]\nPinSignIn = True' });
t.teardown(() => gateway.stop());
const { pid } = gateway.child;
const { verified, publishedKeys, token, ...visit } = visitor(gateway, gateway.issuer);

/** Runs the program with this on its standard input; gives its standard output. */
async function admin(input: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await fed(input, ...args, '--config', join(gateway.directory, 'config.ini'));
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
}

const appUri = 'https://app.example/cb';
const app = JSON.parse(await admin('', 'clients', 'add', 'Web App', '--json', '--redirect-uri', appUri,
  ...['authorization_code', 'refresh_token', 'login_info'].flatMap((grant) => ['--grant', grant]))) as Described;
const page = JSON.parse(await admin('', 'clients', 'add', 'Desktop', '--json', '--public', '--redirect-uri', 'http://127.0.0.1/cb')) as Described;
for (const name of ['alice', 'bob']) await admin('first password', 'users', 'add', name, '--password-stdin');

const scope = 'openid profile offline_access';
const authenticated = { client_id: app.client_id, client_secret: app.client_secret ?? '' };
const asking: Fields = { response_type: 'code', client_id: app.client_id, redirect_uri: appUri, scope };

/** Signs in to the confidential client with what is typed into the page. */
async function signIn(t: Test, typed: Fields): Promise<ReceivedTokens> {
  const cookies = new Cookies();
  const reply = await visit.submit(asking, await visit.authorize(asking, cookies), cookies, typed);
  t.equal(reply.statusCode, 303);
  return received(t, await token({ ...authenticated, grant_type: 'authorization_code', code: answerOf(reply)['code'] ?? '', redirect_uri: appUri }));
}

function received(t: Test, reply: Reply): ReceivedTokens {
  t.equal(reply.statusCode, 200, reply.statusCode === 200 ? 'tokens' : reply.body);
  return reply.json<ReceivedTokens>();
}

const refresh = (refreshToken: string): Promise<Reply> => token({ ...authenticated, grant_type: 'refresh_token', refresh_token: refreshToken });
const login = (info: object, client: Fields = authenticated): Promise<Reply> =>
  token({ ...client, grant_type: 'login_info', scope: 'openid', login_info: JSON.stringify(info) });
const isActive = async (shown: string): Promise<boolean> =>
  (await visit.ask('/api/auth/introspect', { fields: { ...authenticated, token: shown } })).json()['active'] === true;
const verdict = (reply: Reply): readonly unknown[] => [reply.statusCode, reply.json()['error']];
const kidOf = (accessToken: string): string | undefined => decodeProtectedHeader(accessToken).kid;

/** The day begins with a new key, which takes its time. */
let beforeRotation: ReceivedTokens;
let rotatedAt = 0;
let newKid = '';

t.test('a new user signs in to a new confidential client, and then the key is rotated', async (t) => {
  beforeRotation = await signIn(t, { sign_in: 'password', user: 'bob', password: 'first password' });
  ({ added: newKid } = JSON.parse(await admin('', 'keys', 'rotate', '--json')) as { added: string });
  rotatedAt = performance.now();
  t.not(kidOf(beforeRotation.access_token), newKid);
  t.equal(await isActive(beforeRotation.access_token), true);
});

t.test('another one signs in to a new public client, with any port', async (t) => {
  const { verifier, challenge } = pkce();
  const redirectUri = 'http://127.0.0.1:49152/cb';
  const query = { response_type: 'code', client_id: page.client_id, redirect_uri: redirectUri, scope, ...challenge };
  const reply = await visit.signIn(query, new Cookies(), 'alice', 'first password');
  t.equal(reply.statusCode, 303);
  const fields = { client_id: page.client_id, grant_type: 'authorization_code', redirect_uri: redirectUri, code_verifier: verifier };
  const tokens = received(t, await token({ ...fields, code: answerOf(reply)['code'] ?? '' }));
  t.match(await verified(tokens.access_token), { client_id: page.client_id, preferred_username: 'alice', scope: 'openid profile offline.access' });
});

t.test('a PIN and a card count at once, on the page and for a client', async (t) => {
  t.match(verdict(await login({ type: 2, pin: '482913' })), [400, 'invalid_grant'], 'not yet');
  await admin('482913', 'users', 'pin', 'alice', '--pin-stdin');
  await admin('04A2B3C4', 'users', 'card', 'alice', '--add-stdin');
  for (const info of [{ type: 2, pin: '482913' }, { type: 1, card: '04A2B3C4' }, { type: 4, card: '04A2B3C4', pin: '482913' }]) {
    t.match(await verified(received(t, await login(info)).access_token), { preferred_username: 'alice', client_id: app.client_id });
  }
  for (const typed of ['482913', '04a2b3c4']) await signIn(t, { sign_in: 'pin', pin_or_card: typed });
  await admin('04A2B3C4', 'users', 'card', 'alice', '--remove-stdin');
  t.match(verdict(await login({ type: 1, card: '04A2B3C4' })), [400, 'invalid_grant'], 'no longer');
});

t.test('a new password counts at once, and ends what came of the old one', async (t) => {
  const old = await signIn(t, { sign_in: 'password', user: 'alice', password: 'first password' });
  await admin('second password', 'users', 'password', 'alice', '--password-stdin');
  t.match(verdict(await login({ type: 3, user: 'alice', pwd: 'first password' })), [400, 'invalid_grant']);
  t.match(verdict(await refresh(old.refresh_token)), [400, 'invalid_grant']);
  t.equal(await isActive(old.access_token), false);
  t.equal(await isActive((await signIn(t, { sign_in: 'password', user: 'alice', password: 'second password' })).access_token), true);
});

t.test('a disabled user is out at once, and back when he is enabled', async (t) => {
  const { access_token: access } = await signIn(t, { sign_in: 'password', user: 'alice', password: 'second password' });
  await admin('', 'users', 'disable', 'alice');
  t.equal(await isActive(access), false);
  t.match(verdict(await login({ type: 3, user: 'alice', pwd: 'second password' })), [400, 'invalid_grant']);
  await admin('', 'users', 'enable', 'alice');
  t.equal(await isActive(access), false, 'what was issued before stays dead');
  received(t, await login({ type: 3, user: 'alice', pwd: 'second password' }));
});

t.test('a new secret counts at once beside the former one, and a removed client is out', async (t) => {
  const info = { type: 3, user: 'alice', pwd: 'second password' };
  const { client_secret: fresh = '' } = JSON.parse(await admin('', 'clients', 'secret', app.client_id, '--keep-former', '1h', '--json')) as Described;
  for (const secret of [fresh, app.client_secret ?? '']) received(t, await login(info, { client_id: app.client_id, client_secret: secret }));
  const { client_id: id, client_secret: secret = '' } =
    JSON.parse(await admin('', 'clients', 'add', 'Terminal', '--json', '--grant', 'login_info')) as Described;
  const tokens = received(t, await login(info, { client_id: id, client_secret: secret }));
  t.equal(await isActive(tokens.access_token), true);
  await admin('', 'clients', 'remove', id);
  t.match(verdict(await login(info, { client_id: id, client_secret: secret })), [401, 'invalid_client']);
  t.equal(await isActive(tokens.access_token), false);
});

t.test('the new key is published, then signs; what the old one signed stays good', async (t) => {
  const signer = async (): Promise<string | undefined> =>
    kidOf(received(t, await login({ type: 3, user: 'alice', pwd: 'second password' })).access_token);
  const within = async (seconds: number, isSo: () => Promise<boolean>): Promise<boolean> => {
    while (performance.now() < rotatedAt + seconds * 1000) {
      if (await isSo()) return true;
      await sleep(250);
    }
    return isSo();
  };
  const kids = async (): Promise<readonly unknown[]> => (await publishedKeys()).keys.map(({ kid }) => kid);
  t.ok(await within(7, async () => (await kids()).includes(newKid)), 'published');
  t.ok(await within(16, async () => await signer() === newKid), 'it signs');
  const oldKid = kidOf(beforeRotation.access_token);
  t.strictSame(await kids(), [newKid, oldKid]);
  t.match(await verified(beforeRotation.access_token), { preferred_username: 'bob' });
  t.equal(await isActive(beforeRotation.access_token), true);
  t.equal(kidOf(received(t, await refresh(beforeRotation.refresh_token)).access_token), newKid);
});

t.test('the gateway was never restarted', async (t) => {
  t.strictSame([gateway.child.pid, gateway.child.exitCode], [pid, null]);
  t.equal(gateway.log.filter(({ msg }) => msg === 'listening').length, 1);
});
