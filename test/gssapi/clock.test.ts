// Tickets and authenticators from another time: the KDC's clock is moved, and its clients follow it.
import t from 'tap';
import { fixture, refusal, service } from './fixture.ts';

const cases = [
  { clock: '-11h', says: /Ticket expired/ },
  { clock: '+10m', says: /Ticket not yet valid/ },
  { clock: '-10m', says: /Clock skew too great/ },
] as const;

for (const { clock, says } of cases) {
  t.test(`a KDC at ${clock}: ${says.source}`, async (t) => {
    const { gss, keytab, ccache } = await fixture(t, { clock });
    using client = gss.Credential.initiator({ ccache });
    using credential = gss.Credential.acceptor({ keytab: `FILE:${keytab}`, replayCache: 'none:' });
    using initiator = new gss.Initiator({ service, credential: client });
    using acceptor = new gss.Acceptor(credential);
    t.match(refusal(gss, () => acceptor.step(initiator.step().token)).minorText, says);
  });
}
