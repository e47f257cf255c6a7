// `clients`: registering, looking, new secrets; what is printed, and what is refused with which exit code.

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import type { Described } from '../../src/cli/clients-print.ts';
import { secretDigest } from '../../src/clients/secret.ts';
import { setUp } from './clients-verb.ts';

const usual = 'openid profile email offline.access';
const app = 'https://app.example.com/cb';

t.test('a browser application is added with a secret that is shown once', async (t) => {
  const { clients, json, digests } = await setUp(t);
  const added = await json('add', 'Web App', '--redirect-uri', app, '--post-logout-redirect-uri', 'https://app.example.com/', '--origin', 'https://app.example.com');
  const { client_secret: secret = '', ...rest } = added;
  t.match(secret, /^[0-9a-f]{64}$/);
  t.match(rest, {
    client_id: /^[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}$/, client_name: 'Web App', token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token'], scope: usual, redirect_uris: [app], post_logout_redirect_uris: ['https://app.example.com/'],
    origins: ['https://app.example.com'], secrets: 1, client_id_issued_at: Number,
  });
  t.strictSame(await digests(added.client_id), [secretDigest(secret)], 'its digest is what is kept');
  t.strictSame(await json('show', added.client_id), rest, 'never again');
  t.strictSame((await json('list') as unknown as readonly Described[]).find(({ client_id: id }) => id === added.client_id), rest);
  const all = (await Promise.all([['list'], ['show', added.client_id], ['list', '--json'], ['show', added.client_id, '--json']].map((args) => clients(...args)))).join('\n');
  t.notMatch(all, new RegExp(`${secret}|${secretDigest(secret)}|client_secret[^_]`));
});

t.test('public clients, services and terminals get what is usual for them', async (t) => {
  const { json } = await setUp(t);
  for (const [args, wanted] of [
    [['--public', '--redirect-uri', 'http://127.0.0.1/cb', '--redirect-uri', 'com.example.app:/cb'],
      { grant_types: ['authorization_code', 'refresh_token'], scope: usual, token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/cb', 'com.example.app:/cb'] }],
    [['--scope', 'users', '--scope', 'reports', '--scope', 'users'], { grant_types: ['client_credentials'], scope: 'users reports', redirect_uris: [] }],
    [['--grant', 'login_info'], { grant_types: ['login_info'], scope: 'openid profile email' }],
    [['--grant', 'login_info', '--grant', 'refresh_token'], { grant_types: ['login_info', 'refresh_token'], scope: usual }],
    [['--public', '--grant', 'login_info', '--grant', 'refresh_token', '--scope', 'offline_access', '--scope', 'openid'], { scope: 'offline.access openid' }],
    [['--redirect-uri', app, '--grant', 'authorization_code', '--grant', 'client_credentials', '--id', 'both'],
      { client_id: 'both', grant_types: ['authorization_code', 'client_credentials'], scope: 'openid profile email' }],
  ] as const) {
    const added = await json('add', 'x', ...args);
    t.match(added, wanted);
    t.equal(added.client_secret === undefined, args.includes('--public' as never), 'a secret for who can keep one');
  }
});

t.test('a client with keys has no secret, and its keys are shown', async (t) => {
  const { directory, clients, json, fault, digests } = await setUp(t);
  const file = join(directory, 'jwks.json');
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one' };
  writeFileSync(file, `\uFEFF${JSON.stringify({ keys: [jwk] }, undefined, 2)}\r\n`);
  const added = await json('add', 'Signer', '--id', 'signer', '--jwks', file, '--scope', 'users');
  t.match(added, { token_endpoint_auth_method: 'private_key_jwt', grant_types: ['client_credentials'], jwks: { keys: [jwk] } });
  t.equal(added.client_secret, undefined);
  t.strictSame(await digests('signer'), []);
  t.match(await clients('show', 'signer'), /^keys +EC P-256 one$/m);
  t.strictSame(await fault('secret', 'signer'), [1, 'client "signer" has keys and no secret']);
  for (const [content, reason] of [
    [JSON.stringify({ keys: [privateKey.export({ format: 'jwk' })] }), /key 1 is private/], [JSON.stringify(jwk), /must be a JWK set/], ['', /must be JSON/],
    [Buffer.from([0xff]), /is no UTF-8 text/], [' '.repeat(20_000), /16384 bytes/],
  ] as const) {
    writeFileSync(file, content);
    const [code, message] = await fault('add', 'x', '--id', 'x', '--jwks', file, '--scope', 'users');
    t.equal(code, 2);
    t.match(message, reason);
    t.notMatch(message, /\n|"d"/);
  }
  for (const unreadable of [join(directory, 'none.json'), directory]) {
    t.match((await fault('add', 'x', '--jwks', unreadable, '--scope', 'users')).join(' '), /^2 --jwks cannot be read/);
  }
  t.match((await fault('add', 'x', '--public', '--jwks', join(directory, 'none.json'), '--scope', 'root')).join(' '), /^2 .*needs a grant.*no scope root.*cannot be read/);
});

t.test('the table tells people the same', async (t) => {
  const { clients } = await setUp(t);
  const added = await clients('add', 'App', '--id', 'app', '--redirect-uri', app, '--redirect-uri', `${app}2`);
  t.match(added, /^client_id +app$/m);
  t.match(added, /^client_secret +[0-9a-f]{64}$/m);
  t.match(added, /^redirect_uris +https:\/\/app\.example\.com\/cb\n +https:\/\/app\.example\.com\/cb2$/m);
  t.match(added, /^registered +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m);
  t.match(added, /\nKeep the secret now: it is not shown again\.$/);
  const shown = await clients('show', 'app');
  t.notMatch(shown, /secret +[0-9a-f]|not shown again/);
  t.match(shown, /^secrets +1$/m);
  const [head, ...rows] = (await clients('list')).split('\n');
  t.match(head, /^CLIENT ID +NAME +AUTHENTICATION +GRANTS +SCOPES +REDIRECT URIS$/);
  t.match(rows.find((row) => row.startsWith('app ')), /^app +App +client_secret_basic +authorization_code refresh_token +openid profile email offline\.access +https:\S+ https:\S+$/);
  t.match(rows.join('\n'), /^myq-desktop-client +MyQ Desktop Client +none /m, 'the one that every store begins with');
});

t.test('a new secret ends the former one at once, or after a while', async (t) => {
  const { clients, json, fault, digests } = await setUp(t);
  const { client_secret: first = '' } = await json('add', 'App', '--id', 'app', '--redirect-uri', app);
  const { client_secret: second = '' } = await json('secret', 'app', '--keep-former', '1h');
  t.match(second, /^[0-9a-f]{64}$/);
  t.strictSame(new Set(await digests('app')), new Set([first, second].map(secretDigest)), 'both are good');
  t.match(await json('show', 'app'), { secrets: 2 });
  const { client_secret: third = '', secrets } = await json('secret', 'app');
  t.strictSame(await digests('app'), [secretDigest(third)], 'only the newest');
  t.equal(secrets, 1);
  t.match(await clients('secret', 'app'), /^client_secret +[0-9a-f]{64}$/m);
  const kept = await digests('app');
  for (const duration of ['', '0', '-1', 'x', '1y', '91d', '1h30m', '99999999999', '1.5h']) {
    t.match((await fault('secret', 'app', `--keep-former=${duration}`)).join(' '), /^2 --keep-former: /, duration || 'nothing');
  }
  t.strictSame(await digests('app'), kept, 'nothing was changed');
  await clients('add', 'Public', '--id', 'public', '--public', '--redirect-uri', app);
  t.strictSame(await fault('secret', 'public'), [1, 'client "public" is public and has no secret']);
});

t.test('a client is removed, and its id is free then', async (t) => {
  const { clients, json, fault } = await setUp(t);
  await json('add', 'App', '--id', 'app', '--redirect-uri', app);
  t.strictSame(await fault('add', 'Other', '--id', 'app', '--redirect-uri', app), [1, 'there is a client "app" already']);
  t.match(await json('show', 'app'), { client_name: 'App' }, 'the first one stays');
  t.equal(await clients('remove', 'app'), '');
  for (const action of ['show', 'remove', 'secret']) t.match((await fault(action, 'app')).join(' '), /^1 there is no client "app"/, action);
  t.match(await json('add', 'Other', '--id', 'app', '--redirect-uri', app), { client_name: 'Other' });
  t.equal(await clients('remove', 'app', '--json'), '{}');
  t.equal(await clients('remove', 'myq-desktop-client'), '');
  t.equal(await clients('list', '--json'), '[]');
  t.match(await clients('list'), /^CLIENT ID .*REDIRECT URIS$/);
  for (const odd of ['* or 1=1--', 'App', 'žluť', '__proto__', 'x'.repeat(10_000)]) t.match((await fault('show', odd)).join(' '), /^1 there is no client/, odd.slice(0, 20));
});

t.test('wrong use is exit 2, in one line with all its faults, and nothing is registered', async (t) => {
  const { clients, fault } = await setUp(t);
  const before = await clients('list', '--json');
  for (const [words, ...args] of [
    [/^clients needs a verb; verbs: add list show set secret remove; usage: myq-gateway clients --help$/],
    [/^there is no "update"; verbs: add list show set secret remove; usage/, 'update', 'x', '--scope', 'users', '--frob'], [/^there is no "toString"/, 'toString', 'x'],
    [/^clients add needs NAME; usage/, 'add'], [/^clients add needs NAME/, 'add', ''], [/^clients add takes one NAME: put one with blanks into quotes; usage/, 'add', 'Web', 'Print'],
    [/^clients list takes options only; usage/, 'list', 'a'], [/^clients show needs ID/, 'show'], [/^clients secret needs ID/, 'secret'], [/^clients remove needs ID/, 'remove'], [/^clients set needs ID/, 'set'],
    [/--add-scope does not belong to add/, 'add', 'x', '--add-scope', 'users'],
    [/--scope does not belong to show/, 'show', 'x', '--scope', 'users'], [/--keep-former does not belong to add/, 'add', 'x', '--keep-former', '1h'],
    [/Unknown option '--redirect'.*usage/, 'add', 'x', '--redirect', app], [/option --id is given twice/, 'add', 'x', '--id', 'a', '--id', 'b'], [/argument missing/, 'add', 'x', '--grant'],
    [/option --public is given twice/, 'add', 'x', '--public', '--public'], [/does not take an argument/, 'add', 'x', '--public=no'],
    [/^a client needs a grant, or a redirect URI to use authorization_code with$/, 'add', 'x', '--public'], [/^a client needs a grant, [^;]+$/, 'add', 'x', '--public', '--scope', 'openid'],
    [/^a client id has [^;]+$/, 'add', 'x', '--id', 'a b'], [/^a client id has [^;]+$/, 'add', 'x', '--id', 'a b', '--redirect-uri', app],
    [/^a client needs a scope; known: cert\.manage cert\.read credit .*reports$/, 'add', 'x'], [/a client needs a scope/, 'add', 'x', '--grant', 'client_credentials'],
    [/^"openid profile" is more than one: give --scope once for each$/, 'add', 'x', '--scope', 'users', '--scope', 'openid profile', '--redirect-uri', app],
    [/^"jobs,print" is more than one: give --scope once for each$/, 'add', 'x', '--scope', 'jobs,print'],
    [/^"authorization_code refresh_token" is more than one: give --grant once for each$/, 'add', 'x', '--grant', 'authorization_code refresh_token', '--redirect-uri', app],
    [/^there is no grant code: did you mean authorization_code\?$/, 'add', 'x', '--grant', 'code', '--redirect-uri', app],
    [/^there is no scope job: did you mean jobs\?$/, 'add', 'x', '--scope', 'job'],
    [/^the scope offline\.access needs the grant refresh_token$/, 'add', 'x', '--redirect-uri', app, '--grant', 'authorization_code', '--scope', 'offline_access'],
    [/a public client cannot have the grant client_credentials/, 'add', 'x', '--public', '--grant', 'client_credentials', '--scope', 'users'],
    [/http is only for/, 'add', 'x', '--redirect-uri', 'http://app.example.com/cb'], [/is there twice/, 'add', 'x', '--redirect-uri', app, '--redirect-uri', app],
    [/client id has/, 'add', 'x', '--id', '', '--redirect-uri', app], [/client name has/, 'add', ' x', '--redirect-uri', app],
    [/there is no grant password.*there is no scope root.*"ftp:\/\/x\/" must.*"\/bye" must.*"null" must/, 'add', 'x', '--grant', 'password', '--grant', 'authorization_code', '--scope', 'root',
      '--redirect-uri', 'ftp://x/', '--post-logout-redirect-uri', '/bye', '--origin', 'null'],
  ] as const) {
    const [code, message] = await fault(...args);
    t.equal(code, 2, args.join(' ').slice(0, 60) || 'nothing');
    t.match(message, words);
    t.notMatch(message, /\n/, 'one line');
  }
  t.equal(await clients('list', '--json'), before);
});

t.test('what a client that is right may lack is told to people, not to programs', async (t) => {
  const { clients, json } = await setUp(t);
  const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
  const origin = (id: string, host = 'app.example.com'): string =>
    `note: a page in a browser needs --origin https://${host} to read the answers: myq-gateway clients set ${id} --add-origin https://${host}`;
  for (const [notes, id, ...args] of [
    [[origin('a')], 'a', '--public', '--redirect-uri', 'http://localhost/cb', '--redirect-uri', app, '--redirect-uri', 'https://b.example/'],
    [[origin('b', 'app.example.com:8443')], 'b', '--public', '--redirect-uri', 'https://app.example.com:8443/cb?x=1'],
    [[], 'c', '--public', '--redirect-uri', app, '--origin', 'https://app.example.com'],
    [[], 'd', '--public', '--redirect-uri', 'http://127.0.0.1/cb', '--redirect-uri', 'https://[::1]/cb', '--redirect-uri', 'http://localhost:3000/', '--redirect-uri', 'com.example.app:/cb'],
    [[], 'e', '--redirect-uri', app],
    [[], 'f', '--grant', exchange],
    [[origin('g')], 'g', '--public', '--grant', exchange, '--grant', 'authorization_code', '--redirect-uri', app],
  ] as const) {
    const lines = (await clients('add', 'x', '--id', id, ...args)).split('\n');
    t.strictSame(lines.filter((line) => line.startsWith('note')), notes, id);
    t.notMatch(await clients('show', id), /^note/m);
  }
  t.match(await json('add', 'x', '--id', 'h', '--public', '--redirect-uri', app), { client_id: 'h', origins: [] });
});
