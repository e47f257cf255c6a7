// The proxy of the environment: which variable counts, what is no proxy, and that no message shows its password.
import t from 'tap';
import { noProxy, proxyIn, type ProxySettings } from '../../src/config/proxy.ts';
import { good, refusal } from './texts.ts';

const expected = 'the environment variable HTTPS_PROXY is not the URL of a proxy, expected http://HOST:PORT';
const tenant = '[Entra]\nTenantId=72f988bf-86f1-41af-91ab-2d7cd011db47\nClientId=6731de76-14a6-49ae-97bc-6eba6914391e\n';

t.test('a proxy is what HTTPS_PROXY says, in small letters before capitals; an empty variable says nothing', async (t) => {
  const one = 'http://one.test:3128';
  for (const [environment, wanted] of [
    [{}, noProxy],
    [{ HTTPS_PROXY: one }, { https: one, none: undefined }],
    [{ https_proxy: one }, { https: one, none: undefined }],
    [{ https_proxy: one, HTTPS_PROXY: 'http://two.test' }, { https: one, none: undefined }],
    [{ https_proxy: '', HTTPS_PROXY: one }, { https: one, none: undefined }],
    [{ https_proxy: '', HTTPS_PROXY: '' }, noProxy],
    [{ HTTPS_PROXY: one, NO_PROXY: 'a.test,.b.test' }, { https: one, none: 'a.test,.b.test' }],
    [{ HTTPS_PROXY: one, NO_PROXY: 'a.test', no_proxy: 'c.test' }, { https: one, none: 'c.test' }],
    [{ HTTPS_PROXY: one, NO_PROXY: '*', no_proxy: '' }, { https: one, none: '*' }],
    [{ NO_PROXY: 'a.test' }, noProxy],
    [{ HTTP_PROXY: one, http_proxy: one, ALL_PROXY: one, Https_Proxy: one }, noProxy],
  ] as readonly (readonly [NodeJS.ProcessEnv, ProxySettings])[]) t.strictSame(proxyIn(environment), wanted, JSON.stringify(environment));
});

t.test('the URL may leave out its scheme, and may name a user', async (t) => {
  for (const [text, https] of [
    ['proxy.test:3128', 'http://proxy.test:3128'], ['10.0.0.1', 'http://10.0.0.1'], ['localhost:8080/', 'http://localhost:8080/'],
    ['[::1]:3128', 'http://[::1]:3128'], ['HTTP://Proxy.Test', 'HTTP://Proxy.Test'], ['https://proxy.test', 'https://proxy.test'],
    ['http://user:p%40ss@proxy.test:1', 'http://user:p%40ss@proxy.test:1'], ['user:pass@proxy.test:1', 'http://user:pass@proxy.test:1'],
  ] as const) t.equal(proxyIn({ HTTPS_PROXY: text }).https, https, text);
});

t.test('what is no URL of an HTTP proxy stops the start, and is not repeated', async (t) => {
  for (const text of [
    'socks5://user:hunter2@proxy.test', 'ftp://hunter2', 'file:///hunter2', '://hunter2', 'http://', 'http://user:hunter2@', 'http://hunter2@proxy.test:99999',
    'hunter2:port', ' http://hunter2.test', 'http://hunter 2', 'http://[::1:hunter2', 'https://hunter2%', '\0hunter2', 'http:/hunter2://',
  ]) {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) t.equal(refusal(() => proxyIn({ [name]: text })), expected, JSON.stringify(text));
  }
});

t.test('it counts, and can stop the start, only where a tenant of Entra ID is set', async (t) => {
  const [right, wrong] = [{ HTTPS_PROXY: 'http://user:hunter2@proxy.test:1', NO_PROXY: 'x.test' }, { https_proxy: 'socks5://hunter2' }];
  t.strictSame(good(tenant, right).proxy, { https: right.HTTPS_PROXY, none: 'x.test' });
  t.equal(refusal(() => good(tenant, wrong)), expected);
  for (const variables of [right, wrong]) {
    const { proxy, warnings } = good('', variables);
    t.strictSame([proxy, warnings], [noProxy, []]);
  }
  t.ok(Object.isFrozen(good(tenant, right).proxy));
});
