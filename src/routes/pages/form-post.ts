// The page that carries an answer back to the client (OAuth 2.0 Form Post Response Mode §2).

import { createHash } from 'node:crypto';
import { html, render } from './html.ts';
import { page, type PageModel } from './page.ts';
import { hiddenFields, named } from './parts.ts';

export interface FormPostModel extends PageModel {
  readonly clientName: string;
  /** The redirect URI, which was proved to be the client's. */
  readonly action: string;
  /** The answer's parameters, in their order. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** A field called `submit` would hide the form's own method. */
const script = html`HTMLFormElement.prototype.submit.call(document.forms[0]);`;

/** Allows exactly this page's script (CSP 3 §2.3.1): for `scriptHash` of the policy. */
export const formPostScriptHash = `'sha256-${createHash('sha256').update(render(script)).digest('base64')}'`;

/** A form that sends itself; without scripts its button does. */
export function formPostPage(model: FormPostModel): string {
  const { formPost } = model.catalogue;
  return page(model, {
    title: formPost.title,
    isError: false,
    main: html`<h1>${formPost.title}</h1>
<p>${named(formPost.text, model.clientName)}</p>
<p class="lead">${formPost.hint}</p>
<form method="post" action="${model.action}" accept-charset="utf-8">${hiddenFields(model.fields)}
<div class="actions"><button class="primary" type="submit">${formPost.submit}</button></div>
</form>`,
    script: html`<script>${script}</script>`,
  });
}
