// What an ntlm_auth helper says in one line (ntlm_auth(1), --helper-protocol=gss-spnego, as `manage_gensec_request` writes it).

import { decodeBase64Strict } from '../token/base64.ts';
import { printable } from '../token/printable.ts';

/** A token may be absent: it is empty then. */
export type HelperAnswer =
  | { readonly kind: 'challenge'; readonly token: Uint8Array }
  | { readonly kind: 'accepted'; readonly token: Uint8Array; readonly user: string }
  | { readonly kind: 'refused'; readonly status: string }
  /** The helper cannot do its work. */
  | { readonly kind: 'broken'; readonly text: string };

const lines = /^(?:(?<tt>TT) (?<challenge>\S+) \*|(?<af>AF) (?<reply>\S+) (?<user>.+)|(?<na>NA) \S+ (?<status>.+)|(?<bh>BH)(?: (?<text>.*))?)$/;

/** Reads a line, without its end. Undefined: that is no answer. */
export function readAnswer(line: Buffer): HelperAnswer | undefined {
  const parts = lines.exec(textOf(line) ?? '')?.groups;
  if (parts === undefined) return undefined;
  if (parts['bh'] !== undefined) return { kind: 'broken', text: printable(parts['text'] ?? '') };
  if (parts['na'] !== undefined) return { kind: 'refused', status: printable(parts['status'] ?? '') };
  const token = tokenOf(parts['challenge'] ?? parts['reply'] ?? '');
  if (token === undefined) return undefined;
  return parts['tt'] !== undefined ? { kind: 'challenge', token } : { kind: 'accepted', token, user: parts['user'] ?? '' };
}

function textOf(line: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line);
  } catch {
    return undefined; // names are UTF-8 whatever the locale is: `unix charset` of smb.conf
  }
}

const tokenOf = (text: string): Uint8Array | undefined => (text === '*' ? new Uint8Array() : decodeBase64Strict(text));
