// NTLM over HTTP (MS-NTHT): the way in without a ticket, bound to the connection, if all three want it.

import { ClientError } from '../error.ts';
import type { Channel } from '../http.ts';
import type { Attempt } from '../method.ts';
import type { TokenAnswer } from '../tokens.ts';
import { challengeIn, isOffered } from './challenge.ts';
import { endPointBinding } from './end-point.ts';
import { askNegotiate, type NegotiateFields, refusedSignIn, tokensIn } from './negotiate.ts';
import type { NtlmCredentials } from './ntlm/credentials.ts';
import { authenticateMessage, negotiateMessage } from './ntlm/message.ts';

/** Signs in. Throws ClientError `ntlm_not_allowed`, `ntlm_no_credentials`, `ntlm_not_offered`, `ntlm_failed`, `refused`. */
export async function ntlm(
  { server, tell }: Attempt, channel: Channel, fields: NegotiateFields,
  policy: 'never' | 'fallback', credentials: NtlmCredentials | undefined,
): Promise<TokenAnswer> {
  if (policy === 'never') throw new ClientError('ntlm_not_allowed', 'this client is not allowed to use it', { cure: 'Allow it: windows: { ntlm: \'fallback\' }.' });
  if (credentials === undefined) throw new ClientError('ntlm_no_credentials', 'there is no user name and password for it', { cure: 'Give them: --ntlm-user and --password-stdin.' });
  const offer = await askNegotiate(channel, undefined, fields);
  if (offer.status !== 401) throw refusedSignIn(offer);
  if (!isOffered(offer, 'NTLM')) throw new ClientError('ntlm_not_offered', 'the gateway does not offer it', { cure: 'Sign in with the browser, or get a ticket.' });

  tell(`signs in as ${credentials.user} with NTLM`);
  const first = negotiateMessage();
  const answer = await askNegotiate(channel, authorization(first), fields);
  const challenge = challengeIn(answer, 'NTLM');
  if (answer.status !== 401 || challenge === undefined) throw refusedSignIn(answer);
  const message = authenticateMessage({
    negotiate: first, challenge, credentials, spn: `HTTP/${server.host}`, 
    // Without a binding the password could be relayed: a certificate that has none does not get it.
    channelBindings: await endPointBinding(channel.certificate),
  });
  const last = await askNegotiate(channel, authorization(message), fields);
  if (last.status !== 200) throw refusedSignIn(last);
  return tokensIn(last);
}

const authorization = (message: Uint8Array): string => `NTLM ${Buffer.from(message).toString('base64')}`;
