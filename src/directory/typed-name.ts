// The forms in which people type their name: NAME, NAME@SUFFIX, DOMAIN\NAME.

import { foldCase, foldName, isRealm } from '../identity/principal.ts';

/** Folded (identity/principal.ts). A suffix is the realm, the domain, or belongs to a userPrincipalName. */
export type TypedName =
  | { readonly kind: 'bare'; readonly user: string }
  | { readonly kind: 'suffix'; readonly user: string; readonly suffix: string }
  | { readonly kind: 'domain'; readonly user: string; readonly domain: string };

/** Undefined for what can be nobody's name: nothing is searched for it. */
export function parseTypedName(text: string): TypedName | undefined {
  const at = text.lastIndexOf('@');
  const backslash = text.indexOf('\\');
  // With both it is neither: a user has no backslash in his name, and a domain no `@`.
  if (at >= 0 && backslash >= 0) return undefined;
  const [place, name] = at >= 0 ? [text.slice(at + 1), text.slice(0, at)]
    : backslash >= 0 ? [text.slice(0, backslash), text.slice(backslash + 1)] : [undefined, text];
  const user = personName(name);
  if (user === undefined) return undefined;
  if (place === undefined) return { kind: 'bare', user };
  if (!isRealm(place)) return undefined;
  return at >= 0 ? { kind: 'suffix', user, suffix: foldCase(place) } : { kind: 'domain', user, domain: foldCase(place) };
}

/** The folded name; undefined if it is no person's. */
export function personName(name: string): string | undefined {
  const folded = foldName(name);
  return folded === undefined || folded.endsWith('$') ? undefined : folded;
}

/** `NAME` or `DOMAIN\NAME` of a group, folded; undefined if it can be none's. */
export function parseGroupName(text: string): { readonly name: string; readonly domain: string | undefined } | undefined {
  const backslash = text.indexOf('\\');
  const name = foldName(text.slice(backslash + 1));
  if (name === undefined) return undefined;
  if (backslash < 0) return { name, domain: undefined };
  const domain = text.slice(0, backslash);
  return isRealm(domain) ? { name, domain: foldCase(domain) } : undefined;
}
