// Which theme a page wears, and the one stylesheet that dresses all of them.

import { createHash } from 'node:crypto';
import { css } from './style.css.ts';

/** The themes that MyQ names; `auto` is light or dark as the browser prefers. */
export type Theme = 'dark' | 'red' | 'light' | 'accessibility' | 'auto';

/** All themes; each is a `data-theme` of the stylesheet. */
export const themes: readonly Theme[] = ['dark', 'red', 'light', 'accessibility', 'auto'];

/** The theme that a `theme` parameter names; `auto` if it is absent or names none. */
export function themeFor(name: string | undefined): Theme {
  return themes.find((theme) => theme === name) ?? 'auto';
}

/** The stylesheet and its path, which changes with its text, so that it may be cached for ever. Content type: `text/css; charset=utf-8`. */
export const stylesheet: { readonly text: string; readonly path: string } = Object.freeze({
  text: css,
  path: `/assets/${createHash('sha256').update(css).digest('hex').slice(0, 16)}.css`,
});
