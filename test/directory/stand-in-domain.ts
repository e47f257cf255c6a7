// A whole domain that answers as the test tells it, and the gateway's settings for it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Test } from 'tap';
import { firstMessage } from '../../src/directory/message.ts';
import type { DirectorySettings } from '../../src/directory/settings.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { type Opened, opened, settingsOf } from './domain.ts';
import { serve } from './line.ts';
import { entryOf, message, result } from './stand-in.ts';

const HOST = 'dc1.myq.test';
const bindRequest = 0x60;
const searchRequest = 0x63;

export interface Asked {
  readonly operation: 'bind' | 'search';
  /** Whether the request has these octets anywhere, as a name or an attribute. */
  has(text: string): boolean;
  /** Sends operations, each as one message under the request's number; the last may have controls. */
  send(operations: readonly Buffer[], controls?: Buffer): void;
}

const gatewayName = 'gateway@myq.test';
/** The ends of a bind and of a search that went well. */
export const [bound, done] = [result(0x61, 0), result(0x65, 0)];

/** The SID S-1-5-21-1-2-3-RID as octets. */
export function sid(rid: number): Buffer {
  const parts = Buffer.alloc(20);
  [21, 1, 2, 3, rid].forEach((part, index) => parts.writeUInt32LE(part, 4 * index));
  return Buffer.concat([Buffer.from('0105000000000005', 'hex'), parts]);
}

/** The entry of an account that is good, in the group with RID 513 and what `more` says. */
export function person(name: string, rid: number, more: Readonly<Record<string, string | Buffer>> = {}): Buffer {
  return entryOf(`CN=${name},DC=myq,DC=test`, {
    objectSid: sid(rid), sAMAccountName: name, userAccountControl: '512', accountExpires: '0', tokenGroups: sid(513), ...more,
  });
}

/** Opens the directories of a gateway whose one domain answers so; binds as the gateway go well by themselves. */
export async function standInDomain(
  t: Test, answer: (asked: Asked) => void | Promise<void>, changes: Partial<DirectorySettings> = {},
): Promise<Opened> {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate(HOST);
  const caFile = join(t.testdir(), 'ca.pem');
  writeFileSync(caFile, caPem);
  const port = await serve(t, (socket) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let octets = firstMessage(received); octets !== undefined; octets = firstMessage(received)) {
        received = received.subarray(octets.length);
        const asked = askedOf(octets, (piece) => { socket.write(piece); });
        if (asked?.operation === 'bind' && asked.has(gatewayName)) asked.send([bound]);
        else if (asked !== undefined) void answer(asked);
      }
    });
  }, createServer({ cert: certificatePem, key: privateKeyPem }));
  const place = {
    host: HOST, address: '127.0.0.1', caFile, administrator: { name: 'gateway', password: 'Passw0rd.gateway' },
    baseDn: 'DC=myq,DC=test', realm: 'MYQ.TEST', netbios: 'MYQ',
  };
  return opened(t, [settingsOf(place, { url: [`ldaps://${HOST}:${port}`], ...changes })], { [HOST]: '127.0.0.1' });
}

/** Undefined for what has no answer. */
function askedOf(octets: Buffer, write: (piece: Buffer) => void): Asked | undefined {
  // 02 01 <number> <operation>, after the header of the whole.
  const at = octets.indexOf('0201', 0, 'hex');
  const [id = 0, tag] = octets.subarray(at + 2);
  if (tag !== bindRequest && tag !== searchRequest) return undefined;
  return {
    operation: tag === bindRequest ? 'bind' : 'search',
    has: (text) => octets.includes(text),
    send: (operations, controls) => {
      operations.forEach((one, index) => { write(message(id, one, index === operations.length - 1 ? controls : undefined)); });
    },
  };
}
