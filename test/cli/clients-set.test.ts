// `clients set`: what it changes, what stays, and what is refused.

import t, { type Test } from 'tap';
import { spawned } from './program.ts';
import { setUp } from './clients-verb.ts';

const app = 'https://app.example.com/cb';
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';

/** With the client `app`: confidential, two redirect URIs. */
async function withApp(t: Test) {
  const set = await setUp(t);
  await set.clients('add', 'App', '--id', 'app', '--redirect-uri', app, '--redirect-uri', 'http://localhost/cb', '--origin', 'https://app.example.com',
    '--post-logout-redirect-uri', 'https://app.example.com/bye', '--scope', 'openid', '--scope', 'profile', '--scope', 'offline.access');
  return set;
}

t.test('all that can be changed is changed by one call, and the rest stays', async (t) => {
  const { clients, json, record } = await withApp(t);
  const before = await record('app');
  const shown = await json('show', 'app');
  const changed = await json('set', 'app', '--name', 'Žlutá App', '--add-redirect-uri', 'https://new.example/cb', '--remove-redirect-uri', 'http://localhost/cb',
    '--add-post-logout-redirect-uri', 'https://new.example/', '--remove-post-logout-redirect-uri', 'https://app.example.com/bye',
    '--add-origin', 'https://new.example', '--add-origin', 'https://b.example', '--remove-origin', 'https://app.example.com',
    '--add-scope', 'jobs', '--add-scope', 'print', '--remove-scope', 'profile', '--remove-scope', 'offline_access',
    '--add-grant', 'login_info', '--remove-grant', 'refresh_token');
  t.strictSame(changed, {
    ...shown, client_name: 'Žlutá App', redirect_uris: [app, 'https://new.example/cb'], post_logout_redirect_uris: ['https://new.example/'],
    origins: ['https://new.example', 'https://b.example'], scope: 'openid jobs print', grant_types: ['authorization_code', 'login_info'],
  });
  t.strictSame(await json('show', 'app'), changed);
  const after = await record('app');
  for (const property of ['secretDigests', 'createdAt', 'isPublic', 'jwks'] as const) t.strictSame(after?.[property], before?.[property], property);
  t.match(await clients('set', 'app', '--add-scope', 'scan'), /^client_id +app\n(?!.*(client_secret|note|not shown again))[^]*^scope +openid jobs print scan$/m);
});

t.test('what is there already may be added, the standard\'s word counts, and one change may make another right', async (t) => {
  const { json } = await withApp(t);
  const before = await json('show', 'app');
  t.strictSame(await json('set', 'app', '--add-scope', 'offline_access', '--add-scope', 'openid', '--add-origin', 'https://app.example.com', '--name', 'App'), before);
  t.match(
    await json('set', 'app', '--remove-grant', 'authorization_code', '--remove-redirect-uri', app, '--remove-redirect-uri', 'http://localhost/cb', '--add-grant', 'login_info'),
    { grant_types: ['refresh_token', 'login_info'], redirect_uris: [] },
  );
  t.match(await json('set', 'myq-desktop-client', '--add-scope', 'reports'), { token_endpoint_auth_method: 'none', scope: /users credit scan reports$/ });
});

t.test('what a change brings along is told, what was there before is not told again', async (t) => {
  const { clients } = await setUp(t);
  const notes = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('note'));
  await clients('add', 'Page', '--id', 'page', '--public', '--redirect-uri', app);
  t.strictSame(notes(await clients('set', 'page', '--name', 'Other')), []);
  t.strictSame(notes(await clients('set', 'page', '--add-grant', exchange)), []);
  t.strictSame(notes(await clients('set', 'page', '--add-origin', 'https://app.example.com')), []);
  t.match(notes(await clients('set', 'page', '--remove-origin', 'https://app.example.com')), [/needs --origin https:\/\/app\.example\.com/]);
});

t.test('what cannot be is refused with all that is wrong, and nothing is changed', async (t) => {
  const { clients, fault, record } = await withApp(t);
  await clients('add', 'Public', '--id', 'public', '--public', '--redirect-uri', app);
  const before = [await record('app'), await record('public')];
  for (const [code, words, id, ...args] of [
    [2, /^clients set needs one of its options; usage/, 'app'],
    [1, /^there is no client "nobody"/, 'nobody', '--name', 'x'],
    [1, /^nothing was changed: client "app" has no scope "jobs", no grant "login_info"$/, 'app', '--name', 'x', '--remove-grant', 'login_info', '--remove-scope', 'jobs', '--remove-scope', 'openid'],
    [1, /has no redirect URI "https:\/\/app\.example\.com\/cb\/", no origin "https:\/\/b\.example"$/, 'app', '--remove-redirect-uri', `${app}/`, '--remove-origin', 'https://b.example'],
    [1, /has no post-logout redirect URI "x{200}"$/, 'app', '--remove-post-logout-redirect-uri', 'x'.repeat(5000)],
    [2, /^scope "jobs", origin "https:\/\/b\.example" cannot be added and removed at once$|^origin .*scope .*at once$/, 'app',
      '--add-scope', 'jobs', '--remove-scope', 'jobs', '--add-origin', 'https://b.example', '--remove-origin', 'https://b.example'],
    [2, /cannot be added and removed at once$/, 'app', '--add-scope', 'offline_access', '--remove-scope', 'offline.access'],
    [2, /^nothing was changed: the scope offline\.access needs the grant refresh_token$/, 'app', '--remove-grant', 'refresh_token'],
    [2, /^nothing was changed: the grant authorization_code needs a redirect URI$/, 'app', '--remove-redirect-uri', app, '--remove-redirect-uri', 'http://localhost/cb'],
    [2, /^nothing was changed: a client needs a grant, [^;]*$/, 'app', '--remove-grant', 'authorization_code', '--remove-grant', 'refresh_token'],
    [2, /^nothing was changed: a client needs a scope/, 'app', ...['openid', 'profile', 'offline.access'].flatMap((scope) => ['--remove-scope', scope])],
    [2, /^nothing was changed: .*client name.*no grant code: did you mean authorization_code\?.*no scope root.*http is only for/, 'app', '--name', ' x', '--add-grant', 'code', '--add-scope', 'root',
      '--add-redirect-uri', 'http://b.example/'],
    [2, /a public client cannot have the grant client_credentials/, 'public', '--add-grant', 'client_credentials'],
    [2, /^"jobs print" is more than one: give --add-scope once for each$/, 'app', '--add-scope', 'jobs print'],
    [2, /^"openid profile" is more than one: give --remove-scope once for each$/, 'app', '--remove-scope', 'openid profile'],
    [2, /option --name is given twice/, 'app', '--name', 'a', '--name', 'b'],
    [2, /--scope, --public does not belong to set|--public, --scope does not belong to set/, 'app', '--scope', 'jobs', '--public'],
    [2, /--redirect-uri does not belong to set/, 'app', '--redirect-uri', app],
    [2, /takes one ID/, 'app', 'public', '--name', 'x'],
  ] as const) {
    const [exit, message] = await fault('set', id, ...args);
    t.equal(exit, code, message.slice(0, 100));
    t.match(message, words);
    t.notMatch(message, /\n/, 'one line');
    t.strictSame([await record('app'), await record('public')], before);
  }
});

t.test('of changes by many processes at once none is lost', async (t) => {
  const { config, record } = await withApp(t);
  const scopes = ['jobs', 'print', 'scan', 'users', 'credit', 'reports'];
  const runs = await Promise.all(scopes.map((scope) => spawned(['clients', 'set', 'app', '--config', config, '--add-scope', scope])));
  t.strictSame(runs.map(({ code, stderr }) => [code, stderr]), scopes.map(() => [0, '']));
  t.strictSame((await record('app'))?.scopes.toSorted(), ['openid', 'profile', 'offline.access', ...scopes].toSorted());
});
