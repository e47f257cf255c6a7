// The OpenAPI document: whole, with every route of the API, and true of what is answered (OpenAPI 3.1).

import { Ajv2020 } from 'ajv/dist/2020.js';
import { pino } from 'pino';
import t from 'tap';
import { buildApp } from '../../src/app.ts';
import type { Reply } from '../routes/app.ts';
import { openProvider, PASSWORD, type Fields } from './provider.ts';

type Json = Readonly<Record<string, unknown>>;

interface Content { readonly content?: Readonly<Record<string, { readonly schema?: Json }>>; readonly description?: string }

interface Operation {
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Json[];
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Content>>;
}

const provider = await openProvider(t);
const { ask, form, gateway } = provider;
const reply = await ask({ url: '/api/openapi.json' });
const document = reply.json<{
  readonly openapi: string;
  readonly info: Json;
  readonly servers: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Json };
}>();
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })));
const ajv = new Ajv2020({ strict: false, allErrors: true });

/** Every `$ref` in a value. */
const refsOf = (value: unknown): readonly string[] => (typeof value !== 'object' || value === null ? []
  : Object.entries(value).flatMap(([key, inner]) => (key === '$ref' && typeof inner === 'string' ? [inner] : refsOf(inner))));

t.test('it is JSON, for anybody, and names us by the issuer', (t) => {
  t.match(reply, { statusCode: 200, headers: { 'content-type': /^application\/json/ } });
  t.equal(document.openapi, '3.1.0');
  t.match(document.info, { title: /\S/, version: /\S/ });
  t.strictSame(document.servers, [{ url: gateway.issuer }]);
  t.end();
});

t.test('its references lead somewhere, and its schemas are schemas', (t) => {
  for (const ref of refsOf(document)) {
    const steps = ref.replace(/^#\//, '').split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    t.ok(steps.reduce<unknown>((value, step) => (value as Json | undefined)?.[step], document), ref);
  }
  for (const { name, operation } of operations) {
    for (const part of [operation.requestBody ?? {}, ...Object.values(operation.responses)]) {
      for (const { schema = {} } of Object.values(part.content ?? {})) t.doesNotThrow(() => ajv.compile(schema), name);
    }
    t.ok(Object.keys(operation.responses).every((status) => /^(?:[1-5]\d\d|[1-5]XX|default)$/.test(status)), name);
    t.ok(Object.values(operation.responses).every(({ description }) => description !== undefined), name);
    for (const scheme of (operation.security ?? []).flatMap((one) => Object.keys(one))) t.ok(scheme in document.components.securitySchemes, `${name} ${scheme}`);
  }
  t.end();
});

t.test('every route of the API is in it, and nothing else', async (t) => {
  const app = await buildApp({ gateway, tls: {}, log: pino({ enabled: false }) });
  await app.ready();
  const routes = app.printRoutes({ commonPrefix: false }).split('\n').flatMap((line) => {
    const [, path = '', methods = ''] = /(\/\S*) \(([A-Z, ]+)\)/.exec(line) ?? [];
    return methods.split(', ').filter((method) => !['', 'HEAD', 'OPTIONS'].includes(method)).map((method) => `${method} ${path}`);
  });
  // Pages are for people; and the document is no part of itself.
  const ofApi = routes.filter((route) => !/ \/(?::lang|windows$|logout$|assets\/|api\/openapi\.json)/.test(route));
  t.ok(ofApi.includes('POST /api/auth/token'));
  t.strictSame(operations.map(({ name }) => name).sort(), ofApi.sort());
});

t.test('what clients send is described: both kinds of body, and how they prove themselves', (t) => {
  for (const path of ['/api/auth/token', '/api/auth/introspect', '/api/auth/revoke']) {
    const { requestBody, security, summary, tags } = document.paths[path]?.['post'] ?? { responses: {} };
    t.strictSame(Object.keys(requestBody?.content ?? {}).sort(), ['application/json', 'application/x-www-form-urlencoded'], path);
    t.strictSame(security, [{ client: [] }, {}], path);
    t.match([summary, tags], [/\S/, ['OAuth']], path);
  }
  for (const method of ['get', 'post']) t.strictSame(document.paths['/api/auth/userinfo']?.[method]?.security, [{ bearer: [] }]);
  t.end();
});

t.test('what was answered is as it says', async (t) => {
  const web = provider.basic('web');
  const tokens = await provider.tokens('web', 'openid profile email offline.access');
  const bearer = { authorization: `Bearer ${tokens.access_token}` };
  const token = (fields: Fields, headers: Fields = web): Promise<Reply> => form('/api/auth/token', fields, headers);
  const narrow = (await provider.token('web', { grant_type: 'client_credentials' })).json<{ access_token: string }>().access_token;
  const { etag = '' } = (await ask({ url: '/.well-known/jwks.json' })).headers;
  for (const [name, status, answer] of [
    ['POST /api/auth/token', 200, token({ grant_type: 'client_credentials' })],
    ['POST /api/auth/token', 200, token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })],
    ['POST /api/auth/token', 200, token({ grant_type: 'login_info', login_info: JSON.stringify({ type: 3, user: 'bob', pwd: PASSWORD }), scope: 'openid offline_access' })],
    ['POST /api/auth/token', 400, token({ grant_type: 'authorization_code', code: 'x', redirect_uri: 'x' })], ['POST /api/auth/token', 400, token({})],
    ['POST /api/auth/token', 401, token({ grant_type: 'refresh_token' }, {})], ['POST /api/auth/token', 413, token({ x: 'y'.repeat(70_000) })],
    ['POST /api/auth/token', 415, ask({ method: 'POST', url: '/api/auth/token', headers: { 'content-type': 'text/plain' }, payload: 'x' })],
    ['POST /api/auth/introspect', 200, form('/api/auth/introspect', { token: narrow }, web)], ['POST /api/auth/introspect', 200, form('/api/auth/introspect', { token: 'x' }, web)],
    ['POST /api/auth/introspect', 401, form('/api/auth/introspect', { token: 'x' })], ['POST /api/auth/introspect', 403, form('/api/auth/introspect', { token: 'x', client_id: 'spa' })],
    ['POST /api/auth/revoke', 200, form('/api/auth/revoke', { token: 'x' }, web)], ['POST /api/auth/revoke', 400, form('/api/auth/revoke', { token: narrow }, provider.basic('other'))],
    ['GET /api/auth/userinfo', 200, ask({ url: '/api/auth/userinfo', headers: bearer })], ['POST /api/auth/userinfo', 200, ask({ method: 'POST', url: '/api/auth/userinfo', headers: bearer })],
    ['GET /api/auth/userinfo', 401, ask({ url: '/api/auth/userinfo' })], ['GET /api/auth/userinfo', 403, ask({ url: '/api/auth/userinfo', headers: { authorization: `Bearer ${narrow}` } })],
    ['GET /.well-known/jwks.json', 200, ask({ url: '/.well-known/jwks.json' })], ['GET /.well-known/jwks.json', 304, ask({ url: '/.well-known/jwks.json', headers: { 'if-none-match': etag } })],
    ['GET /.well-known/openid-configuration', 200, ask({ url: '/.well-known/openid-configuration' })], ['GET /.well-known/oauth-authorization-server', 200, ask({ url: '/.well-known/oauth-authorization-server' })],
    ['POST /api/auth/negotiate', 401, ask({ method: 'POST', url: '/api/auth/negotiate' })], ['POST /api/auth/negotiate', 403, ask({ method: 'POST', url: '/api/auth/negotiate', headers: { origin: 'https://evil.example' } })],
    ['POST /api/auth/negotiate', 400, form('/api/auth/negotiate', { scope: 'two  blanks' })],
  ] as const) {
    const { statusCode, body, headers } = await answer;
    t.equal(statusCode, status, `${name} ${body.slice(0, 200)}`);
    const { responses = {} } = operations.find((one) => one.name === name)?.operation ?? {};
    const described = responses[String(status)] ?? responses[`${String(status).slice(0, 1)}XX`];
    t.ok(described, `${name} ${String(status)} is described`);
    if (status === 304) {
      t.strictSame([body, described?.content], ['', undefined], 'nothing comes with it');
      continue;
    }
    const schema = described?.content?.[String(headers['content-type']).replace(/;.*/, '')]?.schema;
    t.ok(schema, `${name} ${String(status)} as ${String(headers['content-type'])}`);
    const validate = ajv.compile({ ...schema });
    t.ok(validate(JSON.parse(body)), `${name} ${String(status)} ${ajv.errorsText(validate.errors)}`);
    t.notOk(validate([]), 'a schema that takes anything would tell nothing');
  }
});
