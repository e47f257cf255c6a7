// The client's half of a Kerberos handshake inside SPNEGO (RFC 4178): through npm kerberos, or bound to the connection through libgssapi.

import type * as Kerberos from 'kerberos';
import { ClientError } from '../error.ts';
import { kerberosFailure } from './kerberos-failure.ts';

export interface Step {
  /** The server is proved (RFC 4120 §3.2.5, mutual authentication), and nothing further is due. */
  readonly isDone: boolean;
  /** For the server; empty when there is nothing to send. */
  readonly token: Uint8Array;
}

export interface Handshake {
  /** Makes the first token (no argument), then takes the server's answers. Throws ClientError. */
  step(answer?: Uint8Array): Promise<Step>;
  close(): void;
}

/** Loads npm kerberos. Throws ClientError `kerberos_unavailable`. */
async function loadKerberos(): Promise<typeof Kerberos> {
  try {
    // CommonJS: what is exported stands under `default`.
    const loaded = await import('kerberos') as unknown as { readonly default: typeof Kerberos };
    return loaded.default;
  } catch (cause) {
    throw new ClientError('kerberos_unavailable', 'the npm package kerberos is not installed or does not load', { cause, cure: 'Install it: npm install kerberos' });
  }
}

/** Through the operating system: SSPI on Windows, GSSAPI elsewhere. It sends no channel bindings. */
export async function systemHandshake(host: string): Promise<Handshake> {
  const kerberos = await loadKerberos();
  // Windows wants an SPN, GSSAPI a host-based name (RFC 2743 §4.1).
  const service = process.platform === 'win32' ? `HTTP/${host}` : `HTTP@${host}`;
  const client = await kerberos.initializeClient(service, { mechOID: kerberos.GSS_MECH_OID_SPNEGO })
    .catch((error: unknown) => { throw kerberosFailure(error, host); });
  return {
    step: async (answer) => {
      // It takes an empty answer for the beginning of a new handshake.
      if (answer?.length === 0) throw new ClientError('server_not_proved', 'the server answers with an empty token');
      // Null, whatever its types say, where there is nothing more to send.
      const text: string | null = await client.step(answer === undefined ? '' : Buffer.from(answer).toString('base64'))
        .catch((error: unknown) => { throw kerberosFailure(error, host); });
      return { isDone: isProved(client), token: kerberosOnly(Buffer.from(text ?? '', 'base64')) };
    },
    close: () => { /* the garbage collector frees it: npm kerberos has no call for that */ },
  };
}

/**
 * On Windows npm kerberos calls a context complete after every step; the name of who signed in it has only after the last one.
 * Its type says that there always is one.
 */
export function isProved({ contextComplete, username }: Pick<Kerberos.KerberosClient, 'contextComplete' | 'username'>): boolean {
  return contextComplete && typeof username as string === 'string' && username !== '';
}

/**
 * Through libgssapi itself, bound to the certificate of the connection (RFC 5929): a man in the middle has another one.
 * @param binding application data of tls-server-end-point
 */
export async function boundHandshake(host: string, binding: Uint8Array): Promise<Handshake> {
  const { Initiator } = await import('../../gssapi/index.ts').catch((cause: unknown) => {
    const where = process.platform === 'linux' ? 'libgssapi_krb5 does not load here' : `on ${process.platform} this client cannot send them`;
    throw new ClientError('channel_binding_unavailable', `the gateway wants channel bindings, and ${where}`, { cause, cure: unboundCure });
  });
  try {
    const initiator = new Initiator({ service: `HTTP@${host}`, channelBindings: binding });
    return {
      step: async (answer) => {
        try {
          const { done: isDone, token } = initiator.step(answer);
          return { isDone, token: kerberosOnly(token) };
        } catch (error) {
          throw kerberosFailure(error, host);
        }
      },
      close: () => { initiator[Symbol.dispose](); },
    };
  } catch (error) {
    throw kerberosFailure(error, host);
  }
}

const unboundCure = 'Sign in with the browser, or let the admin of the gateway set ChannelBinding = Allow.';

const ntlmSignature = Buffer.from('NTLMSSP\0', 'latin1');

/** What negotiates may end at NTLM (a plugin of GSSAPI; Windows itself). That is asked for by name, or not at all. */
export function kerberosOnly(token: Uint8Array): Uint8Array {
  if (!Buffer.from(token).includes(ntlmSignature)) return token;
  throw new ClientError('no_ticket', 'this computer has no Kerberos ticket and would send NTLM instead', { cure: 'Sign in to the computer with a domain account, or run kinit.' });
}
