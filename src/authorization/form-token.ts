// Keeps other sites from posting our forms: a form carries the seal of a cookie that only this browser has.

import { newId, type Handles } from '../tokens/handle.ts';

export interface FormTokens {
  /** For a page with a form: the token in it, and the cookie to set. The one that a browser has is kept, so that several tabs work. */
  issue(cookie: string | undefined): { readonly cookie: string; readonly token: string };
  /** Whether a posted form is of a page that we gave to this browser, not too long ago. */
  isGood(cookie: string | undefined, token: unknown): boolean;
}

/**
 * Seconds for which a page waits. A browser keeps what was typed into it, and sends it again if somebody else goes back to that page;
 * signing out ends all of a browser's forms, since its cookie goes.
 */
const LIFETIME = 3600;

/** Builds them. The cookie's prefix `__Host-` keeps other hosts from planting one (RFC 6265bis §4.1.3.2). */
export function formTokens(handles: Handles, now: () => number): FormTokens {
  const isId = (cookie: string | undefined): cookie is string => cookie !== undefined && /^[\w-]{21}[AQgw]$/.test(cookie);
  return {
    issue: (cookie) => {
      const id = isId(cookie) ? cookie : newId();
      // The handle's number is the time at which the page was made.
      return { cookie: id, token: handles.mint('form', id, now()) };
    },
    isGood: (cookie, token) => {
      const handle = handles.read('form', token);
      return handle !== undefined && handle.id === cookie && handle.generation + LIFETIME > now();
    },
  };
}
