// A Windows client in a process of its own (each has its own realm and tickets): prints tokens, then takes the server's answers.

import { createInterface } from 'node:readline';
import koffi from 'koffi';
import { Credential, Flag, GssError, Initiator } from '../../src/gssapi/index.ts';
import { InputBuffer, minor, OutputBuffer } from '../../src/gssapi/memory.ts';
import type { ClientStep, TokenRequest } from './tokens.ts';

const getMic = koffi.load('libgssapi_krb5.so.2').func('uint32_t gss_get_mic(uint32_t *minor, void *context, uint32_t qop, void *message, void *mic)');

/** Its context outlives the handshake, so that it can sign. This process ends soon: nothing is freed. */
class SigningInitiator extends Initiator {
  override [Symbol.dispose](): void { /* kept */ }

  /** A MIC of these bytes (RFC 2743 §2.3.1). */
  sign(message: Uint8Array): Uint8Array {
    const mic = new OutputBuffer();
    const major = Number(getMic(minor, this.pointer, 0, new InputBuffer(message.length).set(message), mic.descriptor));
    if (major !== 0) throw new GssError('gss_get_mic', major);
    return mic.take();
  }
}

const request = JSON.parse(process.argv[2] ?? '{}') as TokenRequest;
const { service, mechanism, mutual, channelBindings, count, converse, sign: signature } = request;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const print = (line: ClientStep): void => { process.stdout.write(`${JSON.stringify(line)}\n`); };

using credential = Credential.initiator({ ccache: request.ccache });
let initiator: SigningInitiator | undefined;
for (let made = 0; made < count; made++) {
  initiator = new SigningInitiator({
    service, mechanism, credential, flags: mutual ? Flag.mutual : 0,
    ...(channelBindings === undefined ? {} : { channelBindings: Buffer.from(channelBindings, 'base64') }),
  });
  print(take(initiator));
}
if (converse) {
  for await (const answer of createInterface({ input: process.stdin })) {
    try {
      print(take(initiator as SigningInitiator, Buffer.from(answer, 'base64')));
    } catch (error) {
      if (!(error instanceof GssError)) throw error;
      print({ done: true, token: '', refused: error.message });
    }
  }
}

function take(client: SigningInitiator, answer?: Uint8Array): ClientStep {
  const { done, token } = client.step(answer);
  const signed = done && signature !== undefined ? { mic: base64(client.sign(Buffer.from(signature, 'base64'))) } : {};
  return { done, token: base64(token), ...signed };
}
