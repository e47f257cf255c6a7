// Keeps other sites from posting our forms: a form carries the seal of a cookie that only this browser has.

import { newId, type Handles } from '../tokens/handle.ts';

export interface FormTokens {
  /** For a page with a form: the token in it, and the cookie to set. The one that a browser has is kept, so that several tabs work. */
  issue(cookie: string | undefined): { readonly cookie: string; readonly token: string };
  /** Whether a posted form is of a page that we gave to this browser. */
  isGood(cookie: string | undefined, token: unknown): boolean;
}

/** Builds them. The cookie's prefix `__Host-` keeps other hosts from planting one (RFC 6265bis §4.1.3.2). */
export function formTokens(handles: Handles): FormTokens {
  const isId = (cookie: string | undefined): cookie is string => cookie !== undefined && /^[\w-]{21}[AQgw]$/.test(cookie);
  return {
    issue: (cookie) => {
      const id = isId(cookie) ? cookie : newId();
      return { cookie: id, token: handles.mint('form', id) };
    },
    isGood: (cookie, token) => cookie !== undefined && handles.read('form', token)?.id === cookie,
  };
}
