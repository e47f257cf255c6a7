// The page that a sign-in ends on in the browser: the truth in one sentence, without scripts.

import { createHash } from 'node:crypto';

const style = `:root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
body{display:grid;min-height:100vh;margin:0;place-items:center}
main{max-width:34rem;padding:1rem 2rem;border-inline-start:.3rem solid #2a7d3f;overflow-wrap:anywhere}
main.failed{border-color:#b3261e}
h1{font-size:1.4rem;margin:0 0 .5rem}
p{margin:0}
@media (prefers-color-scheme:dark){main{border-color:#6cc283}main.failed{border-color:#f2887e}}`;

/** Nothing is loaded, nothing runs, nobody may frame it; the one style is known by its hash. */
export const pagePolicy =
  `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`;

export interface PageText {
  readonly isFailure: boolean;
  readonly title: string;
  readonly sentence: string;
}

/** The whole document. Texts are escaped. */
export function page({ isFailure, title, sentence }: PageText): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${style}</style></head>
<body><main${isFailure ? ' class="failed"' : ''}><h1>${escaped(title)}</h1><p>${escaped(sentence)}</p></main></body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\'': '&#39;' };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

const CLOSE = 'You can close this window.';

export const signedIn = (host: string): PageText => ({ isFailure: false, title: 'Signed in', sentence: `You are signed in to ${host}. ${CLOSE}` });

/** @param reason a sentence without its full stop */
export const notSignedIn = (reason: string): PageText =>
  ({ isFailure: true, title: 'Not signed in', sentence: `Sign-in did not succeed: ${reason}. You can close this window and try again.` });

/** For whatever is no answer to this sign-in: of another program, of a tab of an earlier sign-in. */
export const strange: PageText = {
  isFailure: true, title: 'This does not belong here', sentence: 'This address takes the answer to a sign-in that is under way, and this is not it. Begin the sign-in again.',
};

export const used: PageText = { isFailure: true, title: 'This was already used', sentence: `The sign-in has its answer. ${CLOSE}` };

export const over: PageText = { isFailure: true, title: 'Too late', sentence: `Nobody waits for this sign-in any more. ${CLOSE}` };
