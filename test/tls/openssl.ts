// Makes certificates with the openssl command, so that the tests judge other people's certificates too.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface CertificatePaths {
  readonly certificateFile: string;
  readonly privateKeyFile: string;
}

/** Runs openssl in `dir` and returns its output; throws with its words when it fails. */
export function openssl(dir: string, ...options: readonly string[]): string {
  return execFileSync('openssl', options, { cwd: dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A self-signed certificate for gw.example.test (90 days) in `dir`/`name`.pem and .key; `options` go to `openssl req`. */
export function selfSigned(dir: string, name: string, ...options: readonly string[]): CertificatePaths {
  const extra = options.includes('-addext') ? options : [...options, '-addext', 'subjectAltName=DNS:gw.example.test'];
  const files = { certificateFile: join(dir, `${name}.pem`), privateKeyFile: join(dir, `${name}.key`) };
  openssl(
    dir, 'req', '-x509', '-nodes', '-subj', '/CN=gw.example.test', '-days', '90',
    '-keyout', files.privateKeyFile, '-out', files.certificateFile, ...extra,
  );
  return files;
}

export const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] as const;
