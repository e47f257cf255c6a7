// Every theme can be read: the contrast of its colours is computed from the very stylesheet that is served (WCAG 2.2 §1.4).

import { createHash } from 'node:crypto';
import t from 'tap';
import { formPostPage } from '../../../src/routes/pages/form-post.ts';
import { loginPage } from '../../../src/routes/pages/login.ts';
import { messagePage, signOutPage } from '../../../src/routes/pages/message.ts';
import { icon, stylesheet, themeFor, themes } from '../../../src/routes/pages/theme.ts';
import { elementsOf } from './markup.ts';
import { formPost, login, message, signOut } from './models.ts';

interface Rule {
  /** The selector, with the media queries around it before it. */
  readonly where: string;
  readonly declarations: ReadonlyMap<string, string>;
}

function rulesOf(css: string): readonly Rule[] {
  const rules: Rule[] = [];
  const around: string[] = [];
  let rest = '';
  for (const [, before = '', brace] of css.matchAll(/([^{}]*)([{}])/g)) {
    if (brace === '{') {
      around.push(before.trim());
      continue;
    }
    const pairs = before.split(';').map((line) => line.split(/:(.*)/s, 2).map((part) => part.trim()) as [string, string | undefined]);
    const declarations = new Map(pairs.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])));
    if (declarations.size > 0) rules.push({ where: around.join(' '), declarations });
    if (around.pop() === undefined) throw new Error('a brace too many');
    rest = css.slice(css.lastIndexOf('}') + 1);
  }
  if (around.length > 0 || rest.trim() !== '') throw new Error('a rule is never ended');
  return rules;
}

const rules = rulesOf(stylesheet.text);
const palettes = rules.filter(({ declarations }) => declarations.has('--sheet'));

function luminance(colour: string): number {
  const [red = NaN, green = NaN, blue = NaN] = (/^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(colour)?.slice(1) ?? []).map((hex) => {
    const part = Number.parseInt(hex, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast({ declarations }: Rule, one: string, other: string): number {
  const [dark = NaN, bright = NaN] = [one, other].map((name) => luminance(declarations.get(`--${name}`) ?? '')).toSorted((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

t.test('the contrast is computed as WCAG does', async (t) => {
  const rule = { where: '', declarations: new Map([['--a', '#000000'], ['--b', '#ffffff'], ['--c', '#777777']]) };
  t.equal(contrast(rule, 'a', 'b'), 21);
  t.equal(contrast(rule, 'b', 'c').toFixed(2), '4.48');
  t.ok(Number.isNaN(contrast(rule, 'a', 'none')), 'a missing colour passes for nothing');
});

t.test('text of every theme has a contrast of 4.5, with accessibility of 7', async (t) => {
  t.equal(palettes.length, 8, 'light, dark, red, accessibility, and by preference: auto dark, accessibility dark, more contrast twice');
  for (const palette of palettes) {
    const least = /accessibility|prefers-contrast/.test(palette.where) ? 7 : 4.5;
    for (const [text, behind] of [
      ['text', 'sheet'], ['quiet', 'sheet'], ['link', 'sheet'], ['text', 'field'], ['desk-text', 'desk'], ['accent-text', 'accent'],
      ['accent-text', 'accent-over'], ['error-text', 'error-sheet'], ['info-text', 'info-sheet'],
    ] as const) {
      const seen = contrast(palette, text, behind);
      t.ok(seen >= least, `${palette.where}: ${text} on ${behind} has ${seen.toFixed(2)}`);
    }
  }
});

t.test('edges of fields and buttons, and the focus, have a contrast of 3', async (t) => {
  for (const palette of palettes) {
    for (const [edge, behind] of [
      ['line', 'sheet'], ['line', 'field'], ['focus', 'sheet'], ['accent', 'sheet'], ['error-text', 'sheet'], ['error-text', 'field'],
    ] as const) {
      const seen = contrast(palette, edge, behind);
      t.ok(seen >= 3, `${palette.where}: ${edge} on ${behind} has ${seen.toFixed(2)}`);
    }
  }
});

t.test('each theme has its colours, and auto those of its preference', async (t) => {
  const where = palettes.map((palette) => palette.where).join('\n');
  for (const theme of themes) t.match(where, `[data-theme="${theme}"]`, theme);
  t.strictSame(themes, ['dark', 'red', 'light', 'accessibility', 'auto']);
  const sheets = ['light', 'dark', 'red'].map((theme) => palettes.find((one) => one.where.includes(`"${theme}"`))?.declarations.get('--desk'));
  t.equal(new Set(sheets).size, 3);
});

t.test('a theme that is unknown or absent is auto', async (t) => {
  for (const theme of themes) t.equal(themeFor(theme), theme);
  for (const name of [undefined, '', 'Dark', 'blue', 'constructor', '__proto__', '"><script>', 'dark ']) t.equal(themeFor(name), 'auto', String(name));
});

t.test('every custom property that is used is defined, and nothing is loaded from elsewhere', async (t) => {
  const defined = new Set(rules.flatMap(({ declarations }) => [...declarations.keys()].filter((name) => name.startsWith('--'))));
  const used = [...stylesheet.text.matchAll(/var\((--[\w-]+)\)/g)].map(([, name = '']) => name);
  t.ok(used.length > 40);
  t.strictSame(used.filter((name) => !defined.has(name)), []);
  t.notMatch(stylesheet.text, /url\(|@import|@font-face|https?:|expression|undefined|\[object/);
  t.notMatch(stylesheet.text, /<|[^\x20-\x7E\n]/, 'plain ASCII without markup');
});

t.test('the preferences of the reader are kept', async (t) => {
  const animated = rules.filter(({ declarations }) => [...declarations.keys()].some((name) => /^(?:transition|animation)/.test(name)));
  t.ok(animated.length > 0);
  for (const { where } of animated) t.match(where, 'prefers-reduced-motion: no-preference', where);
  t.match(stylesheet.text, /forced-colors: active/);
  const ring = (where: string): string | undefined => rules.find((rule) => rule.where === where && rule.declarations.has('--ring'))?.declarations.get('--ring');
  t.ok(Number.parseInt(ring(':root[data-theme="accessibility"]') ?? '') > Number.parseInt(ring(':root') ?? ''), 'the focus is drawn thicker');
  t.notMatch(stylesheet.text, /outline:\s*(?:none|0)/);
});

t.test('every class of a page is one of the stylesheet', async (t) => {
  const pages = [loginPage(login()), messagePage(message()), messagePage({ ...message(), tone: 'done' }), signOutPage(signOut()), formPostPage(formPost())];
  const classes = new Set(pages.flatMap((page) => elementsOf(page).flatMap(({ attributes }) => attributes.get('class')?.split(' ') ?? [])));
  t.ok(classes.size > 15);
  for (const name of classes) t.match(stylesheet.text, new RegExp(`\\.${name}\\b`), name);
});

t.test('the paths change with the texts, and pages link to them', async (t) => {
  t.equal(stylesheet.path, `/assets/${createHash('sha256').update(stylesheet.text).digest('hex').slice(0, 16)}.css`);
  t.equal(icon.path, `/assets/${createHash('sha256').update(icon.text).digest('hex').slice(0, 16)}.svg`);
  const links = elementsOf(loginPage(login())).filter(({ name }) => name === 'link');
  t.strictSame(links.map(({ attributes }) => [attributes.get('rel'), attributes.get('href')]), [['stylesheet', stylesheet.path], ['icon', icon.path]]);
});
