// A domain controller for a gateway of these tests: accounts that a test changes at will, and the section `[Directory]` for it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { Test } from 'tap';
import { firstMessage } from '../../src/directory/message.ts';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { serve } from '../directory/line.ts';
import { message } from '../directory/stand-in.ts';
import { bound, done, person, sid } from '../directory/stand-in-domain.ts';

const bindRequest = 0x60;
const searchRequest = 0x63;

export interface HybridDomain {
  /** Lines of config.ini: `[Directory]` of MYQ.TEST, whose answers are never kept. */
  readonly config: string;
  /** Name → what its entry has: RID of the account, and that of the one group it is in. */
  readonly accounts: Map<string, { readonly rid: number; readonly group?: number; readonly isDisabled?: boolean }>;
  /** It answers nothing any more. */
  isOut: boolean;
  /** Searches so far. */
  readonly searches: number;
}

/** Of an account or group of the domain, `S-1-5-21-1-2-3-RID`. */
export const sidOf = (rid: number): string => `S-1-5-21-1-2-3-${String(rid)}`;

/** Starts it; it ends with the test. */
export async function hybridDomain(t: Test, more = ''): Promise<HybridDomain> {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate('localhost');
  const caFile = join(t.testdir(), 'domain-ca.pem');
  writeFileSync(caFile, caPem);
  const accounts: HybridDomain['accounts'] = new Map();
  let searches = 0;
  const domain = { accounts, isOut: false, config: '', get searches() { return searches; } };
  /** The answer to one request; undefined for what has none. */
  const answer = (request: Buffer): readonly Buffer[] | undefined => {
    const [tag] = request.subarray(request.indexOf('0201', 0, 'hex') + 3);
    if (tag === bindRequest) return [bound];
    if (tag !== searchRequest) return undefined;
    searches++;
    const found = [...accounts].filter(([name, { rid }]) => request.includes(sid(rid)) || request.includes(`CN=${name},`)
      || request.includes(Buffer.concat([Buffer.from([0x04, name.length]), Buffer.from(name)])));
    return [...found.map(([name, { rid, group = 513, isDisabled = false }]) =>
      person(name, rid, { tokenGroups: sid(group), userAccountControl: isDisabled ? '514' : '512' })), done];
  };
  const port = await serve(t, (socket) => {
    let received: Buffer = Buffer.alloc(0);
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      for (let request = firstMessage(received); request !== undefined; request = firstMessage(received)) {
        received = received.subarray(request.length);
        const id = request[request.indexOf('0201', 0, 'hex') + 2] ?? 0;
        for (const operation of domain.isOut ? [] : answer(request) ?? []) socket.write(message(id, operation));
      }
    });
  }, createServer({ cert: certificatePem, key: privateKeyPem }));
  domain.config = `[Directory]\nUrl = ldaps://localhost:${String(port)}\nCaFile = ${caFile}\nBindName = gateway@myq.test\nBindPassword = Passw0rd.gateway\n`
    + `BaseDn = DC=myq,DC=test\nCacheTime = 0\nOutageTime = 0\nTimeout = 1\n${more}`;
  return domain;
}
