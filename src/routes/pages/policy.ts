// What a page may load, run and send to: its Content-Security-Policy (W3C CSP 3).

export interface PolicyModel {
  /** Sources that the page's forms may reach besides this origin, redirects after the post included (clients/redirect-uri.ts). */
  readonly formAction: readonly string[];
  /** Of the one script that the page may run. */
  readonly scriptHash?: string;
}

/**
 * The header's value. Throws TypeError for a source that would end its directive, begin another one, or is a keyword: a value
 * from outside must never loosen the policy.
 */
export function contentSecurityPolicy({ formAction, scriptHash }: PolicyModel): string {
  if (scriptHash !== undefined && !/^'sha256-[A-Za-z0-9+/]{43}='$/.test(scriptHash)) {
    throw new TypeError('a script hash has the form \'sha256-…\'');
  }
  return [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self'",
    ...(scriptHash === undefined ? [] : [`script-src ${scriptHash}`]),
    ["form-action 'self'", ...formAction.map(checkedSource)].join(' '),
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function checkedSource(source: string): string {
  if (!/^[a-z][a-z0-9+.-]*:[\x21-\x7E]*$/i.test(source) || /[;,'"]/.test(source)) {
    throw new TypeError(`${JSON.stringify(source)} is no source for form-action`);
  }
  return source;
}
