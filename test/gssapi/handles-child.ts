// Child of handles.test.ts, run with --expose-gc: how many bytes of C memory a handshake leaves behind, by the way it ends.
import { setTimeout as sleep } from 'node:timers/promises';
import koffi from 'koffi';
import { Acceptor, Credential, GssError, Initiator } from '../../src/gssapi/index.ts';
import { ntlmThenKerberos } from './spnego.ts';

const [keytab = '', ccache = ''] = process.argv.slice(2);
const service = 'HTTP@print.myq.test';
const acceptor = (): Credential => Credential.acceptor({ keytab, replayCache: 'none:' });
const credential = acceptor();
const alice = Credential.initiator({ ccache });
const bindings = Buffer.from('tls-server-end-point:x');

function ticket(): Uint8Array {
  using initiator = new Initiator({ service, credential: alice, channelBindings: bindings });
  return initiator.step().token;
}
const token = ticket();
const wrong = Uint8Array.from(token, (octet, index) => (index === token.length - 1 ? octet ^ 1 : octet));

function fails(call: () => unknown): void {
  try {
    call();
  } catch (error) {
    if (error instanceof GssError) return;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const endings: Readonly<Record<string, () => void>> = {
  'disposed': () => {
    using one = new Acceptor(credential);
    using source = one.step(token).source;
    source?.displayBytes();
    source?.attribute('urn:mspac:client-info');
    source?.attribute('absent');
  },
  'forgotten': () => { new Acceptor(credential).step(token).source?.displayBytes(); },
  'left half-way': () => { new Acceptor(credential).step(ntlmThenKerberos); },
  'refused': () => fails(() => new Acceptor(credential).step(wrong)),
  'refused for its bindings': () => fails(() => new Acceptor(credential, Buffer.from('other')).step(token)),
  'refused half-way': () => {
    const one = new Acceptor(credential);
    one.step(ntlmThenKerberos);
    fails(() => one.step(wrong));
  },
  'credential forgotten': () => { acceptor(); },
  'credential refused': () => fails(() => Credential.acceptor({ keytab: 'FILE:/nonexistent/keytab' })),
  'initiator forgotten': () => { new Initiator({ service, credential: alice }).step(); },
};

koffi.struct('mallinfo2', {
  arena: 'size_t', ordblks: 'size_t', smblks: 'size_t', hblks: 'size_t', hblkhd: 'size_t',
  usmblks: 'size_t', fsmblks: 'size_t', uordblks: 'size_t', fordblks: 'size_t', keepcost: 'size_t',
});
const mallinfo = koffi.load('libc.so.6').func('mallinfo2 mallinfo2()') as () => { readonly uordblks: number; readonly hblkhd: number };

/** Bytes that malloc has given out, after the garbage collector and its finalizers had their turn. */
async function inUse(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.();
    await sleep(5);
  }
  const { uordblks, hblkhd } = mallinfo();
  return uordblks + hblkhd;
}

const rounds = 4000;
const left: Record<string, number> = {};
for (const [name, ending] of Object.entries(endings)) {
  for (let warm = 0; warm < 300; warm++) ending();
  const before = await inUse();
  for (let count = 0; count < rounds; count++) ending();
  left[name] = ((await inUse()) - before) / rounds;
}
console.log(JSON.stringify(left));
