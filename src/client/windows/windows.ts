// Sign-in with the Windows (or Kerberos) ticket that is here; NTLM only where server, user and policy all want it.

import { ClientError } from '../error.ts';
import type { Channel } from '../http.ts';
import type { Attempt, SignInMethod } from '../method.ts';
import { tokensOf, type TokenAnswer } from '../tokens.ts';
import { untilEnded } from '../until-ended.ts';
import { endPointBinding } from './end-point.ts';
import { boundHandshake, type Handshake, systemHandshake } from './handshake.ts';
import { negotiate, type NegotiateFields } from './negotiate.ts';
import { ntlm } from './ntlm.ts';
import { credentialsOf, type NtlmCredentials } from './ntlm/credentials.ts';

export interface WindowsOptions {
  /**
   * Whether the Kerberos sign-in is bound to the connection (RFC 5929): `when-asked` if the gateway demands it, `always` from the start
   * (Linux only). A gateway behind a proxy that ends TLS may refuse what is bound to the proxy's certificate. Default `when-asked`.
   */
  readonly channelBinding?: 'when-asked' | 'always' | undefined;
  /** Default `never`. `fallback`: if no ticket can be had, and the gateway offers NTLM, and there are credentials. */
  readonly ntlm?: 'never' | 'fallback' | undefined;
  /** For NTLM only: `DOMAIN\user`, `user@domain` or `user`, and the password. */
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
}

/** Throws ClientError for a user name that none can have. */
export function windowsMethod({ channelBinding = 'when-asked', ntlm: policy = 'never', credentials }: WindowsOptions = {}): SignInMethod {
  const forNtlm = credentials && credentialsOf(credentials.user, credentials.password);
  return {
    name: 'windows',
    isSilent: true,
    signIn: async (attempt) => {
      const at = Date.now();
      const channel = await attempt.server.openChannel(attempt.signal);
      try {
        return tokensOf(await signIn(attempt, channel, { channelBinding, policy, credentials: forNtlm }), at, attempt.scope);
      } finally {
        await channel.close();
      }
    },
  };
}

interface Choice {
  readonly channelBinding: 'when-asked' | 'always';
  readonly policy: 'never' | 'fallback';
  readonly credentials: NtlmCredentials | undefined;
}

async function signIn(attempt: Attempt, channel: Channel, { channelBinding, policy, credentials }: Choice): Promise<TokenAnswer> {
  const fields = { client_id: attempt.clientId, ...(attempt.scope === undefined ? {} : { scope: attempt.scope }) };
  try {
    return await kerberos(attempt, channel, fields, channelBinding);
  } catch (error) {
    if (!(error instanceof ClientError) || !withoutTicket.has(error.reason)) throw error;
    attempt.tell(`no Kerberos: ${error.message}`);
    if (policy === 'never' && credentials === undefined) throw error;
    try {
      return await ntlm(attempt, channel, fields, policy, credentials);
    } catch (second) {
      if (!(second instanceof ClientError)) throw second;
      const { reason, cure, server } = second;
      throw new ClientError(reason, `${error.message}; and no NTLM: ${second.message}`, { cause: second, cure, server });
    }
  }
}

/** There was no ticket to send. A ticket that was refused is no reason for NTLM: there somebody may be in between. */
const withoutTicket = new Set<string>([
  'kerberos_unavailable', 'address_not_fqdn', 'no_ticket', 'ticket_expired', 'spn_unknown', 'kdc_unreachable', 'clock_skew', 'kerberos_failed',
]);

async function kerberos(
  { server, tell, signal }: Attempt, channel: Channel, fields: NegotiateFields, channelBinding: Choice['channelBinding'],
): Promise<TokenAnswer> {
  const { host: name, isAddress } = server;
  if (isAddress) {
    throw new ClientError('address_not_fqdn', `Kerberos has tickets for names, and ${name} is an address`, { cure: 'Connect by the full name of the server (its FQDN).' });
  }
  const bound = async (): Promise<TokenAnswer> => {
    tell('the sign-in is bound to this connection (tls-server-end-point)');
    return run(channel, await boundHandshake(name, await endPointBinding(channel.certificate)), fields, signal);
  };
  tell(`asks the domain for a ticket for HTTP/${name}`);
  if (channelBinding === 'always') {
    await fetchTicket(name, signal);
    return bound().catch(bindingRefused);
  }
  try {
    return await run(channel, await untilEnded(() => systemHandshake(name), signal), fields, signal);
  } catch (error) {
    if (!(error instanceof ClientError) || error.server?.reason !== 'channel_binding_required') throw error;
    tell('the gateway wants channel bindings');
    return bound().catch(bindingRefused);
  }
}

/** The gateway is certain that the binding is not that of its own certificate: somebody else ends the TLS of this connection. */
function bindingRefused(error: unknown): never {
  if (!(error instanceof ClientError) || error.server?.reason !== 'channel_binding_mismatch') throw error;
  throw new ClientError('channel_binding_refused', 'the gateway refused the sign-in because somebody else holds the other end of this connection', {
    cause: error, server: error.server,
    cure: 'Tell the admin: either a proxy ends TLS in front of the gateway (ProxyCertificateFile), or a stranger is in between.',
  });
}

async function run(channel: Channel, handshake: Handshake, fields: NegotiateFields, signal: AbortSignal): Promise<TokenAnswer> {
  try {
    return await untilEnded(() => negotiate(channel, handshake, fields), signal);
  } finally {
    handshake.close();
  }
}

/** libgssapi would stop this process while it waits for a domain controller; npm kerberos waits elsewhere, and both share the tickets. */
async function fetchTicket(name: string, signal: AbortSignal): Promise<void> {
  try {
    await untilEnded(async () => (await systemHandshake(name)).step(), signal);
  } catch (error) {
    // Without the package there is only the way that waits here.
    if (!(error instanceof ClientError) || error.reason !== 'kerberos_unavailable') throw error;
  }
}
