// Why the acceptor said no: from the library's text and the ticket's plain fields to a reason, its evidence and its cure.

import { Major, type GssError } from '../gssapi/index.ts';
import { UnavailableError } from '../errors.ts';
import { refusalReasons, refused, type Refusal, type RefusalReason } from '../identity/refusal.ts';
import { cureFor, evidence, keytabCure, listServices, type Surroundings } from './kerberos-cure.ts';
import type { ApReq } from './token/ap-req.ts';
import { printable } from './token/printable.ts';

/**
 * MIT krb5 numbers its minor codes anew in every process, so only its texts and the major code are stable.
 * Some texts quote the client's own words (the SPN of its ticket) in their middle, so every pattern holds on to the end,
 * or to both ends, which are MIT's.
 */
const texts: readonly (readonly [RegExp, RefusalReason])[] = [
  [/ kvno \d+ not found in keytab; (?:keytab|ticket) is likely out of date$/, 'kvno_mismatch'],
  [/ found in keytab but not with enctype [\w-]+$/, 'enctype_missing'],
  [/ enctype [\w-]+ found in keytab but cannot decrypt ticket$|^Decrypt integrity check failed$|^Cannot decrypt ticket for /, 'key_mismatch'],
  [/ found in keytab but does not match server principal \S+$| not found in keytab \(ticket kvno \d+\)$/, 'spn_not_in_keytab'],
  [/^Service key not available$|^No key table entry found|^Wrong principal in request$/, 'spn_not_in_keytab'],
  [/^Key version is not available$|^Key version number for principal in key table is incorrect$/, 'kvno_mismatch'],
  [/^Clock skew too great$/, 'clock_skew'],
  [/^Ticket not yet valid$/, 'ticket_not_yet_valid'],
  [/^Ticket expired$/, 'ticket_expired'],
  [/^Request is a replay$/, 'replay'],
  [/^Encryption type \S+ not permitted$|^Encryption type not permitted$/, 'enctype_missing'],
  [/^Key table file .* not found$|^Keytab .* is nonexistent or empty$|^Unsupported key table format/, 'keytab_unusable'],
];

/** What MIT reports of a krb5.conf that it cannot read. */
const configurationOut = /^(?:Improper format of|Can't open\/find) Kerberos configuration file/;

/** What MIT's file replay cache reports when it cannot be written: an errno text, mostly with the file's name. */
const replayCacheOut =
  /^(?:Read-only file system|No space left on device|Disk quota exceeded|Permission denied|No such file or directory|Is a directory)(?: \(filename: .*\))?$/;

/**
 * Explains a failed accept. `apReq` is the client's own unauthenticated word about its ticket, good for a diagnosis only.
 * Throws UnavailableError if not the token but krb5.conf or the replay cache was at fault.
 */
export function explainFailure(error: GssError, apReq: ApReq | undefined, around: Surroundings): Refusal {
  const reason = reasonOf(error);
  // Of a keytab that broke after the start, the library may say only that it has no key, or nothing that makes sense.
  const vague = reason === 'spn_not_in_keytab' || reason === 'malformed_token';
  if (reason === 'keytab_unusable' || (vague && around.keytab.httpKeys().length === 0)) return keytabUnusable(error, around);
  const detail = [printable(textOf(error)), ...evidence(apReq, around)].join('; ');
  return refused(reason, detail, apReq && cureFor(reason, apReq, around));
}

/**
 * The keytab cannot be used at all: every sign-in fails until it is mended.
 * Throws UnavailableError if not the keytab but krb5.conf was at fault.
 */
export function keytabUnusable(error: GssError, around: Surroundings): Refusal {
  if (configurationOut.test(error.minorText)) throw out('krb5.conf cannot be read', error);
  const { keytab, service } = around;
  const read = keytab.read();
  const seen = 'problem' in read ? read.problem : keytab.httpKeys().length > 0 ? 'it holds keys' : `it holds ${listServices(read.entries)}, none of ${service}`;
  return refused('keytab_unusable', `${keytab.path}: ${seen}; ${printable(textOf(error))}`, keytabCure(around));
}

function reasonOf(error: GssError): RefusalReason {
  if (error.major === Major.badBindings) return 'channel_binding_mismatch';
  if (configurationOut.test(error.minorText)) throw out('krb5.conf cannot be read', error);
  if (replayCacheOut.test(error.minorText)) throw out('the replay cache cannot be written', error);
  for (const [pattern, reason] of texts) if (pattern.test(error.minorText)) return reason;
  if (error.major === Major.badMech || error.major === Major.noCred) return 'mechanism_not_allowed';
  return 'malformed_token';
}

/** Its detail has the library's text, escaped; the error itself stays behind, since it carries the client's bytes. */
function out(what: string, error: GssError): UnavailableError {
  return new UnavailableError(refusalReasons.backend_unavailable.sentence, { detail: `${what}: ${printable(textOf(error))}` });
}

/** The more telling of the two texts: where GSSAPI itself says no (channel bindings, a MIC), the mechanism had "Success". */
function textOf({ minorText, majorText }: GssError): string {
  return minorText === '' || minorText === 'Success' ? majorText : minorText;
}
