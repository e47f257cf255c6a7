// HTML text that is safe by how it is made: whatever stands in a template is escaped, unless a template made it.

/** Finished HTML. Only `html` makes it, so a string can never pass for it. */
class HtmlText {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  static textOf(html: HtmlText): string {
    return html.#text;
  }
}

/** Finished attributes, with a blank before each. Only `attributes` makes them. */
class AttributeText extends HtmlText {}

export type Html = HtmlText;
export type Attributes = AttributeText;

type Nothing = false | null | undefined;
/** What may stand between tags; inside an attribute's quotes only text and numbers may. */
export type HtmlValue = Html | Attributes | string | number | Nothing | readonly HtmlValue[];

/** Where in a template a value stands. */
type Place = 'text' | 'script' | 'tag' | 'quotes';

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;',
  // A parser would turn a bare carriage return into a line feed.
  '\r': '&#13;',
};

/** The text as HTML shows it. What HTML cannot carry (controls, half a surrogate pair) becomes U+FFFD. */
export function escapeHtml(text: string): string {
  const carried = text.toWellFormed().replace(/[\0-\x08\x0B\x0C\x0E-\x1F\x7F-\x9F\uFDD0-\uFDEF\uFFFE\uFFFF]/g, '\uFFFD');
  return carried.replace(/[&<>"'`\r]/g, (character) => escapes[character] ?? character);
}

/**
 * Tagged template. Values: text and numbers are escaped, Html goes in as it is, arrays are joined, `false`, `null` and
 * `undefined` are empty. In a tag only `attributes(…)` may stand, in quotes only text or a number, in a script only Html.
 * Throws TypeError for a template that does not keep to that.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const places = placesOf(strings);
  return new HtmlText(strings.reduce((text, piece, index) => {
    const place = places[index - 1];
    return text + (place === undefined ? '' : written(values[index - 1], place)) + piece;
  }, ''));
}

/** The text of a finished page or of a part of one. */
export function render(html: Html): string {
  return HtmlText.textOf(html);
}

/** Attributes from names and values: `true` writes the bare name, `false` and `undefined` leave the attribute out. */
export function attributes(values: Readonly<Record<string, string | boolean | undefined>>): Attributes {
  const written = Object.entries(values).filter(([, value]) => value !== undefined && value !== false).map(([name, value]) => {
    // A handler or a style would be code or looks inside the markup, which the pages' policy forbids.
    if (!/^[a-z][a-z-]*$/.test(name) || /^on|^style$/.test(name)) throw new TypeError(`"${name}" is no attribute of a page`);
    return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`;
  });
  return new AttributeText(written.join(''));
}

function written(value: HtmlValue, place: Place): string {
  if (value === false || value === null || value === undefined) return '';
  if (place === 'tag') {
    if (value instanceof AttributeText) return render(value);
    throw new TypeError('in a tag only attributes(…) may stand');
  }
  if (value instanceof AttributeText) throw new TypeError('attributes stand in tags only');
  if (typeof value === 'string' || typeof value === 'number') {
    if (place === 'script') throw new TypeError('a script holds no text from outside');
    return escapeHtml(String(value));
  }
  if (place === 'quotes') throw new TypeError('in quotes only text may stand');
  if (value instanceof HtmlText) return render(value);
  if (!Array.isArray(value)) throw new TypeError('a value of a page is text, a number, Html or an array of these');
  return value.map((one: HtmlValue) => written(one, place)).join('');
}

const known = new WeakMap<TemplateStringsArray, readonly Place[]>();

function placesOf(strings: TemplateStringsArray): readonly Place[] {
  const before = known.get(strings);
  if (before !== undefined) return before;
  let place: Place = 'text';
  const places = strings.slice(0, -1).map((piece) => {
    place = placeAfter(piece, place);
    return place;
  });
  known.set(strings, places);
  return places;
}

function placeAfter(piece: string, start: Place): Place {
  let place: Place = start;
  for (const [token] of piece.matchAll(/<script>|<\/script>|<(?=[a-z/!]|$)|>|"|=$|='/gi)) {
    if (place === 'tag' && token.startsWith('=')) throw new TypeError('attributes are written in double quotes');
    if (place === 'tag' && token === '>') place = 'text';
    else if (token === '"' && (place === 'tag' || place === 'quotes')) place = place === 'tag' ? 'quotes' : 'tag';
    else if (token === '</script>' && place === 'script') place = 'text';
    else if (place === 'text' && token === '<script>') place = 'script';
    else if (place === 'text' && token === '<') place = 'tag';
  }
  return place;
}
