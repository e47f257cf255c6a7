// The times of signing keys fit together: no verifier misses the key of a token, however it caches (RFC 7517, RFC 9111).

import { join } from 'node:path';
import t from 'tap';
import { loadConfig, parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';
import { PUBLISHED_FOR, SIGNS_AFTER } from '../../src/tokens/key-life.ts';
import { rotateKeys } from '../../src/tokens/key-rotation.ts';
import { openProvider, type Tokens } from './provider.ts';
import { stopped } from './stopped-clock.ts';

t.test('a cache never keeps the keys for longer than a new one waits before it signs', async (t) => {
  const provider = await openProvider(t);
  const { store } = provider.gateway;
  const { config: { store: { sealKey } } } = loadConfig(join(provider.directory, 'config.ini'));
  const published = async (): Promise<readonly string[]> => {
    const { keys } = (await provider.ask({ url: '/.well-known/jwks.json' })).json<{ readonly keys: readonly { readonly kid: string }[] }>();
    return keys.map(({ kid }) => kid);
  };
  const signer = async (): Promise<string> => {
    const reply = await provider.token('service', { grant_type: 'client_credentials' });
    const [header = ''] = reply.json<Tokens>().access_token.split('.');
    return (JSON.parse(Buffer.from(header, 'base64url').toString()) as { readonly kid: string }).kid;
  };
  // The gateway has looked into its store just before another process adds the key.
  const start = Math.floor(Date.now() / 1000) + 1000;
  stopped(t, start);
  const [former = ''] = await published();
  const { kid } = await rotateKeys({ store, sealKey, algorithm: 'ES256', now: () => start });
  t.strictSame(await published(), [former], 'it does not know yet');

  let known = 0;
  while (known < SIGNS_AFTER && !(await published()).includes(kid)) stopped(t, start + ++known);
  const { headers } = await provider.ask({ url: '/.well-known/jwks.json' });
  const age = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1]);
  t.ok(age > 0, 'it may be cached');
  t.ok(age + known <= SIGNS_AFTER, `it knows the key after ${String(known)} s, and may be cached for ${String(age)} s; the key signs after ${String(SIGNS_AFTER)} s`);

  stopped(t, start + SIGNS_AFTER - 1);
  t.equal(await signer(), former);
  stopped(t, start + SIGNS_AFTER);
  t.equal(await signer(), kid);
  t.strictSame([...await published()].sort(), [former, kid].sort());
});

t.test('a key is published for as long as the longest AccessTokenLifetime that can be set', async (t) => {
  const parse = (seconds: number): number => parseConfig(`[Server]\nHostname = print.myq.test\n[OAuth]\nAccessTokenLifetime = ${String(seconds)}`, {
    file: 'config.ini', directory: '/nowhere', environment: { MYQ_GATEWAY_STORE_SEALKEY: Buffer.alloc(32, 7).toString('base64') },
  }).config.oauth.accessTokenLifetime;
  t.equal(parse(PUBLISHED_FOR), PUBLISHED_FOR);
  t.throws(() => parse(PUBLISHED_FOR + 1), ConfigError);
});
