// What all pages have in common: the document, the site's name, the sheet, the languages.

import type { Catalogue } from './catalogue.ts';
import { attributes, html, type Html, render } from './html.ts';
import { type Theme, icon, stylesheet } from './theme.ts';

/** A link to the same page in another language. */
export interface LanguageUrl {
  readonly lang: string;
  readonly label: string;
  readonly url: string;
  readonly current: boolean;
}

/** What every page needs to know. */
export interface PageModel {
  readonly catalogue: Catalogue;
  readonly theme: Theme;
  /** The site's name, as people know it: `print.example.com`. */
  readonly hostname: string;
  readonly languageUrls?: readonly LanguageUrl[];
}

/** The parts in which pages differ. */
export interface PageParts {
  readonly title: string;
  /** Says so before the title: a screen reader reads the title first. */
  readonly isError: boolean;
  readonly main: Html;
  /** The sheet may lie on its long side where the window is wide: `main` then has two columns. */
  readonly isWide?: boolean;
  /** At the end of the body. */
  readonly script?: Html;
}

/** The whole document. */
export function page(model: PageModel, parts: PageParts): string {
  const { catalogue, hostname } = model;
  const title = `${parts.isError ? `${catalogue.errorTitle}: ` : ''}${parts.title} – ${hostname}`;
  return render(html`<!doctype html>
<html lang="${catalogue.lang}" data-theme="${model.theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${stylesheet.path}">
<link rel="icon" type="image/svg+xml" href="${icon.path}">
</head>
<body>
<div class="sheet${parts.isWide && ' wide'}">
<header class="site"><p>${hostname}</p>${colourStrip}</header>
<main>
${parts.main}
</main>
</div>
${languageList(model)}${parts.script}
</body>
</html>
`);
}

/** The control strip of a printed sheet, for the eye only. */
const colourStrip = html`<svg class="strip" viewBox="0 0 52 10" aria-hidden="true" focusable="false">
<rect class="cyan" width="10" height="10" rx="2"/><rect class="magenta" x="14" width="10" height="10" rx="2"/>
<rect class="yellow" x="28" width="10" height="10" rx="2"/><rect class="key" x="42" width="10" height="10" rx="2"/>
</svg>`;

function languageList({ catalogue, languageUrls = [] }: PageModel): Html | false {
  if (languageUrls.length === 0) return false;
  const items = languageUrls.map(({ lang, label, url, current }) => html`
<li><a href="${url}" lang="${lang}" hreflang="${lang}"${attributes({ 'aria-current': current && 'true' })}>${label}</a></li>`);
  return html`<footer>
<nav aria-label="${catalogue.languageList}"><ul>${items}
</ul></nav>
</footer>
`;
}
