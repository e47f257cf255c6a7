// Models of pages for tests, with every part there.

import { catalogueFor, languages } from '../../../src/routes/pages/catalogue.ts';
import type { FormPostModel } from '../../../src/routes/pages/form-post.ts';
import type { LoginModel } from '../../../src/routes/pages/login.ts';
import type { MessageModel, SignOutModel } from '../../../src/routes/pages/message.ts';
import type { PageModel } from '../../../src/routes/pages/page.ts';

const common = (lang: string): Required<PageModel> => ({
  catalogue: catalogueFor(lang),
  theme: 'light',
  hostname: 'print.example.com',
  languageUrls: languages.map((one) => ({ lang: one, label: catalogueFor(one).name, url: `/${one}/auth?a=1&b=2`, current: one === lang })),
});

export const login = (lang = 'en'): Required<LoginModel> => ({
  ...common(lang),
  clientName: 'Payroll',
  action: '/en/auth?client_id=payroll&state=1',
  formToken: 'token-1',
  userName: '',
  pinSignIn: true,
  windowsUrl: '/en/auth/windows',
  microsoft: [{ url: '/en/auth/microsoft', switchUrl: '/en/auth/microsoft?switch_account=1', name: 'Sales' }],
  notice: { kind: 'error', text: catalogueFor(lang).notices.wrongCredentials },
  refused: 'password',
});

export const message = (lang = 'en'): Required<MessageModel> => ({
  ...common(lang),
  message: catalogueFor(lang).messages.staleForm,
  tone: 'error',
  technical: { code: 'GW_REQUEST', requestId: 'req-1' },
});

export const signOut = (lang = 'en'): Required<SignOutModel> => ({
  ...common(lang), action: '/en/auth/logout', formToken: 'token-1', userName: 'alice',
});

export const formPost = (lang = 'en'): Required<FormPostModel> => ({
  ...common(lang), clientName: 'Payroll', action: 'https://payroll.example.com/callback?a=1&b=2', fields: [['code', 'c-1'], ['state', 's-1'], ['iss', 'https://print.example.com']],
});

/** Replaces each text in a model in turn, however deep, and answers the models by the path of the text; those under `keep` stay. */
export function withEachText<M extends object>(model: M, text: string, keep: readonly string[]): ReadonlyMap<string, M> {
  const models = new Map<string, M>();
  const visit = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'string') models.set(path.join('.'), replaced(model, path, text) as M);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) if (!keep.includes(key)) visit(inner, [...path, key]);
    }
  };
  visit(model, []);
  return models;
}

function replaced(value: unknown, [key, ...rest]: readonly string[], text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value)) return value.map((inner: unknown, index) => (String(index) === key ? replaced(inner, rest, text) : inner));
  const object = value as Readonly<Record<string, unknown>>;
  return { ...object, [key]: replaced(object[key], rest, text) };
}
