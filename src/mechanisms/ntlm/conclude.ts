// What the domain has accepted becomes a proof, if the gateway's own conditions are met, too.

import { prove } from '../../identity/proof.ts';
import { refused, type Refusal } from '../../identity/refusal.ts';
import type { ChannelBindingPolicy } from '../kerberos.ts';
import type { Outcome, StepContext } from '../mechanism.ts';
import { printable } from '../token/printable.ts';
import { bindingsHash, compareBindings, type BindingMatch } from './channel-binding.ts';
import type { NtlmVerdict } from './helpers.ts';
import type { AuthenticateMessage } from './message.ts';
import { principalOf, type NtlmDomain } from './names.ts';

export interface ConcludeOptions {
  readonly domains: readonly NtlmDomain[];
  readonly channelBinding: ChannelBindingPolicy;
  /** Seconds since the epoch. */
  readonly now: () => number;
}

/** Judges from the very bytes that the domain has accepted: the helper itself does not look at the channel binding. */
export function conclude(
  options: ConcludeOptions, { user, reply }: Extract<NtlmVerdict, { kind: 'accepted' }>, message: AuthenticateMessage, context: StepContext,
): Outcome {
  const principal = principalOf(user, options.domains);
  const shown = printable(user);
  if ('unknown' in principal) return refused('realm_not_allowed', principal.unknown, principal.cure, shown);
  if ('why' in principal) return refused('not_a_person', `${principal.why}: ${shown}`, 'a person must sign in with his own account', shown);
  const bound = bindingOf(options, message, context);
  const refusal = bindingRefused(options, bound, principal.canonical);
  if (refusal !== undefined) return refusal;
  const proof = prove({
    mechanism: 'ntlm',
    subject: { kind: 'principal', principal },
    authentication: { at: options.now(), methods: ['wia'], channelBinding: bound === 'match' ? 'bound' : 'none' },
    sids: [],
  });
  return { kind: 'proved', proof, reply };
}

/** What the domain verified covers the binding (MS-NLMP §3.2.5.1.2). */
function bindingOf({ channelBinding }: ConcludeOptions, message: AuthenticateMessage, { channelBindings }: StepContext): BindingMatch {
  return channelBinding === 'Off' ? 'unbound' : compareBindings(message, channelBindings && bindingsHash(channelBindings));
}

function bindingRefused({ channelBinding }: ConcludeOptions, bound: BindingMatch, user: string): Refusal | undefined {
  if (bound === 'mismatch') {
    return refused('channel_binding_mismatch', 'the NTLM message was made for another TLS connection: somebody relays it, or a proxy ends TLS',
      'let the client reach the gateway without a proxy that ends TLS', user);
  }
  if (bound === 'match' || channelBinding !== 'Require') return undefined;
  return refused('channel_binding_required', 'the NTLM message carries no channel binding, and [Security] ChannelBinding=Require',
    'use a client that sends channel bindings, as Windows does', user);
}
