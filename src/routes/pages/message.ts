// Pages that tell something and ask at most one question: errors, signed out, "sign out?".

import type { Message } from './catalogue.ts';
import { attributes, html, type Html } from './html.ts';
import { page, type PageModel } from './page.ts';
import { badge, hiddenFields, named, type Tone } from './parts.ts';

export interface MessageModel extends PageModel {
  readonly message: Message;
  readonly tone: Tone;
  /** What a reader can report: the stable error code and the id by which the log knows the request. Every error page should have it. */
  readonly technical?: { readonly code: string; readonly requestId: string };
}

/** A page that tells something. */
export function messagePage(model: MessageModel): string {
  const { message, tone } = model;
  return page(model, {
    title: message.title,
    isError: tone === 'error',
    main: html`<div class="message">
${badge(tone)}
<h1>${message.title}</h1>
<p>${message.text}</p>
${message.hint !== undefined && html`<p class="lead">${message.hint}</p>`}
${technicalLine(model)}
</div>`,
  });
}

function technicalLine({ catalogue: { technical: names }, technical }: MessageModel): Html | false {
  if (technical === undefined) return false;
  return html`<dl class="technical">
<div><dt>${names.code}</dt><dd>${technical.code}</dd></div>
<div><dt>${names.requestId}</dt><dd>${technical.requestId}</dd></div>
</dl>`;
}

export interface SignOutModel extends PageModel {
  /** Where the form is sent. */
  readonly action: string;
  readonly formToken: string;
  /** Who is signed in, by the name that he uses. */
  readonly userName?: string;
}

/** "Sign out?" (OpenID Connect RP-Initiated Logout §2). Fields sent: `form_token`, and `answer` (`sign_out` or `stay`). */
export function signOutPage(model: SignOutModel): string {
  const { catalogue: { signOut }, userName } = model;
  return page(model, {
    title: signOut.title,
    isError: false,
    main: html`<div class="message">
<h1>${signOut.title}</h1>
${userName !== undefined && html`<p>${named(signOut.signedInAs, userName)}</p>`}
<p class="lead">${signOut.text}</p>
<form method="post" action="${model.action}" accept-charset="utf-8">${hiddenFields([['form_token', model.formToken]])}
<div class="actions">
<button${attributes({ class: 'primary', type: 'submit', name: 'answer', value: 'sign_out' })}>${signOut.confirm}</button>
<button${attributes({ type: 'submit', name: 'answer', value: 'stay' })}>${signOut.stay}</button>
</div>
</form>
</div>`,
  });
}
