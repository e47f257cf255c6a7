// What Microsoft answers instead of a sign-in (Microsoft: "authentication and authorization error codes"), and what mends it.

import { refused, type Refusal, type RefusalReason } from '../../identity/refusal.ts';
import { printable } from '../token/printable.ts';

/** As an authorization or token endpoint tells it (RFC 6749 §4.1.2.1, §5.2). */
export interface MicrosoftError {
  readonly error: string;
  readonly description: string | undefined;
  /** Microsoft's own: `cancel` if a person went back. */
  readonly subcode?: string | undefined;
}

interface Meaning {
  readonly reason: RefusalReason;
  readonly cure?: string;
}

const renew = 'make a new secret in the app registration, and put its Value into ClientSecret';

/** By the number behind AADSTS. */
const meanings: Readonly<Record<string, Meaning>> = {
  65004: { reason: 'microsoft_cancelled' },
  50105: { reason: 'microsoft_not_assigned', cure: 'assign the user or his group to the enterprise application, or switch "Assignment required" off there' },
  50020: { reason: 'microsoft_not_assigned', cure: 'the account is of another tenant: if its people shall sign in, write a section [Entra:NAME] for it' },
  51004: { reason: 'microsoft_not_assigned', cure: 'the account is not in this tenant' },
  90072: { reason: 'microsoft_not_assigned', cure: 'the account is of another tenant: if its people shall sign in, write a section [Entra:NAME] for it' },
  65001: { reason: 'microsoft_misconfigured', cure: 'grant admin consent to the permissions of the app registration' },
  90094: { reason: 'microsoft_misconfigured', cure: 'grant admin consent to the permissions of the app registration' },
  50011: { reason: 'microsoft_misconfigured', cure: 'add the redirect URI to the app registration, platform Web' },
  700016: { reason: 'microsoft_misconfigured', cure: 'ClientId is not that of an app registration in this tenant' },
  7000215: { reason: 'microsoft_misconfigured', cure: `ClientSecret is wrong, or the Secret ID was copied: ${renew}` },
  7000222: { reason: 'microsoft_misconfigured', cure: `ClientSecret has expired: ${renew}` },
  7000218: { reason: 'microsoft_misconfigured', cure: 'the redirect URI must stand under the platform Web of the app registration' },
  700025: { reason: 'microsoft_misconfigured', cure: 'the redirect URI must stand under the platform Web of the app registration' },
  9002327: { reason: 'microsoft_misconfigured', cure: 'the redirect URI must stand under the platform Web of the app registration' },
};

/** Codes of Conditional Access and of a second factor that was not given. */
const conditions = /^(?:53\d{3}|530\d{3}|50005|50074|50076|50079|50097|50131|50158)$/;

/** The refusal that it comes to. */
export function refusedBy({ error, description = '', subcode }: MicrosoftError): Refusal {
  const [, code = ''] = /AADSTS(\d{4,8})/.exec(description) ?? [];
  const { reason, cure } = meaningOf(error, code, subcode);
  return refused(reason, `Microsoft answered ${printable(error, 60)}: ${printable(description.replace(/\s+/g, ' '), 300) || 'no description'}`, cure);
}

function meaningOf(error: string, code: string, subcode: string | undefined): Meaning {
  const known = Object.hasOwn(meanings, code) ? meanings[code] : undefined;
  if (known !== undefined) return known;
  if (conditions.test(code)) return { reason: 'microsoft_conditions', cure: 'see the sign-in log of Entra ID for the policy' };
  if (error === 'temporarily_unavailable' || error === 'server_error') return { reason: 'backend_unavailable' };
  if (subcode === 'cancel') return { reason: 'microsoft_cancelled' };
  if (['invalid_client', 'unauthorized_client', 'invalid_scope'].includes(error)) {
    return { reason: 'microsoft_misconfigured', cure: 'compare TenantId, ClientId, ClientSecret and the redirect URI with the app registration' };
  }
  return { reason: 'microsoft_refused' };
}
