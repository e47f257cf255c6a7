// Who may vouch for the domain controllers: the CAs of CaFile and no other, or those that this machine trusts.

import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { readCertificates } from '../tls/pem-files.ts';
import { type DirectorySettings, sectionOf } from './settings.ts';

/** Made once: the authorities of a machine are hundreds, and to read them takes longer than a sign-in. */
export function trustIn(pem: readonly string[]): SecureContext {
  return createSecureContext({ ca: [...pem], minVersion: 'TLSv1.2' });
}

/** @throws ConfigError if CaFile cannot be read or holds no certificate */
export function trustOf({ name, caFile }: Pick<DirectorySettings, 'name' | 'caFile'>): SecureContext {
  if (caFile === undefined) return trustIn(getCACertificates('system'));
  return trustIn(readCertificates(caFile, `[${sectionOf(name)}] CaFile ${caFile}`).map((certificate) => certificate.toString()));
}
