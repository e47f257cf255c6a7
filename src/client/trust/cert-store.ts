// The certificates that people of this computer accepted (`cert.store`): a JSON file that an admin can read and repair.

import { FieldFault, printedTime, textOf, timeOf, type Fields } from '../keep/fields.ts';
import { openKeptList, type ListFormat } from '../keep/kept-list.ts';
import { withLock, type LockOptions } from '../keep/lock.ts';
import type { AcceptedCertificate, AcceptedCertificates } from './question.ts';

/** Which accepted certificates are meant: all of the host, or those of the port, or the one with the fingerprint. */
export interface WhichCertificates {
  /** A name or an address. */
  readonly host: string;
  readonly port?: number | undefined;
  /** SHA-256, with or without colons, in lower or upper case. */
  readonly fingerprint?: string | undefined;
}

/** All throw ClientError `store_damaged` or `store_unusable`. A damaged file stays as it is, for its owner to look at. */
export interface CertStore extends AcceptedCertificates {
  /** In the order in which they were accepted. */
  list(): Promise<readonly AcceptedCertificate[]>;
  /** Gives those that were removed; none if nothing fits. */
  remove(which: WhichCertificates): Promise<readonly AcceptedCertificate[]>;
}

/** Reads nothing yet. The file is made by the first `accept`. */
export function openCertStore(file: string, lock: LockOptions = {}): CertStore {
  const kept = openKeptList(file, format);
  const change = (action: Parameters<typeof kept.change>[0]): Promise<void> => withLock(file, () => kept.change(action), lock);
  return {
    list: () => kept.entries(),
    of: async (host, port) => (await kept.entries()).filter(isMeant({ host, port })),
    accept: (certificate) => change((entries) => {
      const key = format.keyOf(certificate);
      return entries.some((entry) => format.keyOf(entry) === key) ? entries : [...entries, certificate];
    }),
    remove: async (which) => {
      const isGone = isMeant(which);
      // A directory and a lock are made for a file only when there is something to write.
      if (!(await kept.entries()).some(isGone)) return [];
      let removed: readonly AcceptedCertificate[] = [];
      await change((entries) => {
        removed = entries.filter(isGone);
        return removed.length === 0 ? entries : entries.filter((entry) => !isGone(entry));
      });
      return removed;
    },
  };
}

function isMeant({ host, port, fingerprint }: WhichCertificates): (certificate: AcceptedCertificate) => boolean {
  const name = plainHost(host);
  const digits = fingerprint === undefined ? undefined : plainFingerprint(fingerprint);
  return (certificate) => certificate.host === name && (port === undefined || certificate.port === port)
    && (digits === undefined || certificate.fingerprint === digits);
}

/** An IPv6 address is written in brackets before a port, and kept without. */
const plainHost = (host: string): string => host.toLowerCase().replace(/^\[(.*)\]$/, '$1');

const plainFingerprint = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();

const format: ListFormat<AcceptedCertificate> = {
  name: 'certificates',
  secret: false,
  loss: 'you are asked about each certificate again',
  read: (fields) => ({
    host: hostOf(fields), port: portOf(fields), fingerprint: fingerprintOf(fields),
    subject: textOf(fields, 'subject'), issuer: textOf(fields, 'issuer'), notAfter: timeOf(fields, 'notAfter'), acceptedAt: timeOf(fields, 'acceptedAt'),
  }),
  print: ({ host, port, fingerprint, subject, issuer, notAfter, acceptedAt }) =>
    ({ host, port, fingerprint, subject, issuer, notAfter: printedTime(notAfter), acceptedAt: printedTime(acceptedAt) }),
  keyOf: ({ host, port, fingerprint }) => `${plainHost(host)} ${String(port)} ${plainFingerprint(fingerprint)}`,
};

function hostOf(fields: Fields): string {
  const host = plainHost(textOf(fields, 'host', { limit: 255 }));
  if (/[\s\p{C}]/u.test(host)) throw new FieldFault('"host" is no name and no address');
  return host;
}

function portOf({ port }: Fields): number {
  if (port === undefined) throw new FieldFault('"port" is missing');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) throw new FieldFault('"port" is no whole number from 1 to 65535');
  return port;
}

function fingerprintOf(fields: Fields): string {
  const fingerprint = plainFingerprint(textOf(fields, 'fingerprint'));
  if (!/^[0-9a-f]{64}$/.test(fingerprint)) throw new FieldFault('"fingerprint" is no SHA-256 in 64 hexadecimal digits');
  return fingerprint;
}
