// Which authorities may vouch for a server: those of the operating system, or those of a file and no other.

import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { ClientError, oneLine } from '../error.ts';

const MAX_BYTES = 8 * 1024 * 1024;

/** Those who may vouch. */
export interface Authorities {
  /** For connections: TLS 1.2 or newer, and these authorities alone. */
  readonly context: SecureContext;
  /** The same ones, to tell what is wrong with a certificate. */
  certificates(): readonly X509Certificate[];
}

/**
 * The authorities of this computer, or of a PEM file. Node.js' own list of authorities never counts: an admin cannot take one out of it.
 * @throws ClientError `authorities_unusable` if the file cannot be read or holds no certificate
 */
export function authorities(caFile: string | undefined): Authorities {
  const ca = caFile === undefined ? getCACertificates('system') : [...certificatesIn(caFile)];
  let read: readonly X509Certificate[] | undefined;
  return {
    context: createSecureContext({ ca, minVersion: 'TLSv1.2' }),
    // A computer has more than a hundred, and only who meets a fault needs them.
    certificates: () => read ??= ca.map((pem) => new X509Certificate(pem)),
  };
}

function certificatesIn(file: string): readonly string[] {
  const blocks = textOf(file).match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw unusable(file, 'it holds no certificate in PEM');
  for (const block of blocks) {
    try {
      new X509Certificate(block);
    } catch (cause) {
      throw unusable(file, 'a certificate in it is damaged', cause);
    }
  }
  return blocks;
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > MAX_BYTES) throw unusable(file, `it has more than ${String(MAX_BYTES)} bytes`);
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    throw unusable(file, (cause as NodeJS.ErrnoException).code ?? (cause as Error).message, cause);
  }
}

const unusable = (file: string, what: string, cause?: unknown): ClientError =>
  new ClientError('authorities_unusable', `the file of authorities ${oneLine(file)} cannot be used: ${what}`, { cause, cure: 'Give a file with certificates in PEM.' });
