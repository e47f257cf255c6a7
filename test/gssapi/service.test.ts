// A credential for one service class: keys of other classes in the same keytab open nothing.
import t from 'tap';
import { fixture, refusal, service } from './fixture.ts';

const { gss, realm, keytab, ccache } = await fixture(t, { services: ['HTTP/print.myq.test', 'HTTP/alias.myq.test', 'HTTP/absent.myq.test', 'host/print.myq.test'] });
await realm.keytab('HTTP/alias.myq.test', keytab);
await realm.keytab('host/print.myq.test', keytab);
const client = gss.Credential.initiator({ ccache });
t.teardown(() => { client[Symbol.dispose](); });
const token = (target: string): Uint8Array => {
  using initiator = new gss.Initiator({ service: target, credential: client });
  return initiator.step().token;
};

t.test('every host name of the class is accepted, another class is not', async (t) => {
  using credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:', service: 'HTTP' });
  const accept = (target: string): boolean => {
    using acceptor = new gss.Acceptor(credential);
    const step = acceptor.step(token(target));
    step.source?.[Symbol.dispose]();
    return step.done;
  };
  t.equal(accept(service), true);
  t.equal(accept('HTTP@alias.myq.test'), true);
  t.match(refusal(gss, () => accept('host@print.myq.test')).minorText, /found in keytab but does not match server principal/);
  t.match(refusal(gss, () => accept('HTTP@absent.myq.test')).minorText, /HTTP\/absent\.myq\.test@MYQ\.TEST not found in keytab/);
});

t.test('without a class the other key does accept', async (t) => {
  using credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
  using acceptor = new gss.Acceptor(credential);
  const step = acceptor.step(token('host@print.myq.test'));
  t.equal(step.done, true);
  step.source?.[Symbol.dispose]();
});

t.test('a keytab without a key of the class is told at once', async (t) => {
  const only = `${realm.directory}/host.keytab`;
  await realm.keytab('host/print.myq.test', only);
  const error = refusal(gss, () => gss.Credential.acceptor({ keytab: `FILE:${only}`, service: 'HTTP' }));
  t.equal(error.major, gss.Major.noCred);
  t.match(error.minorText, /No key table entry found matching HTTP\//);
});
