// The template lets no text become markup, and no string pass for finished HTML.

import t from 'tap';
import { attributes, escapeHtml, html, type HtmlValue, render } from '../../../src/routes/pages/html.ts';
import { carried, elementsOf, hostileTexts, seen } from './markup.ts';

t.test('text is escaped between tags and in quotes', async (t) => {
  const marks = '&<>"\'`';
  t.equal(render(html`<p>${marks}</p>`), '<p>&amp;&lt;&gt;&quot;&#39;&#96;</p>');
  t.equal(render(html`<p class="${marks}">x</p>`), '<p class="&amp;&lt;&gt;&quot;&#39;&#96;">x</p>');
  for (const text of hostileTexts) {
    const page = `<!doctype html>\n${render(html`<b title="${text}">${text}</b>`)}`;
    const [element, ...others] = elementsOf(page);
    t.equal(others.length, 0, seen(text));
    t.equal(element?.text, carried(text));
    t.equal(element?.attributes.get('title'), carried(text));
  }
});

t.test('what HTML cannot carry becomes U+FFFD, what it can stays', async (t) => {
  t.equal(escapeHtml('a\0b\uD800c\x1Bd\x7Fe\uFFFF'), 'a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\uFFFD');
  t.equal(escapeHtml('\t\n\u2028\u202E\u{1F5A8}ě'), '\t\n\u2028\u202E\u{1F5A8}ě');
  t.equal(escapeHtml('\r\n'), '&#13;\n', 'a parser would make one line feed of it');
});

t.test('arrays are joined, nothing is empty, numbers are written', async (t) => {
  t.equal(render(html`${['<', html`<i>x</i>`, [1, 'a']]}`), '&lt;<i>x</i>1a');
  t.equal(render(html`[${false}${null}${undefined}${''}${0}]`), '[0]');
  t.equal(render(html``), '');
});

t.test('only a template makes HTML: what merely looks like it is refused', async (t) => {
  const real = html`<i>x</i>`;
  t.equal(render(html`${real}`), '<i>x</i>');
  for (const forged of [{ text: '<i>' }, Object.create(null), JSON.parse(JSON.stringify(real)), { ...real }, true, Symbol('x'), () => '<i>', 1n]) {
    t.throws(() => html`${forged as HtmlValue}`, TypeError, typeof forged);
  }
  t.throws(() => render(Object.create(Object.getPrototypeOf(real) as object) as never), TypeError, 'an object of the class that no template made');
});

t.test('a place takes only what belongs there', async (t) => {
  const value = 'x';
  t.throws(() => html`<a href=${value}>x</a>`, /double quotes/);
  t.throws(() => html`<a href='${value}'>x</a>`, /double quotes/);
  t.throws(() => html`<a href='x' title="${value}">x</a>`, /double quotes/);
  t.throws(() => html`<a ${value}>x</a>`, /attributes/);
  t.throws(() => html`<${value}>x`, /attributes/, 'a name of a tag');
  t.throws(() => html`<a${html` x="1"`}>x</a>`, /attributes/);
  t.throws(() => html`<a title="${html`<b>`}">x</a>`, /quotes/);
  t.throws(() => html`<a title="${attributes({ id: 'x' })}">x</a>`, /tags/);
  t.throws(() => html`<p>${attributes({ id: 'x' })}</p>`, /tags/);
  t.throws(() => html`<script>${value}</script>`, /script/);
  t.equal(render(html`<script>${html`f();`}</script>${'<'}`), '<script>f();</script>&lt;');
  t.equal(render(html`<a title="a > b ${value}">${value} > ${'"'}</a>`), '<a title="a > b x">x > &quot;</a>');
});

t.test('attributes are quoted and escaped, and none of them is code or looks', async (t) => {
  t.equal(render(html`<input${attributes({ value: '"><', required: true, autofocus: false, id: undefined, title: '' })}>`), '<input value="&quot;&gt;&lt;" required title="">');
  for (const name of ['onclick', 'style', 'a b', 'A', '', 'x=', '"', 'ON', 'srcdoc=']) {
    t.throws(() => attributes({ [name]: 'x' }), TypeError, name);
  }
});
