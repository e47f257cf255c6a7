// Reads a page strictly, so that a test can ask what a browser would find in it. Throws for anything that is not well-formed.

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Names of the elements around it, outermost first. */
  readonly path: readonly string[];
  /** All text in it, as a browser shows it. */
  text: string;
}

const voids = ['meta', 'link', 'input'];
/** What ends an open paragraph, so that its end tag would be one too many. */
const blocks = ['p', 'div', 'form', 'h1', 'h2', 'main', 'header', 'footer', 'nav', 'ul', 'dl'];
const entities: Readonly<Record<string, string>> = {
  '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&#96;': '`', '&#13;': '\r',
};

function decode(text: string): string {
  return text.replace(/&(?:[a-z]+;|#\d+;)?/g, (entity) => {
    const character = entities[entity];
    if (character === undefined) throw new Error(`a bare "${entity}" in ${JSON.stringify(text.slice(0, 80))}`);
    return character;
  });
}

function readAttributes(text: string): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = '', value = ''] of text.matchAll(/\s+([A-Za-z-]+)(?:="([^"]*)")?/g)) {
    if (attributes.has(name)) throw new Error(`${name} is there twice in <…${text}>`);
    attributes.set(name, decode(value));
  }
  return attributes;
}

/** All elements of a document, in their order. */
export function elementsOf(page: string): readonly Element[] {
  const doctype = '<!doctype html>\n';
  if (!page.startsWith(doctype)) throw new Error('no doctype');
  const token = /<script>([^<]*)<\/script>|<([a-z][a-z0-9]*)((?:\s+[A-Za-z-]+(?:="[^"<>]*")?)*)(\/?)>|<\/([a-z][a-z0-9]*)>|([^<>]+)/y;
  token.lastIndex = doctype.length;
  const all: Element[] = [];
  const open: Element[] = [];
  while (token.lastIndex < page.length) {
    const at = token.lastIndex;
    const found = token.exec(page);
    if (found === null) throw new Error(`not well-formed from ${JSON.stringify(page.slice(at, at + 80))}`);
    const [, script, name, attributes = '', empty, end, text] = found;
    const path = open.map((element) => element.name);
    if (script !== undefined) all.push({ name: 'script', attributes: new Map(), path, text: script });
    else if (name !== undefined) {
      if (blocks.includes(name) && path.includes('p')) throw new Error(`<${name}> in <p>`);
      const element = { name, attributes: readAttributes(attributes), path, text: '' };
      all.push(element);
      if (!voids.includes(name) && empty === '') open.push(element);
    } else if (end !== undefined) {
      if (open.pop()?.name !== end) throw new Error(`</${end}> ends nothing, in ${path.join(' > ')}`);
    } else for (const element of open) element.text += decode(text ?? '');
  }
  if (open.length > 0) throw new Error(`<${open.map(({ name: left }) => left).join('> <')}> is never ended`);
  return all;
}

/** The elements and the names of their attributes: what text from outside must never change. */
export function shapeOf(page: string): readonly string[] {
  return elementsOf(page).map(({ name, attributes, path }) => `${path.join('>')}>${name}[${[...attributes.keys()].join(' ')}]`);
}

/** What is amiss for a person, a screen reader or the policy; empty if nothing is. */
export function faultsOf(page: string): readonly string[] {
  const elements = elementsOf(page);
  const count = (name: string): number => elements.filter((element) => element.name === name).length;
  const ids = elements.flatMap(({ attributes }) => attributes.get('id') ?? []);
  const labelled = elements.flatMap(({ name, attributes }) => (name === 'label' ? attributes.get('for') ?? [] : []));
  const pointed = elements.flatMap(({ attributes }) => (attributes.get('aria-describedby') ?? '').split(' ').filter((id) => id !== ''));
  const inputs = elements.filter(({ name, attributes }) => name === 'input' && attributes.get('type') !== 'hidden');
  const focused = elements.filter(({ attributes }) => attributes.has('autofocus'));
  const inline = elements.flatMap(({ attributes }) => [...attributes.keys()].filter((name) => name === 'style' || name.startsWith('on')));
  const forms = elements.filter(({ name }) => name === 'form');
  return [
    ...['html', 'head', 'body', 'title', 'main', 'h1', 'header'].filter((name) => count(name) !== 1).map((name) => `not one <${name}>`),
    ...(elements[0]?.attributes.get('lang') ? [] : ['no language']),
    ...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id ${id} twice`),
    ...[...labelled, ...pointed].filter((id) => !ids.includes(id)).map((id) => `nothing has the id ${id}`),
    ...inputs.filter(({ attributes }) => !labelled.includes(attributes.get('id') ?? '')).map(({ attributes }) => `no label for ${attributes.get('name') ?? ''}`),
    ...(focused.length > 1 ? ['several autofocus'] : []),
    ...inline.map((name) => `inline ${name}`),
    ...forms.filter(({ attributes }) => attributes.get('method') !== 'post' || attributes.get('accept-charset') !== 'utf-8').map(() => 'a form that is not a UTF-8 post'),
    ...elements.filter(({ name, text, attributes }) => ['a', 'button', 'h1', 'label', 'title', 'p'].includes(name) && `${text}${attributes.get('aria-label') ?? ''}`.trim() === '')
      .map(({ name }) => `an empty <${name}>`),
  ];
}

/** Text that tries to leave its place, and text that HTML cannot carry. */
export const hostileTexts: readonly string[] = [
  '"><script>alert(1)</script>', "' onfocus='alert(1)", '` onfocus=`alert(1)', '</title><script>alert(1)</script>', '</script><img src=x>',
  '<!--', '-->', ']]>', '&lt;&amp;&#60;', '&', '\u2028\u2029', '\0<b\0>', '\uD800', '\uDC00x', '\uFFFE\uFFFF', '\r\n\t', '\u202Eevil', '\x1B[2J',
  '${alert(1)}', '{{7*7}}', 'a'.repeat(20_000), '\u{1F5A8}ě', '=', 'javascript:alert(1)',
];

/** How a browser gives such text back: what HTML cannot carry is U+FFFD. */
export function carried(text: string): string {
  return [...text.toWellFormed()].map((character) => (/[\0\x1B\uFFFE\uFFFF]/.test(character) ? '\uFFFD' : character)).join('');
}

/** Such text for the name of a test: TAP itself reads braces, hashes and line ends. */
export function seen(text: string): string {
  return JSON.stringify(text.slice(0, 30)).replace(/[^\w "'<>&;:/.-]/g, '_');
}
