// Which language a page speaks, and its texts.

import { cs } from './catalogue/cs.ts';
import { de } from './catalogue/de.ts';
import { en } from './catalogue/en.ts';
import type { Catalogue, Message } from './catalogue/texts.ts';

export type { Around, Catalogue, Message, MessageName } from './catalogue/texts.ts';

/** A language that has a catalogue. */
export type Language = 'en' | 'cs' | 'de';

const catalogues: Readonly<Record<Language, Catalogue>> = { en, cs, de };

/** All languages, in the order in which a page offers them. */
export const languages: readonly Language[] = ['en', 'cs', 'de'];

/** The language of a BCP 47 tag, whatever its region (`de-AT` → `de`; RFC 4647 §3.4); undefined if it has no catalogue. */
export function languageOf(tag: string): Language | undefined {
  const [primary] = tag.toLowerCase().split('-', 1);
  return languages.find((language) => language === primary);
}

/** The catalogue for a BCP 47 tag; English for an unknown or absent one. */
export function catalogueFor(lang: string | undefined): Catalogue {
  return catalogues[(lang === undefined ? undefined : languageOf(lang)) ?? 'en'];
}

/**
 * The language to speak: the first of `ui_locales` (OpenID Connect Core §3.1.2.1: tags separated by blanks, best first) that has a
 * catalogue, else that of the path, else English.
 */
export function pickLanguage(pathLang: string | undefined, uiLocales = ''): Language {
  for (const tag of [...uiLocales.split(' '), pathLang ?? '']) {
    const language = languageOf(tag);
    if (language !== undefined) return language;
  }
  return 'en';
}

/** What is wrong with a request: a parameter is absent, came twice, or has a value that cannot be. */
export type RequestFault = 'missing' | 'doubled' | 'wrong';

const MAX_SHOWN = 60;

/** The message for a faulty request that names its parameter. A long name, which nobody but a tester sends, is shown in part. */
export function faultyRequest(catalogue: Catalogue, fault: RequestFault, parameter: string): Message {
  const shown = parameter.length > MAX_SHOWN ? `${parameter.slice(0, MAX_SHOWN)}…` : parameter;
  return { ...catalogue.messages.faultyRequest, text: catalogue.faults[fault](shown) };
}
