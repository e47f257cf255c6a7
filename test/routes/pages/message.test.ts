// The pages that tell something, and the question before signing out.

import t from 'tap';
import { catalogueFor, languages } from '../../../src/routes/pages/catalogue.ts';
import { messagePage, type MessageModel, signOutPage } from '../../../src/routes/pages/message.ts';
import { themes } from '../../../src/routes/pages/theme.ts';
import { carried, elementsOf, faultsOf, hostileTexts, seen, shapeOf } from './markup.ts';
import { message, signOut, withEachText } from './models.ts';

t.test('every message is a well-formed page with its title and its sentences', async (t) => {
  for (const lang of languages) {
    const { messages } = catalogueFor(lang);
    for (const [name, text] of Object.entries(messages)) {
      const page = messagePage({ ...message(lang), message: text });
      t.strictSame(faultsOf(page), [], `${lang} ${name}`);
      const elements = elementsOf(page);
      t.equal(elements.find((element) => element.name === 'h1')?.text, text.title);
      const paragraphs = elements.filter((element) => element.name === 'p').map((element) => element.text);
      t.ok(paragraphs.includes(text.text), `${lang} ${name} says its sentence`);
      t.ok(text.hint === undefined || paragraphs.includes(text.hint), `${lang} ${name} says its hint`);
    }
  }
});

t.test('it is well-formed in every theme and tone, and without what is optional', async (t) => {
  const { technical: _t, languageUrls: _u, ...bare } = message();
  for (const theme of themes) {
    for (const tone of ['error', 'info', 'done'] as const) {
      for (const model of [message(), bare] satisfies MessageModel[]) t.strictSame(faultsOf(messagePage({ ...model, theme, tone })), [], `${theme} ${tone}`);
    }
  }
  const page = messagePage({ ...bare, message: { title: 'T', text: 'X.' } });
  for (const name of ['dl', 'a', 'footer', 'form', 'script']) t.equal(elementsOf(page).filter((element) => element.name === name).length, 0, name);
});

t.test('only an error says so in its title', async (t) => {
  const title = (tone: MessageModel['tone']): string | undefined => elementsOf(messagePage({ ...message(), tone })).find(({ name }) => name === 'title')?.text;
  t.equal(title('error'), 'Error: This page was open for too long – print.example.com');
  t.equal(title('done'), 'This page was open for too long – print.example.com');
});

t.test('what a reader may report is there', async (t) => {
  const values = elementsOf(messagePage(message())).filter(({ name }) => name === 'dd').map(({ text }) => text);
  t.strictSame(values, ['GW_REQUEST', 'req-1']);
});

t.test('no text of a message changes what elements and attributes there are', async (t) => {
  const keep = ['catalogue', 'theme', 'tone'];
  for (const text of hostileTexts) {
    const models = withEachText(message(), text, keep);
    t.equal(models.size, 15, 'every text of the model');
    for (const [path, model] of models) t.strictSame(shapeOf(messagePage(model)), shapeOf(messagePage(message())), `${path} = ${seen(text)}`);
  }
});

t.test('before signing out there is a question with two answers', async (t) => {
  for (const lang of languages) t.strictSame(faultsOf(signOutPage(signOut(lang))), [], lang);
  const elements = elementsOf(signOutPage(signOut()));
  const buttons = elements.filter(({ name }) => name === 'button');
  t.strictSame(buttons.map(({ text, attributes }) => [text, attributes.get('name'), attributes.get('value')]), [
    ['Sign out', 'answer', 'sign_out'], ['Stay signed in', 'answer', 'stay'],
  ]);
  const inputs = elements.filter(({ name }) => name === 'input').map(({ attributes }) => [attributes.get('type'), attributes.get('name'), attributes.get('value')]);
  t.strictSame(inputs, [['hidden', 'form_token', 'token-1']]);
  t.equal(elements.find(({ name }) => name === 'form')?.attributes.get('action'), '/en/auth/logout');
  t.ok(elements.some(({ text }) => text === 'You are signed in as alice.'));
});

t.test('no text of the question changes what elements and attributes there are', async (t) => {
  for (const text of hostileTexts) {
    const models = withEachText(signOut(), text, ['catalogue', 'theme']);
    t.equal(models.size, 13, 'every text of the model');
    for (const [path, model] of models) {
      const page = signOutPage(model);
      const about = `${path} = ${seen(text)}`;
      t.strictSame(shapeOf(page), shapeOf(signOutPage(signOut())), about);
      if (path === 'fields.0.1') {
        const state = elementsOf(page).find(({ attributes }) => attributes.get('name') === 'state')?.attributes.get('value');
        t.equal(state, carried(text), `${about} comes back`);
      }
    }
  }
});
