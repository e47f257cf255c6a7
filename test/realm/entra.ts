// A stand-in for Microsoft Entra ID on loopback: a real OpenID provider over TLS with Microsoft's paths, documents, tokens and errors.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { faults, type Faults } from './entra-faults.ts';
import { answerGraph } from './entra-graph.ts';
import { json } from './entra-http.ts';
import { standInTenant } from './entra-tenant.ts';
import type { TenantInside } from './entra-types.ts';
import type { Ending } from './site.ts';

export type { App, Person, StandInTenant } from './entra-types.ts';

/** The tenant that there is if none is named. */
export const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

export interface EntraStandIn extends Pick<Faults, 'fault'> {
  /** `https://127.0.0.1:PORT` */
  readonly authority: string;
  /** The authority in PEM that its certificate comes from: the file, and its text. */
  readonly caFile: string;
  readonly ca: string;
  /** Makes it when it is first named. */
  tenant(id?: string): TenantInside;
  /** Everything that was asked of it so far. */
  readonly requests: readonly { readonly method: string; readonly path: string }[];
  stop(): Promise<void>;
}

/** Starts it on a free port; it ends with the test. */
export async function startEntra(t: Ending): Promise<EntraStandIn> {
  const directory = mkdtempSync(join(tmpdir(), 'myq-entra-'));
  const { caPem, certificatePem, privateKeyPem } = await createServerCertificate('127.0.0.1');
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, caPem);
  const tenants = new Map<string, TenantInside>();
  const requests: { readonly method: string; readonly path: string }[] = [];
  const broken = faults();
  const server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    const path = request.url ?? '/';
    requests.push({ method: request.method ?? '', path });
    void broken.before(path, response).then(async (isAnswered) => {
      if (!isAnswered) await answer(request, response, path);
    }).catch((error: unknown) => { response.destroy(error as Error); });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  const authority = `https://127.0.0.1:${String(port)}`;

  const answer = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const [, first = ''] = /^\/([^/?]*)/.exec(path) ?? [];
    if (first === 'v1.0') return answerGraph([...tenants.values()], request, response);
    const tenant = tenants.get(first);
    if (tenant !== undefined) return tenant.answer(request, response);
    // Documents of all tenants have a place for the id of one.
    const common = ['common', 'organizations'].includes(first) ? standInTenant(authority, '{tenantid}', first) : undefined;
    if (common !== undefined && path.endsWith('/.well-known/openid-configuration')) return common.answer(request, response);
    json(response, 404, { error: 'invalid_tenant', error_description: `AADSTS90002: Tenant '${first}' not found.` });
  };
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => stopped ??= new Promise<void>((resolve) => {
    server.close(() => { resolve(); });
    server.closeAllConnections();
    rmSync(directory, { recursive: true, force: true });
  });
  t.teardown(stop);
  return {
    authority, caFile, ca: caPem, requests, stop,
    fault: (...args) => { broken.fault(...args); },
    tenant: (id = TENANT) => {
      const known = tenants.get(id);
      if (known !== undefined) return known;
      const made = standInTenant(authority, id);
      tenants.set(id, made);
      return made;
    },
  };
}
