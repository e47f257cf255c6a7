// What an admin reads in the log about a refused ticket: what it says and what the keytab has, and what mends it.

import { shellWord } from '../identity/shell-word.ts';
import type { RefusalReason } from '../identity/refusal.ts';
import type { KeytabEntry } from './keytab.ts';
import type { KeytabFile } from './keytab-file.ts';
import { enctypeName, type ApReq } from './token/ap-req.ts';
import { printable } from './token/printable.ts';

/** Where a diagnosis looks. */
export interface Surroundings {
  readonly keytab: KeytabFile;
  /** `HTTP/<Hostname>`. */
  readonly service: string;
}

/** What the ticket says, unauthenticated, and what the keytab has. */
export function evidence(apReq: ApReq | undefined, { keytab }: Surroundings): readonly string[] {
  if (apReq === undefined) return [];
  const kvno = apReq.ticketKvno === undefined ? 'no kvno' : `kvno ${String(apReq.ticketKvno)}`;
  const ticket = `ticket for ${printable(apReq.service)}@${printable(apReq.realm)}, ${kvno}, ${enctypeName(apReq.ticketEtype)}`;
  const read = keytab.read();
  return [ticket, 'problem' in read ? `keytab ${keytab.path}: ${read.problem}` : `keytab ${keytab.path} has ${listKeys(read.entries, apReq)}`];
}

/** What an admin should know of the keytab at start, though sign-ins may work: that others can read it, that the Hostname has no key. */
export function keytabNotes(keytab: KeytabFile, service: string): readonly string[] {
  const keys = keytab.httpKeys();
  const notes: string[] = [];
  if (keytab.exposed()) notes.push(`${keytab.path} can be read by others, who can then forge tickets: chmod 600 ${shellWord(keytab.path)}`);
  if (keys.length > 0 && !keys.some(({ principal }) => principal === service)) {
    notes.push(`${keytab.path} has no key of ${service}, the name in [Server] Hostname; it has ${listServices(keys)}`);
  }
  return notes;
}

/** The services in a keytab, each once, as a list for a sentence. */
export function listServices(entries: readonly KeytabEntry[]): string {
  const services = new Set(entries.map(({ principal, realm }) => printable(`${principal}@${realm}`)));
  return services.size === 0 ? 'no keys' : `only keys for ${[...services].slice(0, 8).join(', ')}`;
}

/** The keytab's keys for the ticket's service, or else which services it has. */
function listKeys(entries: readonly KeytabEntry[], apReq: ApReq): string {
  const same = keysOf(entries, apReq);
  if (same.length === 0) return listServices(entries);
  return same.map(({ kvno, etype }) => `kvno ${String(kvno)} ${enctypeName(etype)}`).join(', ');
}

function keysOf(entries: readonly KeytabEntry[], apReq: ApReq): readonly KeytabEntry[] {
  return entries.filter(({ principal, realm }) => principal === apReq.service && realm === apReq.realm);
}

/** The one command or setting that mends it; undefined where none is known. */
export function cureFor(reason: RefusalReason, apReq: ApReq, around: Surroundings): string | undefined {
  switch (reason) {
    case 'spn_not_in_keytab':
      return otherName(apReq, around);
    case 'kvno_mismatch':
      return isOlder(apReq, around.keytab)
        ? 'the keytab is newer than the ticket: klist purge on the client gets it a new one; or add the old key back to the keytab until the old tickets end'
        : `the service account has a new password: ${makeKeytab(around)}`;
    case 'key_mismatch':
      return `the keytab has another key than the service account: ${makeKeytab(around)}; then klist purge on the client`;
    case 'enctype_missing':
      return `make the keytab with ${enctypeName(apReq.ticketEtype)}, or set msDS-SupportedEncryptionTypes of the service account to what it has`;
    case 'rc4_refused':
      return 'set msDS-SupportedEncryptionTypes=24 (AES) on the service account, give it a new password and make a new keytab';
    case 'clock_skew':
    case 'ticket_not_yet_valid':
      return 'set the clocks of client, gateway and domain controller by the same NTP server (Kerberos allows 5 minutes)';
    case 'ticket_expired':
      return 'the client gets a new ticket when it signs in to the domain again (klist purge); if it has one, compare the clocks';
    case 'replay':
      return 'a client must make a new token for every sign-in; if this one did, somebody else sent its token: look at both client addresses';
    case 'channel_binding_mismatch':
      return 'let clients reach the gateway without a TLS-terminating proxy between, or set [Security] ChannelBinding=Off';
    case 'channel_binding_required':
      return 'use a client that sends channel bindings (Windows does), or set [Security] ChannelBinding=Allow';
    default:
      return undefined;
  }
}

/** What mends a keytab that cannot be used at all. */
export function keytabCure({ keytab, service }: Surroundings): string {
  const read = keytab.read();
  if (!('problem' in read)) {
    return keytab.httpKeys().length > 0 ? 'restart the gateway if it goes on' : `add the key of ${service}: ${makeKeytab({ keytab, service })}`;
  }
  const path = shellWord(keytab.path);
  return read.unreadable === true ? `chown <the gateway's user> ${path} && chmod 600 ${path}` : makeKeytab({ keytab, service });
}

/** The SPN is the client's word, so it stands in a command only if it is a plain host name. */
function otherName({ service: asked }: ApReq, { service }: Surroundings): string {
  const right = `let clients use the name in ${service}`;
  if (!/^HTTP\/[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(asked)) return right;
  return `${right}; or, if ${asked.slice(5)} shall be a name of the gateway too: setspn -S ${asked} <service account>, `
    + 'and add its key to the keytab (README, "SPN and keytab")';
}

function isOlder(apReq: ApReq, keytab: KeytabFile): boolean {
  const read = keytab.read();
  const kvnos = 'problem' in read ? [] : keysOf(read.entries, apReq).map(({ kvno }) => kvno);
  return apReq.ticketKvno !== undefined && kvnos.length > 0 && kvnos.every((kvno) => kvno > (apReq.ticketKvno ?? 0));
}

function makeKeytab({ keytab, service }: Surroundings): string {
  const path = shellWord(keytab.path);
  return `make a keytab: ktpass /princ ${service}@<REALM> /mapuser <service account> /crypto AES256-SHA1 /ptype KRB5_NT_PRINCIPAL /pass * `
    + `/out http.keytab (Windows; sets a new password), samba-tool domain exportkeytab ${path} --principal=${service} (Samba) `
    + `or kadmin -q "ktadd -k ${path} ${service}" (MIT)`;
}
