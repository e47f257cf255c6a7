// The page that carries an answer back: all fields, one script, which the policy names.

import { createHash } from 'node:crypto';
import t from 'tap';
import { languages } from '../../../src/routes/pages/catalogue.ts';
import { formPostPage, formPostScriptHash } from '../../../src/routes/pages/form-post.ts';
import { themes } from '../../../src/routes/pages/theme.ts';
import { carried, elementsOf, faultsOf, hostileTexts, seen, shapeOf } from './markup.ts';
import { formPost, withEachText } from './models.ts';

t.test('it is well-formed in every language and theme', async (t) => {
  for (const lang of languages) {
    for (const theme of themes) t.strictSame(faultsOf(formPostPage({ ...formPost(lang), theme })), [], `${lang} ${theme}`);
  }
});

t.test('the form posts exactly the fields to the client, and a button does it without scripts', async (t) => {
  const elements = elementsOf(formPostPage(formPost()));
  const [form, ...more] = elements.filter(({ name }) => name === 'form');
  t.equal(more.length, 0, 'the script sends the first form');
  t.equal(form?.attributes.get('action'), 'https://payroll.example.com/callback?a=1&b=2');
  const sent = elements.filter(({ name }) => name === 'input').map(({ attributes }) => ['type', 'name', 'value'].map((name) => attributes.get(name)));
  t.strictSame(sent, [['hidden', 'code', 'c-1'], ['hidden', 'state', 's-1'], ['hidden', 'iss', 'https://print.example.com']]);
  const [button] = elements.filter(({ name }) => name === 'button');
  t.equal(button?.attributes.get('type'), 'submit');
  t.notOk(button?.attributes.has('name'), 'the button adds no field');
});

t.test('the hash is that of the only script, whatever the model', async (t) => {
  for (const lang of languages) {
    const scripts = elementsOf(formPostPage(formPost(lang))).filter(({ name }) => name === 'script');
    t.equal(scripts.length, 1);
    t.equal(formPostScriptHash, `'sha256-${createHash('sha256').update(scripts[0]?.text ?? '').digest('base64')}'`);
  }
});

t.test('a field called submit does not stop the script', async (t) => {
  const sent: unknown[] = [];
  const [script] = elementsOf(formPostPage({ ...formPost(), fields: [['submit', 'x']] })).filter(({ name }) => name === 'script');
  const form = { submit: 'the field' };
  const prototype = { submit(this: unknown): void { sent.push(this); } };
  // The browser's own names, as far as the script uses them.
  new Function('HTMLFormElement', 'document', script?.text ?? '')({ prototype }, { forms: [form] });
  t.equal(sent[0], form);
  t.equal(sent.length, 1);
});

t.test('every value arrives as it was, and none becomes markup', async (t) => {
  for (const text of hostileTexts) {
    const models = withEachText(formPost(), text, ['catalogue', 'theme']);
    t.equal(models.size, 18, 'every text of the model');
    for (const [path, model] of models) {
      const page = formPostPage(model);
      const about = `${path} = ${seen(text)}`;
      t.strictSame(shapeOf(page), shapeOf(formPostPage(formPost())), about);
      if (path === 'fields.1.1') {
        const state = elementsOf(page).find(({ attributes }) => attributes.get('name') === 'state')?.attributes.get('value');
        t.equal(state, carried(text), `${about} arrives`);
      }
      if (path === 'action') t.equal(elementsOf(page).find(({ name }) => name === 'form')?.attributes.get('action'), carried(text), about);
    }
  }
});
