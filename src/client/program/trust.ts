// `myq-signin trust list` and `trust remove`: the certificates that were accepted in Normal mode.

import { isIP } from 'node:net';
import { oneLine } from '../error.ts';
import { usualPlaces } from '../places.ts';
import { openCertStore } from '../trust/cert-store.ts';
import type { AcceptedCertificate } from '../trust/question.ts';
import { onlyOne, readArguments, UsageError } from './arguments.ts';
import { colons } from './ask.ts';
import { json } from './failure.ts';
import type { Surroundings } from './surroundings.ts';

const options = { 'cert-store': { type: 'string' }, 'json': { type: 'boolean' }, 'fingerprint': { type: 'string' } } as const;

export async function trustVerb([verb, ...argv]: readonly string[], { stdout, stderr }: Surroundings): Promise<number> {
  if (verb !== 'list' && verb !== 'remove') throw new UsageError('trust needs a verb: list or remove');
  const { values, positionals } = readArguments(argv, options);
  const file = values['cert-store'] ?? usualPlaces().certStore;
  const store = openCertStore(file);
  const print = (certificates: readonly AcceptedCertificate[], then = ''): void => {
    stdout.write(values.json === true ? json(certificates.map(asJson)) : certificates.map((one) => `${lineOf(one)}${then}\n`).join(''));
  };
  if (verb === 'list') {
    if (positionals.length > 0 || values.fingerprint !== undefined) throw new UsageError('trust list takes no host');
    const all = await store.list();
    print(all);
    if (all.length === 0) stderr.write(`myq-signin: no certificate is accepted in ${oneLine(file)}\n`);
    return 0;
  }
  const { fingerprint } = values;
  const isNone = fingerprint !== undefined && !/^[\da-f]{64}$/i.test(fingerprint.replaceAll(':', ''));
  if (isNone) throw new UsageError('--fingerprint is the SHA-256 of the certificate: 64 hexadecimal digits');
  const removed = await store.remove({ ...placeOf(onlyOne(positionals, 'host')), ...(fingerprint === undefined ? {} : { fingerprint }) });
  print(removed, ' removed');
  if (removed.length === 0) stderr.write('myq-signin: no certificate is accepted for this host\n');
  return removed.length === 0 ? 1 : 0;
}

function placeOf(text: string): { readonly host: string; readonly port?: number } {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = bracketed ?? plain ?? (isIP(text) === 6 ? text : undefined);
  if (host === undefined) throw new UsageError('trust remove needs HOST or HOST:PORT');
  return { host: host.toLowerCase(), ...(port === undefined ? {} : { port: Number(port) }) };
}

const asJson = ({ notAfter, acceptedAt, ...one }: AcceptedCertificate) =>
  ({ ...one, not_after: iso(notAfter), accepted_at: iso(acceptedAt) });
const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const lineOf = ({ host, port, fingerprint, subject, notAfter, acceptedAt }: AcceptedCertificate): string =>
  `${host}:${String(port)}  ${colons(fingerprint)}  ${oneLine(subject)}  until ${iso(notAfter).slice(0, 10)}, accepted ${iso(acceptedAt).slice(0, 10)}`;
