// Who may vouch for the domain controllers: the CAs of CaFile and no other, or those that this machine trusts.

import { getCACertificates } from 'node:tls';
import { readCertificates } from '../tls/pem-files.ts';
import { type DirectorySettings, sectionOf } from './settings.ts';

/** In PEM. @throws ConfigError if CaFile cannot be read or holds no certificate */
export function trustedBy({ name, caFile }: Pick<DirectorySettings, 'name' | 'caFile'>): readonly string[] {
  if (caFile === undefined) return getCACertificates('system');
  return readCertificates(caFile, `[${sectionOf(name)}] CaFile ${caFile}`).map((certificate) => certificate.toString());
}
