// A relay before a domain controller that keeps what names and passwords came over its line: it shows a certificate of its own.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import type { Test } from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { serve } from '../directory/line.ts';
import type { AdDomain } from '../realm/ad.ts';

/** A simple bind (RFC 4511 §4.2). */
export interface Bind {
  /** A distinguished name, or a name with a realm. */
  readonly dn: string;
  readonly password: string;
}

export interface Recorder {
  /** As in `ldaps://localhost:12345`, for `Url`. */
  readonly url: string;
  /** The authority of its certificate. */
  readonly caFile: string;
  /** All binds so far, in the order in which they came. */
  readonly binds: readonly Bind[];
}

/** Listens until the end of the test. */
export async function recorder(t: Test, domain: AdDomain): Promise<Recorder> {
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate('localhost');
  const caFile = join(domain.directory, 'recorder-ca.pem');
  writeFileSync(caFile, caPem);
  const ca = readFileSync(domain.caFile);
  const binds: Bind[] = [];
  const port = await serve(t, (client) => {
    const there = connect({ host: domain.address, port: 636, servername: domain.host, ca });
    let rest: Buffer = Buffer.alloc(0);
    client.on('data', (data: Buffer) => { rest = readBinds(Buffer.concat([rest, data]), binds); });
    client.pipe(there).pipe(client);
    there.on('error', () => { client.destroy(); }).on('close', () => { client.destroy(); });
    client.on('close', () => { there.destroy(); });
  }, createServer({ cert: certificatePem, key: privateKeyPem }));
  return { url: `ldaps://localhost:${String(port)}`, caFile, binds };
}

interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

/** The first element of BER (X.690 §8.1); undefined if it is not all there yet. */
function element(bytes: Buffer): Element | undefined {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return undefined;
  const more = first < 128 ? 0 : first & 127;
  if (bytes.length < 2 + more) return undefined;
  const length = more === 0 ? first : bytes.readUIntBE(2, more);
  const end = 2 + more + length;
  return bytes.length < end ? undefined : { tag, content: bytes.subarray(2 + more, end), rest: bytes.subarray(end) };
}

/** Of an LDAP message (RFC 4511 §4.2): a bind is [APPLICATION 0], and its simple password [0]. */
const BIND = 0x60;
const SIMPLE = 0x80;

/** Adds the binds among the messages; gives what is no whole message yet. */
function readBinds(bytes: Buffer, binds: Bind[]): Buffer {
  for (let rest = bytes; ;) {
    const message = element(rest);
    if (message === undefined) return rest;
    rest = message.rest;
    const operation = element(element(message.content)?.rest ?? Buffer.alloc(0));
    if (operation?.tag !== BIND) continue;
    const name = element(element(operation.content)?.rest ?? Buffer.alloc(0));
    const secret = element(name?.rest ?? Buffer.alloc(0));
    if (name === undefined || secret?.tag !== SIMPLE) throw new Error('a bind that is not simple');
    binds.push({ dn: name.content.toString(), password: secret.content.toString() });
  }
}
