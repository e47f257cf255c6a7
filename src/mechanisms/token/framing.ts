// The frame around an initial GSS-API token: [APPLICATION 0], mechanism, then the mechanism's own bytes (RFC 2743 §3.1).

import { application, DerError, readElement, readOnly, tags } from './der.ts';
import { readOid } from './der-values.ts';

export interface FramedToken {
  /** Dotted object identifier. */
  readonly mechanism: string;
  readonly body: Uint8Array;
}

/** Whether the bytes start as a GSS-API frame does. */
export function looksFramed(token: Uint8Array): boolean {
  return token[0] === application(0);
}

/**
 * Takes the frame off.
 * @throws DerError when it is no frame, does not fill `token`, or holds nothing
 */
export function unframe(token: Uint8Array): FramedToken {
  const content = readOnly(token, application(0), 'GSS-API frame');
  const { tag, content: oid, end } = readElement(content);
  if (tag !== tags.objectIdentifier) throw new DerError('GSS-API frame without a mechanism');
  if (end === content.length) throw new DerError('GSS-API frame without content');
  return { mechanism: readOid(oid), body: content.subarray(end) };
}
