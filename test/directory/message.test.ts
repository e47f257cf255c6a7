// The messages of a domain controller: whole ones, and broken ones in great number.

import { randomBytes } from 'node:crypto';
import t from 'tap';
import { firstMessage, parseMessage } from '../../src/directory/message.ts';
import { DerError } from '../../src/tls/der.ts';
import { entry, message, pageControl, result } from './stand-in.ts';

t.test('a message is read whole, however it comes', async (t) => {
  const found = message(3, entry('CN=a,DC=x', 'objectSid', Buffer.from([1, 255])));
  for (let length = 0; length < found.length; length++) t.equal(firstMessage(found.subarray(0, length)), undefined);
  t.strictSame(firstMessage(Buffer.concat([found, found])), found);
  t.strictSame(parseMessage(found), {
    id: 3, kind: 'entry', entry: { dn: 'CN=a,DC=x', attributes: new Map([['objectsid', [Buffer.from([1, 255])]]]) },
  });
  t.strictSame(parseMessage(message(4, result(0x65, 0, 'why'), pageControl('more'))), {
    id: 4, kind: 'result', result: { operation: 0x65, code: 0, diagnostic: 'why', cookie: Buffer.from('more') },
  });
});

t.test('20,000 messages with changed octets are read or refused, at once', async (t) => {
  const sound = [
    message(3, entry('CN=a,DC=x', 'memberOf', 'CN=b')), message(4, result(0x65, 0, 'why'), pageControl('more')), message(5, result(0x61, 49)),
  ];
  const outcomes = { read: 0, refused: 0 };
  const start = performance.now();
  for (let turn = 0; turn < 20_000; turn++) {
    const octets = Buffer.from(sound[turn % sound.length] as Buffer);
    for (const place of randomBytes(1 + (turn % 3))) octets[place % octets.length] = randomBytes(1)[0] as number;
    try {
      parseMessage(turn % 5 === 0 ? octets.subarray(0, turn % octets.length) : octets);
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      outcomes.refused++;
    }
  }
  t.ok(outcomes.read > 100 && outcomes.refused > 5_000, JSON.stringify(outcomes));
  t.ok(performance.now() - start < 10_000);
});
