// Half-open handshakes are capped: an address that begins and never finishes is told to wait, and nobody else is.

import t from 'tap';
import type { Agent } from 'node:https';
import { KERBEROS } from '../../src/mechanisms/token/mechanisms.ts';
import { negTokenInit } from '../mechanisms/token/encoder.ts';
import { becomes } from '../realm/exec.ts';
import { keptConnections, signIn, type Answer } from '../realm/http.ts';
import { openSite } from '../realm/site.ts';
import { makeToken } from '../realm/tokens.ts';
import { refuses } from './refusal-answer.ts';

/** src/gateway.ts: the places of one address. */
const PLACES = 100;

const { realm, gateway, ccache } = await openSite(t);
const begin = Buffer.from(negTokenInit([KERBEROS])).toString('base64');

await t.test('past the most half-open handshakes of one address the next is refused for a while, and others are not', async (t) => {
  const agents = Array.from({ length: PLACES + 1 }, () => keptConnections());
  t.teardown(() => { for (const agent of agents) agent.destroy(); });
  const [first, ...others] = agents as [Agent, ...Agent[]];
  const last = others.pop();
  const open = (agent: Agent | undefined, token = begin, localAddress = '127.0.0.1'): Promise<Answer> =>
    signIn(gateway, token, { localAddress, ...(agent && { agent }) });

  const answers = await Promise.all([first, ...others].map((agent) => open(agent)));
  t.strictSame(new Set(answers.map(({ status, json }) => `${String(status)} ${String(json?.['error'])}`)), new Set(['401 login_required']));
  for (const agent of [last, undefined]) {
    await refuses(t, gateway, () => open(agent), { status: 503, reason: 'handshake_limit', detail: /too many half-open handshakes/ });
  }

  t.equal((await open(undefined, await makeToken(realm, ccache))).status, 200, 'a sign-in that needs no second leg goes on');
  t.equal((await open(undefined, begin, '127.0.0.2')).status, 401, 'another address has its own places');
  t.equal((await open(first)).status, 401, 'who begins anew on his own connection keeps his place');
  first.destroy();
  t.ok(await becomes(async () => (await open(last)).status === 401), 'a connection that ends gives its place back');
});

t.end();
