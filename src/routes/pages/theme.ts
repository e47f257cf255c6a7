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

/** A file of our own. Its path changes with its text, so that it may be cached for ever. */
export interface Asset {
  readonly text: string;
  readonly path: string;
  readonly type: string;
}

const asset = (text: string, ending: string, type: string): Asset =>
  Object.freeze({ text, type, path: `/assets/${createHash('sha256').update(text).digest('hex').slice(0, 16)}.${ending}` });

/** What dresses all pages. */
export const stylesheet: Asset = asset(css, 'css', 'text/css; charset=utf-8');

/** The control strip of a printed sheet, for the tab. */
export const icon: Asset = asset(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
<rect width="7" height="7" rx="1.5" fill="#0b8fb5"/><rect x="9" width="7" height="7" rx="1.5" fill="#c2266e"/>
<rect y="9" width="7" height="7" rx="1.5" fill="#e0b000"/><rect x="9" y="9" width="7" height="7" rx="1.5" fill="#2b3640"/>
</svg>
`, 'svg', 'image/svg+xml');
