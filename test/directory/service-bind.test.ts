// The bind as the gateway's own account: when a refused one is tried again.

import { createSecretKey } from 'node:crypto';
import t from 'tap';
import type { Connection } from '../../src/directory/connection.ts';
import { deadline } from '../../src/directory/deadline.ts';
import { DirectoryFailure } from '../../src/directory/failure.ts';
import { serviceBind } from '../../src/directory/service-bind.ts';
import { connected, message, result } from './stand-in.ts';

const settings = { bindName: 'gateway@myq.test', bindPassword: createSecretKey(Buffer.from('Passw0rd.gateway')) };

t.test('a try that shows nothing of the account, since the controller is out, is not the one of half a minute', async (t) => {
  let now = 0;
  let code = 49;
  const warnings: string[] = [];
  const account = serviceBind({ settings, warn: (text) => { warnings.push(text); }, now: () => now });
  const well = (): Promise<Connection> => connected(t, (id, _nth, socket) => { socket.write(message(id, result(0x61, code))); });
  const closing = (): Promise<Connection> => connected(t, (_id, _nth, socket) => { socket.end(); });
  const out = async (): Promise<Connection> => { throw new DirectoryFailure('out', 'nothing listens there'); };
  const use = (open: () => Promise<Connection>): Promise<Connection> => account.bound(open, deadline(2_000));
  const failure = async (open: () => Promise<Connection>): Promise<unknown> => {
    const error: unknown = await use(open).catch((reason: unknown) => reason);
    return error instanceof DirectoryFailure ? error.kind : error;
  };
  const never = async (): Promise<Connection> => t.fail('it was opened') as never;

  t.equal(await failure(out), 'out');
  t.equal(await failure(well), 'refused');
  now += 29_999;
  t.equal(await failure(never), 'refused');
  now += 1;
  t.equal(await failure(out), 'out');
  t.equal(await failure(closing), 'lost', 'it is tried at once, without an answer again');
  t.equal(await failure(well), 'refused');
  t.equal(await failure(never), 'refused', 'an answer counts');
  now += 30_000;
  code = 0;
  const trying = use(well);
  t.equal(await failure(never), 'refused', 'one tries, and no other beside him');
  (await trying).close();
  t.equal(account.refused(), undefined);
  t.match(warnings, [/^the bind as gateway@myq\.test was refused: /, /works again$/]);
});
