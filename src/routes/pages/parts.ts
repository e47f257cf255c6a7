// Small parts of more than one page: icons, notices, names inside sentences, hidden fields.

import type { Around } from './catalogue.ts';
import { attributes, html, type Html } from './html.ts';

/** What a page or a notice tells: trouble, a fact, or that something is done. */
export type Tone = 'error' | 'info' | 'done';

/** Drawn with the colour of the text around it, and silent for screen readers. */
function icon(strokes: Html): Html {
  return html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${strokes}</svg>`;
}

const glyphs: Readonly<Record<Tone, Html>> = {
  error: html`<path d="M12 7.5v5.5M12 16.5v.01"/>`,
  info: html`<path d="M12 11v5.5M12 7.5v.01"/>`,
  done: html`<path d="m8 12.5 2.75 2.75L16 9.5"/>`,
};

/** The sign of a tone, large, at the head of a message. */
export function badge(tone: Tone): Html {
  return html`<div class="badge ${tone === 'error' ? 'error' : 'info'}">${icon(glyphs[tone])}</div>`;
}

/** A computer, for the account that is signed in to it. */
export const computerIcon: Html = icon(html`<rect x="3" y="4.5" width="18" height="12" rx="1.5"/><path d="M8.5 20h7M12 16.5V20"/>`);

/** A cloud, for an account that lives elsewhere. */
export const cloudIcon: Html = icon(html`<path d="M7 18.5a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 11.5 1.5 3.75 3.75 0 0 1-.4 7.46z"/>`);

/** The id by which fields point to the notice. */
export const NOTICE_ID = 'notice';

/** What went wrong, or what should be known, above a form. It can take the focus, so that a link or a script may lead there. */
export function notice(kind: 'error' | 'info', text: string): Html {
  const role = kind === 'error' ? 'alert' : 'status';
  return html`<div class="notice ${kind}" id="${NOTICE_ID}" role="${role}" tabindex="-1">${icon(html`<circle cx="12" cy="12" r="9"/>${glyphs[kind]}`)}<p>${text}</p></div>`;
}

/** A sentence with a name in it, which stands out and keeps its writing direction to itself. */
export function named([before, after]: Around, name: string): Html {
  return html`${before}<strong><bdi>${name}</bdi></strong>${after}`;
}

/** Hidden fields, in their order. */
export function hiddenFields(fields: readonly (readonly [name: string, value: string])[]): readonly Html[] {
  return fields.map(([name, value]) => html`
<input${attributes({ type: 'hidden', name, value })}>`);
}
