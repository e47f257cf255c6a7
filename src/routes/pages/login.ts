// The login page: name and password, PIN or card, and the ways to sign in without typing.

import { attributes, html, type Html } from './html.ts';
import { type LanguageUrl, page, type PageModel } from './page.ts';
import { cloudIcon, computerIcon, hiddenFields, named, notice, NOTICE_ID } from './parts.ts';

/** Which of the two forms was sent; the field `sign_in` says so. */
export type SignInForm = 'password' | 'pin';

/** A tenant of Entra ID. */
export interface MicrosoftWay {
  readonly url: string;
  /** Lets the person choose another account there. */
  readonly switchUrl: string;
  /** Where there are several tenants. */
  readonly name: string | undefined;
}

export interface LoginModel extends PageModel {
  readonly clientName: string;
  /** Where both forms are sent. */
  readonly action: string;
  readonly formToken: string;
  /** What `login_hint` said or what was typed before; empty if nothing is known. */
  readonly userName: string;
  readonly pinSignIn: boolean;
  readonly windowsUrl?: string;
  readonly microsoft?: readonly MicrosoftWay[];
  readonly notice?: { readonly kind: 'error' | 'info'; readonly text: string };
  /** The form whose secrets were refused: its fields are marked as wrong, and it gets the focus. */
  readonly refused?: SignInForm;
  readonly languageUrls: readonly LanguageUrl[];
}

/**
 * The login page as HTML. Fields sent: `form_token`, `sign_in` (`password` or `pin`), and `user` with `password`, or `pin_or_card`.
 * It needs no script.
 */
export function loginPage(model: LoginModel): string {
  const { signIn } = model.catalogue;
  const pin = model.pinSignIn && pinForm(model);
  const others = otherWays(model);
  const or = html`<p class="or"><span>${signIn.or}</span></p>`;
  return page(model, {
    title: signIn.title,
    isError: model.notice?.kind === 'error',
    isWide: pin !== false && others !== false,
    main: html`<h1>${signIn.title}</h1>
<p class="lead">${named(signIn.continueTo, model.clientName)}</p>
${model.notice && notice(model.notice.kind, model.notice.text)}
<div class="ways">
${passwordForm(model)}
${(pin || others) && or}
<div>
${pin}
${pin && others && or}
${others}
</div>
</div>`,
  });
}

function passwordForm(model: LoginModel): Html {
  const { signIn } = model.catalogue;
  const wrong = wrongField(model, 'password');
  const focus = focused(model);
  const user = attributes({
    id: 'user', name: 'user', type: 'text', value: model.userName, autocomplete: 'username', autocapitalize: 'none', autocorrect: 'off',
    spellcheck: 'false', required: true, autofocus: focus === 'user', ...wrong,
  });
  const password = attributes({
    id: 'password', name: 'password', type: 'password', autocomplete: 'current-password', required: true, autofocus: focus === 'password', ...wrong,
  });
  return html`<form method="post" action="${model.action}" accept-charset="utf-8">${hidden(model, 'password')}
<div class="field"><label for="user">${signIn.user}</label><input${user}></div>
<div class="field"><label for="password">${signIn.password}</label><input${password}></div>
<button class="primary submit" type="submit">${signIn.submit}</button>
</form>`;
}

function pinForm(model: LoginModel): Html {
  const { signIn } = model.catalogue;
  const wrong = wrongField(model, 'pin');
  const describedBy = ['pin-hint', wrong['aria-describedby']].filter((id) => id !== undefined).join(' ');
  const pin = attributes({
    id: 'pin', name: 'pin_or_card', type: 'password', inputmode: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false',
    required: true, autofocus: focused(model) === 'pin', ...wrong, 'aria-describedby': describedBy,
  });
  return html`<form method="post" action="${model.action}" accept-charset="utf-8">${hidden(model, 'pin')}
<div class="field"><label for="pin">${signIn.pin}</label>
<div class="row"><input${pin}><button type="submit" aria-label="${signIn.pinSubmit}">${signIn.submit}</button></div>
<p class="hint" id="pin-hint">${signIn.pinHint}</p></div>
</form>`;
}

function otherWays({ catalogue: { signIn }, windowsUrl, microsoft: tenants = [] }: LoginModel): Html | false {
  if (windowsUrl === undefined && tenants.length === 0) return false;
  const windows = windowsUrl !== undefined && html`
<div><a class="button" href="${windowsUrl}" aria-describedby="windows-hint">${computerIcon}${signIn.windows}</a>
<p class="hint" id="windows-hint">${signIn.windowsHint}</p></div>`;
  const microsoft = tenants.map(({ url, switchUrl, name }) => {
    const ofTenant = name !== undefined && html` (<bdi>${name}</bdi>)`;
    return html`
<div><a class="button" href="${url}">${cloudIcon}<span>${signIn.microsoft}${ofTenant}</span></a>
<p class="hint"><a href="${switchUrl}">${signIn.microsoftSwitch}${ofTenant}</a></p></div>`;
  });
  return html`<div class="others">${windows}${microsoft}
</div>`;
}

function hidden({ formToken }: LoginModel, form: SignInForm): readonly Html[] {
  return hiddenFields([['form_token', formToken], ['sign_in', form]]);
}

/** Any field of the refused form may be the wrong one: the answer to a guess must not say which. */
function wrongField(model: LoginModel, form: SignInForm): Readonly<Record<string, string | undefined>> {
  if (model.refused !== form) return {};
  return { 'aria-invalid': 'true', 'aria-describedby': model.notice && NOTICE_ID };
}

/** A screen reader starts at the focused field and reads the notice as its description. */
function focused({ refused, userName, pinSignIn }: LoginModel): 'user' | 'password' | 'pin' {
  if (refused === 'pin' && pinSignIn) return 'pin';
  return userName === '' ? 'user' : 'password';
}
