// Every language says everything, in its own words; the reader gets the one he asked for.

import t from 'tap';
import { type Catalogue, catalogueFor, faultyRequest, languageOf, languages, pickLanguage } from '../../../src/routes/pages/catalogue.ts';

/** Every text by its path; a sentence around a name is one text. */
function textsOf(value: unknown, path = ''): readonly (readonly [path: string, text: string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, (value as (name: string) => string)('NAME')]];
  if (Array.isArray(value)) return [[path, value.join('NAME')]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

const catalogues = new Map<string, Catalogue>(languages.map((language) => [language, catalogueFor(language)]));
const texts = (lang: string): ReadonlyMap<string, string> => new Map(textsOf(catalogues.get(lang)));

t.test('every catalogue has every text, and no two languages share one', async (t) => {
  t.equal(languages.length, 3);
  const english = texts('en');
  t.ok(english.size > 50, 'the walk found the texts');
  for (const lang of ['cs', 'de']) {
    t.strictSame([...texts(lang).keys()], [...english.keys()], `${lang} has the same texts in the same order`);
  }
  for (const [one, other] of [['en', 'cs'], ['en', 'de'], ['cs', 'de']] as const) {
    const same = [...texts(one)].filter(([path, text]) => texts(other).get(path) === text);
    t.strictSame(same, [], `${one} and ${other} differ everywhere`);
  }
});

t.test('no text is empty, unfinished or in another language', async (t) => {
  const foreign: Readonly<Record<string, RegExp>> = {
    en: /[^\x20-\x7E“”’]|\b(?:und|oder|nebo|Sie)\b/,
    cs: /\b(?:the|you|your|please|sign|und|oder|Sie|bitte)\b|[äöüß]/i,
    de: /\b(?:the|you|your|please|sign|prosím|nebo)\b|[ěščřžýů]/i,
  };
  const familiar = /\b(?:du|dein\w*|dich|dir|tvůj|tvoje|tebe|tobě)\b/i;
  for (const lang of languages) {
    for (const [path, text] of texts(lang)) {
      t.not(text.trim(), '', `${lang}${path}`);
      t.equal(text.trim(), text, `${lang}${path} has no blanks around it`);
      t.notMatch(text, foreign[lang] ?? /^/, `${lang}${path}`);
      t.notMatch(text, familiar, `${lang}${path} is polite`);
      if (/\.(?:text|hint)$|^\.(?:notices|faults)\./.test(path)) t.match(text, /[.?]$/, `${lang}${path} is a whole sentence`);
    }
  }
});

t.test('the sentence for wrong credentials names no cause', async (t) => {
  t.equal(
    catalogueFor('en').notices.wrongCredentials,
    'The name, password, PIN or card is not right, or sign-in is paused; try again in some minutes.',
  );
  t.equal(catalogueFor('en').notices.staleForm, 'This page had been open for too long. Please sign in again.');
});

t.test('a button beside a field begins with what it shows, so that it can be said aloud', async (t) => {
  for (const { signIn, lang } of catalogues.values()) t.ok(signIn.pinSubmit.startsWith(signIn.submit), lang);
});

t.test('a tag finds its language whatever its region and case', async (t) => {
  for (const [tag, language] of [['en', 'en'], ['en-US', 'en'], ['DE', 'de'], ['de-CH-1996', 'de'], ['cs-CZ', 'cs'], ['de-', 'de']] as const) {
    t.equal(languageOf(tag), language, tag);
    t.equal(catalogueFor(tag).lang, language, tag);
  }
  for (const tag of ['', 'fr', 'e', 'eng', 'english', '-en', ' en', 'x-en', 'constructor', '__proto__', 'toString', 'en\0', 'a'.repeat(100_000)]) {
    t.equal(languageOf(tag), undefined, JSON.stringify(tag.slice(0, 20)));
    t.equal(catalogueFor(tag).lang, 'en', JSON.stringify(tag.slice(0, 20)));
  }
  t.equal(catalogueFor(undefined).lang, 'en');
});

t.test('ui_locales wins if one of its languages is there, then the path, then English', async (t) => {
  for (const [path, locales, language] of [
    ['cs', undefined, 'cs'], ['cs', '', 'cs'], ['cs', 'de', 'de'], ['cs', 'fr de en', 'de'], ['cs', 'fr es', 'cs'], ['fr', 'es', 'en'],
    ['cs', '  de-AT  ', 'de'], ['cs', 'de,en', 'cs'], [undefined, 'DE', 'de'], [undefined, undefined, 'en'], ['de-AT', 'pt-BR', 'de'],
    ['__proto__', 'constructor', 'en'], ['cs', 'x '.repeat(50_000), 'cs'],
  ] as const) {
    t.equal(pickLanguage(path, locales), language, `${path ?? 'none'} with ${locales?.slice(0, 20) ?? 'none'}`);
  }
});

t.test('a faulty request names its parameter, a long name in part', async (t) => {
  for (const catalogue of catalogues.values()) {
    for (const fault of ['missing', 'doubled', 'wrong'] as const) {
      const message = faultyRequest(catalogue, fault, 'redirect_uri');
      t.match(message.text, /redirect_uri/, `${catalogue.lang} ${fault}`);
      t.equal(message.title, catalogue.messages.faultyRequest.title);
    }
    t.ok(faultyRequest(catalogue, 'doubled', 'p'.repeat(9_000)).text.length < 250, catalogue.lang);
  }
});
