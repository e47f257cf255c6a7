// Makes certificates with the openssl command, so that the tests judge other people's certificates too.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
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

/** A root, an intermediate and a certificate for gw.example.test: `root`, `middle` and `server` with .pem and .key in `dir`. */
export function hierarchy(dir: string): void {
  const extensions = ['-addext', 'basicConstraints=critical,CA:true'];
  openssl(dir, 'req', '-x509', '-nodes', ...p256, '-subj', '/CN=Root', '-days', '90', '-keyout', 'root.key', '-out', 'root.pem', ...extensions);
  issue(dir, 'middle', 'root', '/CN=Middle', 'basicConstraints=critical,CA:true');
  issue(dir, 'server', 'middle', '/CN=gw.example.test', 'subjectAltName=DNS:gw.example.test');
}

/** A certificate signed by `issuer`, which is in the same directory. */
export function issue(dir: string, name: string, issuer: string, subject: string, extension: string): void {
  openssl(dir, 'req', '-new', '-nodes', ...p256, '-subj', subject, '-addext', extension, '-keyout', `${name}.key`, '-out', `${name}.csr`);
  openssl(
    dir, 'x509', '-req', '-in', `${name}.csr`, '-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-days', '90', '-copy_extensions', 'copy',
    '-out', `${name}.pem`,
  );
}

/** Exports `server` of the hierarchy with its whole chain, as Windows does; `options` go to `openssl pkcs12`. Answers the path. */
export function pfx(dir: string, password: string, ...options: readonly string[]): string {
  const file = join(dir, 'server.pfx');
  writeFileSync(join(dir, 'chain.pem'), ['root', 'middle'].map((name) => readFileSync(join(dir, `${name}.pem`), 'utf8')).join(''));
  openssl(
    dir, 'pkcs12', '-export', '-in', 'server.pem', '-inkey', 'server.key', '-certfile', 'chain.pem', '-passout', `pass:${password}`, '-out', file,
    ...options,
  );
  return file;
}
