// The tests' own gateway: it starts however little it logs, and ends even when it hangs.

import t from 'tap';
import { end, hasEnded, spawnServer } from './exec.ts';
import { startGateway } from './gateway.ts';
import { send } from './http.ts';

t.test('a gateway that logs only warnings is ready when it answers', async (t) => {
  const gateway = await startGateway({ config: '[Log]\nLevel = warn' });
  t.teardown(() => gateway.stop());
  t.equal((await send(gateway, '/health/live')).status, 200);
  t.notOk(gateway.log.some(({ msg }) => msg === 'listening'));
  t.equal(await gateway.stop(), 0);
});

t.test('a gateway ends in good order though nobody reads its log any more', async (t) => {
  const gateway = await startGateway();
  t.teardown(() => gateway.stop());
  gateway.child.stdout?.destroy();
  t.equal(await gateway.stop(), 0);
});

t.test('a gateway that cannot start says why', async (t) => {
  await t.rejects(startGateway({ config: '[Kerberos]\nRealm = MYQ.TEST' }), { message: /does not start: .*\[Kerberos\] Realm/ });
});

t.test('a child that does not end on SIGTERM is killed, and that is no success', async (t) => {
  const stuck = spawnServer([process.execPath, '--eval', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("on")'], {}, 'pipe');
  await new Promise((resolve) => { stuck.stdout?.once('data', resolve); });
  await t.rejects(end(stuck, 100), { message: /did not end within 100 ms of SIGTERM and was killed/ });
  t.ok(hasEnded(stuck));
  t.equal(await end(stuck), null, 'ending it again does nothing');
});
