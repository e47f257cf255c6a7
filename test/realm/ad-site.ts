// The place of a test in Active Directory: a throw-away domain, a member of it, gateways beside its winbindd. All ends with the test.

import { startDomainController, type AdDomain, type DomainControllerOptions } from './ad.ts';
import { startMember, type Member, type MemberOptions } from './ad-member.ts';
import { startGateway, type GatewayOptions, type GatewayProcess } from './gateway.ts';
import type { Ending } from './site.ts';

export interface AdGatewayOptions extends GatewayOptions {
  /** Whether it takes NTLM from this domain: [NTLM] of the member's winbindd comes before `config`. Default false. */
  readonly ntlm?: boolean;
}

/** A domain whose gateways can be started. */
export interface AdPlace {
  readonly domain: AdDomain;
  readonly member: Member;
  /** Starts a gateway on the member, with the domain's keytab and the users alice and bob under their principals, unless told otherwise. */
  start(options?: AdGatewayOptions): Promise<GatewayProcess>;
}

export interface AdSite extends AdPlace {
  readonly gateway: GatewayProcess;
  /** A credential cache with alice's ticket-granting ticket. */
  readonly ccache: string;
}

export interface AdPlaceOptions {
  readonly domain?: DomainControllerOptions;
  readonly member?: MemberOptions;
}

/** Starts a domain and its member. */
export async function openAdDomain(t: Ending, options: AdPlaceOptions = {}): Promise<AdPlace> {
  const domain = await startDomainController(options.domain);
  t.teardown(() => domain.stop());
  const member = await startMember(domain, options.member);
  t.teardown(() => member.stop());
  const start = async ({ environment, config, ntlm = false, ...others }: AdGatewayOptions = {}): Promise<GatewayProcess> => {
    const gateway = await startGateway({
      keytab: domain.keytabFile,
      users: ['alice', 'bob'].map((name) => [name, '--alias', `${name}@${domain.realm}`]),
      config: [...(ntlm ? [ntlmOf(domain, member)] : []), config ?? ''].join('\n'),
      environment: { ...domain.environment, ...environment },
      namespace: member.namespace,
      ...others,
    });
    t.teardown(() => gateway.stop());
    return gateway;
  };
  return { domain, member, start };
}

/** Starts a domain, its member and one gateway there. */
export async function openAdSite(t: Ending, options: AdGatewayOptions & AdPlaceOptions = {}): Promise<AdSite> {
  const { domain, member, ...gatewayOptions } = options;
  const place = await openAdDomain(t, { ...(domain && { domain }), ...(member && { member }) });
  const [gateway, ccache] = await Promise.all([place.start(gatewayOptions), place.domain.kinit('alice')]);
  return { ...place, gateway, ccache };
}

const ntlmOf = ({ netbios, realm }: AdDomain, { smbConf }: Member): string =>
  `[NTLM]\nEnabled = True\nSambaConfig = ${smbConf}\nDomains = ${netbios}=${realm}`;
