// The Windows sign-in of the client against a real gateway and a real KDC.

import { readFileSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { ClientError, signIn, SignInError, type SignInOptions } from '../../../src/client/index.ts';
import { freePort } from '../../realm/exec.ts';
import { openDomain } from '../../realm/site.ts';
import { myqSignin, reach, reachArguments, type Reached } from '../place.ts';

const { realm, keytab, start } = await openDomain(t);
const alice = await realm.kinit('alice');
// Read by the Kerberos library of this process at its first call, the cache at each.
Object.assign(process.env, realm.environment, { KRB5CCNAME: alice });

const realms = '[Kerberos]\nRealms = MYQ.TEST\n';
const [gateway, strict] = await Promise.all([start({ config: realms }), start({ config: `${realms}[Security]\nChannelBinding = Require` })]);

const windows = (place: Reached, more: Partial<SignInOptions> = {}) => signIn({ ...reach(place), methods: ['windows'], ...more });

/** What the sign-in failed with. */
const failure = async (place: Reached, more?: Partial<SignInOptions>): Promise<SignInError> => {
  const error: unknown = await windows(place, more).then(() => 'it succeeded', (reason: unknown) => reason);
  if (!(error instanceof SignInError)) throw new Error(String(error));
  return error;
};

await t.test('a ticket becomes an access token whose claims are verified', async (t) => {
  const { session, passedOver } = await windows(gateway);
  t.teardown(() => session.close());
  const claims = await session.claims();
  t.match(claims, { iss: gateway.issuer, client_id: 'myq-desktop-client', preferred_username: 'alice', amr: ['wia'], cbt: 'none' });
  t.strictSame([session.method, passedOver.length, session.tokens.refreshToken], ['windows', 0, undefined]);
  t.equal(session.tokens.scope, 'openid profile jobs print user.session');
});

await t.test('a gateway that demands channel bindings gets them, on the same connection', async (t) => {
  const lines: string[] = [];
  const { session } = await windows(strict, { tell: (line) => lines.push(line) });
  t.teardown(() => session.close());
  t.match(await session.claims(), { preferred_username: 'alice', cbt: 'bound' });
  t.ok(lines.includes('the gateway wants channel bindings'), lines.join('\n'));
  const refusals = strict.log.filter((line) => line['reason'] === 'channel_binding_required');
  t.equal(refusals.length, 1, 'what npm kerberos sent was refused first');
});

await t.test('a sign-in is bound from the start where the caller wants it', async (t) => {
  const { session } = await windows(gateway, { windows: { channelBinding: 'always' } });
  t.teardown(() => session.close());
  t.match(await session.claims(), { cbt: 'bound' });
});

await t.test('scopes are those that were asked for, and private mode gets a refresh token', async (t) => {
  const narrow = await windows(gateway, { scope: 'openid print' });
  t.equal(narrow.session.tokens.scope, 'openid print');
  const wide = await windows(gateway, { mode: 'private' });
  t.type(wide.session.tokens.refreshToken, 'string');
  t.ok(wide.session.tokens.scope.split(' ').includes('jobs'), wide.session.tokens.scope);
  await Promise.all([narrow.session.close(), wide.session.close()]);
});

await t.test('says why there was no Kerberos, and what to do', async (t) => {
  const cases: readonly [string, string, () => Promise<SignInError>][] = [
    ['no_ticket', 'kinit', () => withCache('FILE:/nonexistent', gateway)],
    ['address_not_fqdn', 'full name', () => failure({ ...gateway, hostname: '127.0.0.1' }, { trust: { mode: 'normal', ask: () => Promise.resolve(true) } })],
    ['spn_unknown', 'setspn -S HTTP/unknown.myq.test', () => withName('unknown.myq.test')],
    ['ticket_expired', 'kinit', async () => withCache(await expired(), gateway)],
  ];
  for (const [reason, cure, attempt] of cases) {
    const error = await attempt();
    t.strictSame([error.reason, error.passedOver.map(({ method }) => method)], [reason, ['windows']], error.message);
    t.match(error.cure, cure);
  }
});

await t.test('a domain that does not answer is told', async (t) => {
  const noKdc = `${realm.directory}/no-kdc.conf`;
  const conf = readFileSync(String(realm.environment['KRB5_CONFIG']), 'utf8');
  writeFileSync(noKdc, conf.replace(/kdc = 127\.0\.0\.1:\d+/g, `kdc = 127.0.0.1:${String(await freePort())}`));
  // Without a ticket for the service, which needs no KDC any more.
  const from = { ...realm.environment, KRB5CCNAME: await realm.kinit('alice') };
  const away = await myqSignin([...reachArguments(gateway), '--methods', 'windows', '--json'], { ...from, KRB5_CONFIG: noKdc });
  t.match(JSON.parse(away.stdout), { signed_in: false, reason: 'kdc_unreachable', cure: /network/ });
  t.equal(away.code, 1);
});

async function withCache(ccache: string, place: Reached): Promise<SignInError> {
  process.env['KRB5CCNAME'] = ccache;
  try {
    return await failure(place);
  } finally {
    process.env['KRB5CCNAME'] = alice;
  }
}

/** The gateway under a name that the domain does not know: its certificate is accepted for it. */
function withName(hostname: string): Promise<SignInError> {
  return failure({ ...gateway, hostname }, { trust: { mode: 'normal', caFile: gateway.caFile, ask: () => Promise.resolve(true) } });
}

async function expired(): Promise<string> {
  const ccache = await realm.kinit('alice', { lifetime: '1s' });
  await new Promise((resolve) => { setTimeout(resolve, 2200); });
  return ccache;
}

await t.test('a person who may not is refused with the reason, and the next way may be tried', async (t) => {
  await gateway.cli('users', 'add', 'bob');
  await gateway.cli('users', 'disable', 'bob');
  const error = await withCache(await realm.kinit('bob'), gateway);
  t.match(error, { reason: 'refused', server: { status: 403, error: 'access_denied', reason: 'user_disabled' } });
  const other = await start({ config: realms, keytab, users: [] });
  t.match(await failure(other), { reason: 'refused', server: { status: 403, reason: 'unknown_user' } });
});

await t.test('a server whose key is another one is no gateway of this domain', async (t) => {
  await realm.kadmin('addprinc -randkey HTTP/other.myq.test');
  await realm.keytab('HTTP/other.myq.test', `${realm.directory}/other.keytab`);
  const other = await start({ config: realms, keytab: `${realm.directory}/other.keytab` });
  const error = await failure(other);
  t.type(error, ClientError);
  t.match(error, { reason: 'refused', server: { status: 401, reason: 'spn_not_in_keytab' } });
});
