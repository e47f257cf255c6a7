// The place of a test: a throw-away realm with the gateway's keytab and alice's tickets, and gateways in it. All ends with the test.

import { join } from 'node:path';
import { startGateway, type GatewayOptions, type GatewayProcess } from './gateway.ts';
import { startRealm, type Realm, type RealmOptions } from './kdc.ts';

/** The service that every gateway here is, unless told otherwise. */
export const service = 'HTTP/print.myq.test';

/** What can be told to do something at its end: a tap test, or a bench. */
export interface Ending {
  teardown(action: () => Promise<unknown>): unknown;
}

/** A realm whose gateways can be started. */
export interface Domain {
  readonly realm: Realm;
  /** Path of a keytab with the present keys of `service`. */
  readonly keytab: string;
  /** Starts a gateway in it, with that keytab and the user alice unless told otherwise. */
  start(options?: GatewayOptions): Promise<GatewayProcess>;
}

export interface Site extends Domain {
  readonly gateway: GatewayProcess;
  /** A credential cache with alice's ticket-granting ticket. */
  readonly ccache: string;
}

/** Starts a realm and makes the keytab. */
export async function openDomain(t: Ending, options: RealmOptions = {}): Promise<Domain> {
  const realm = await startRealm(options);
  t.teardown(() => realm.stop());
  const keytab = join(realm.directory, 'http.keytab');
  await realm.keytab(service, keytab);
  const start = async (gatewayOptions: GatewayOptions = {}): Promise<GatewayProcess> => {
    const { environment, ...others } = gatewayOptions;
    const gateway = await startGateway({ keytab, users: [['alice']], environment: { ...realm.environment, ...environment }, ...others });
    t.teardown(() => gateway.stop());
    return gateway;
  };
  return { realm, keytab, start };
}

/** Starts a realm and one gateway in it. */
export async function openSite(t: Ending, options: GatewayOptions & { readonly domain?: RealmOptions } = {}): Promise<Site> {
  const { domain: domainOptions, ...gatewayOptions } = options;
  const domain = await openDomain(t, domainOptions);
  const [gateway, ccache] = await Promise.all([domain.start(gatewayOptions), domain.realm.kinit('alice')]);
  return { ...domain, gateway, ccache };
}
