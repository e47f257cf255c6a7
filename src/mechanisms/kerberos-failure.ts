// Why the acceptor said no: from the library's text and the ticket's plain fields to a reason, its evidence and its cure.

import { Major, type GssError } from '../gssapi/index.ts';
import { UnavailableError } from '../errors.ts';
import { refusalReasons, refused, type Refusal, type RefusalReason } from '../identity/refusal.ts';
import { enctypeName, type ApReq } from './token/ap-req.ts';
import { printable } from './token/printable.ts';
import type { KeytabEntry } from './keytab.ts';
import type { KeytabFile } from './keytab-file.ts';

/**
 * MIT krb5 numbers its minor codes anew in every process, so only its texts and the major code are stable.
 * The order matters: "kvno 3 not found in keytab" also matches the broader pattern after it.
 */
const texts: readonly (readonly [RegExp, RefusalReason])[] = [
  [/kvno \d+ not found in keytab; (keytab|ticket) is likely out of date/, 'kvno_mismatch'],
  [/found in keytab but not with enctype|No key table entry found with the required enctype/, 'enctype_missing'],
  [/found in keytab but cannot decrypt ticket|Decrypt integrity check failed/, 'key_mismatch'],
  [/does not match server principal|Service key not available|not found in keytab|No key table entry found|wrong principal in request|Wrong principal in request/, 'spn_not_in_keytab'],
  [/Key version is not available|Key version number for principal in key table is incorrect/, 'kvno_mismatch'],
  [/Clock skew too great/, 'clock_skew'],
  [/Ticket not yet valid/, 'ticket_not_yet_valid'],
  [/Ticket expired/, 'ticket_expired'],
  [/Request is a replay/, 'replay'],
  [/Encryption type .*not permitted|Encryption type not permitted/, 'enctype_missing'],
  [/Key table file .* not found|Keytab .* is nonexistent or empty|Unsupported key table format|Cannot find or read keytab|keytab/i, 'keytab_unusable'],
];

/** What MIT reports of a krb5.conf that it cannot read. */
const configurationOut = /Kerberos configuration file/;

/** What MIT's file replay cache reports when it cannot be written: an errno text. */
const replayCacheOut = /\(filename: |Read-only file system|No space left on device|Disk quota exceeded|Permission denied|No such file or directory/;

/**
 * Explains a failed accept. `apReq` is the client's own unauthenticated word about its ticket, good for a diagnosis only.
 * Throws UnavailableError if not the token but the replay cache was at fault.
 */
export function explainFailure(error: GssError, apReq: ApReq | undefined, keytab: KeytabFile): Refusal {
  const reason = reasonOf(error);
  // Of a keytab that broke after the start, the library may say only that it has no key.
  const broken = reason === 'spn_not_in_keytab' && 'problem' in keytab.read();
  if (reason === 'keytab_unusable' || broken) return keytabUnusable(keytab, error);
  const detail = [printable(textOf(error)), ...evidence(apReq, keytab)].join('; ');
  const cure = apReq && cureFor(reason, apReq, keytab.path);
  return cure === undefined ? refused(reason, detail) : refused(reason, detail, cure);
}

/**
 * The keytab cannot be used at all: every sign-in fails until it is mended.
 * Throws UnavailableError if not the keytab but krb5.conf was at fault.
 */
export function keytabUnusable(keytab: KeytabFile, error: GssError): Refusal {
  if (configurationOut.test(error.minorText)) throw out('krb5.conf cannot be read', error);
  const read = keytab.read();
  const seen = 'problem' in read ? read.problem : `it holds ${String(read.entries.length)} keys`;
  return refused('keytab_unusable', `${keytab.path}: ${seen}; ${printable(textOf(error))}`,
    `put a keytab with the key of HTTP/<Hostname> there, readable by the gateway: ${makeKeytab('HTTP/<Hostname>', keytab.path)}`);
}

/** The more telling of the two texts: where GSSAPI itself says no (channel bindings, a MIC), the mechanism had "Success". */
function textOf({ minorText, majorText }: GssError): string {
  return minorText === '' || minorText === 'Success' ? majorText : minorText;
}

function out(what: string, error: GssError): UnavailableError {
  return new UnavailableError(refusalReasons.backend_unavailable.sentence, { detail: `${what}: ${printable(textOf(error))}`, cause: error });
}

function reasonOf(error: GssError): RefusalReason {
  const text = `${error.majorText} ${error.minorText}`;
  if (error.major === Major.badBindings) return 'channel_binding_mismatch';
  if (configurationOut.test(error.minorText)) throw out('krb5.conf cannot be read', error);
  for (const [pattern, reason] of texts) if (pattern.test(text)) return reason;
  if (replayCacheOut.test(error.minorText)) {
    throw out('the replay cache cannot be written', error);
  }
  if (error.major === Major.badMech || error.major === Major.noCred) return 'mechanism_not_allowed';
  return 'malformed_token';
}

/** What the ticket says and what the keytab has, for the log. */
function evidence(apReq: ApReq | undefined, keytab: KeytabFile): readonly string[] {
  if (apReq === undefined) return [];
  const kvno = apReq.ticketKvno === undefined ? 'no kvno' : `kvno ${String(apReq.ticketKvno)}`;
  const ticket = `ticket for ${printable(apReq.service)}@${printable(apReq.realm)}, ${kvno}, ${enctypeName(apReq.ticketEtype)}`;
  const read = keytab.read();
  return [ticket, 'problem' in read ? `keytab ${keytab.path}: ${read.problem}` : `keytab ${keytab.path} has ${listKeys(read.entries, apReq)}`];
}

/** The keytab's keys for the ticket's service, or else which services it has. */
function listKeys(entries: readonly KeytabEntry[], apReq: ApReq): string {
  const same = entries.filter(({ principal, realm }) => principal === apReq.service && realm === apReq.realm);
  if (same.length > 0) return same.map(({ kvno, etype }) => `kvno ${String(kvno)} ${enctypeName(etype)}`).join(', ');
  const services = new Set(entries.map(({ principal, realm }) => printable(`${principal}@${realm}`)));
  return services.size === 0 ? 'no keys' : `only keys for ${[...services].slice(0, 8).join(', ')}`;
}

function cureFor(reason: RefusalReason, apReq: ApReq, path: string): string | undefined {
  const service = printable(apReq.service);
  switch (reason) {
    case 'spn_not_in_keytab':
      if (!apReq.service.startsWith('HTTP/')) return 'the client asked for the wrong kind of service: it must ask for HTTP/<Hostname>';
      return `if clients shall use that name: setspn -S ${service} <service account>, then ${makeKeytab(service, path)}; else let them use the configured Hostname`;
    case 'kvno_mismatch':
    case 'key_mismatch':
      return `the service account's password changed: ${makeKeytab(service, path)}; clients with an older ticket sign in again after klist purge`;
    case 'enctype_missing':
      return `${makeKeytab(service, path)} with ${enctypeName(apReq.ticketEtype)}, or set msDS-SupportedEncryptionTypes of the service account to what the keytab has`;
    case 'clock_skew':
    case 'ticket_not_yet_valid':
      return 'set the clocks of client, gateway and domain controller by the same NTP server (Kerberos allows 5 minutes)';
    case 'channel_binding_mismatch':
      return 'let clients reach the gateway without a TLS-terminating proxy between, or set [Security] ChannelBinding=Off';
    default:
      return undefined;
  }
}

function makeKeytab(service: string, path: string): string {
  return `ktpass /princ ${service}@<REALM> /mapuser <service account> /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /pass * /out http.keytab (Windows), `
    + `samba-tool domain exportkeytab ${path} --principal=${service} (Samba) or kadmin -q "ktadd -k ${path} ${service}" (MIT)`;
}
