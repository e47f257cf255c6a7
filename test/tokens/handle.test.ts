// Handles: what is read back, and that nothing else is.

import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import t from 'tap';
import { handles, newId, type HandleKind } from '../../src/tokens/handle.ts';
import { mutate, seeded } from '../mutate.ts';

const key = createSecretKey(randomBytes(32));
const { mint, read } = handles(key);
const kinds: readonly HandleKind[] = ['code', 'refresh', 'session', 'form'];
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

t.test('ids are 128 bits of base64url and never come twice', async (t) => {
  const ids = Array.from({ length: 1000 }, newId);
  t.equal(new Set(ids).size, 1000);
  for (const id of ids) if (!/^[\w-]{21}[AQgw]$/.test(id)) t.fail(id);
});

t.test('what was minted is read back, by every process with the same key', async (t) => {
  for (const kind of kinds) {
    for (const generation of [0, 1, 255, 2 ** 31, 2 ** 32 - 1]) {
      const id = newId();
      const text = mint(kind, id, generation);
      t.match(text, /^[\w-]{70}$/);
      t.strictSame(handles(createSecretKey(key.export())).read(kind, text), { id, generation });
      t.equal(mint(kind, id, generation), text, 'one handle has one text');
    }
  }
  t.strictSame(read('code', mint('code', newId()))?.generation, 0);
});

t.test('a handle shows its id to nobody but who knows the form: the MAC is HMAC-SHA-256 over kind, id and generation', async (t) => {
  const id = newId();
  const body = Buffer.concat([Buffer.from(id, 'base64url'), Buffer.of(0, 0, 1, 2)]);
  const mac = createHmac('sha256', key).update(Buffer.concat([Buffer.from('refresh\0'), body])).digest();
  t.equal(mint('refresh', id, 258), Buffer.concat([body, mac]).toString('base64url'));
});

t.test('no kind passes for another', async (t) => {
  for (const minted of kinds) {
    const text = mint(minted, newId(), 7);
    for (const asked of kinds) t.equal(read(asked, text) !== undefined, asked === minted, `${minted} as ${asked}`);
  }
});

t.test('no other key reads it', async (t) => {
  const text = mint('session', newId());
  for (const other of [randomBytes(32), Buffer.alloc(32), randomBytes(1)]) {
    t.equal(handles(createSecretKey(other)).read('session', text), undefined);
  }
});

t.test('every single bit counts', async (t) => {
  const bytes = Buffer.from(mint('code', newId(), 3), 'base64url');
  t.equal(bytes.length, 52);
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (read('code', changed.toString('base64url')) !== undefined) t.fail(`bit ${String(bit)}`);
  }
});

t.test('every single character counts, in its one spelling', async (t) => {
  const text = mint('code', newId(), 3);
  let tried = 0;
  for (let at = 0; at < text.length; at += 1) {
    for (const character of [...alphabet, '+', '/', '=', ' ', '\n', '%', '.', 'é', '\0']) {
      if (character === text[at]) continue;
      tried += 1;
      const changed = text.slice(0, at) + character + text.slice(at + 1);
      if (read('code', changed) !== undefined) t.fail(`${JSON.stringify(character)} at ${String(at)}`);
    }
  }
  t.equal(tried, text.length * (alphabet.length + 8), 'with the one that is right already left out');
});

t.test('the last character has bits to spare, and they must be zero', async (t) => {
  const text = mint('form', newId());
  const spellings = [...alphabet].map((last) => text.slice(0, -1) + last)
    .filter((one) => Buffer.from(one, 'base64url').equals(Buffer.from(text, 'base64url')));
  t.equal(spellings.length, 16, 'Node.js itself takes them all');
  t.strictSame(spellings.filter((one) => read('form', one) !== undefined), [text]);
});

t.test('longer, shorter and otherwise spelled text is refused', async (t) => {
  const text = mint('code', newId());
  for (const wrong of [
    '', 'A', text.slice(1), text.slice(0, -1), `${text}A`, `${text}=`, `${text}==`, ` ${text}`, `${text} `, `${text}\n`, text + text,
    text.replace(/^./, '$&='), Buffer.from(text, 'base64url').toString('hex'), 'A'.repeat(70), 'A'.repeat(10_000_000), '=' .repeat(70),
  ]) t.equal(read('code', wrong), undefined, JSON.stringify(wrong.slice(0, 20)));
});

t.test('what is no text is refused', async (t) => {
  const text = mint('code', newId());
  for (const wrong of [undefined, null, 0, 70, true, {}, [], [text], { length: 70 }, Buffer.from(text, 'base64url'), new String(text), Symbol('x')]) {
    t.equal(read('code', wrong), undefined, typeof wrong);
  }
});

t.test('no random damage is accepted', async (t) => {
  const random = seeded(7);
  const bytes = Buffer.from(mint('refresh', newId(), 1), 'base64url');
  for (let round = 0; round < 5000; round += 1) {
    const changed = Buffer.from(mutate(bytes, random));
    if (!changed.equals(bytes) && read('refresh', changed.toString('base64url')) !== undefined) t.fail(changed.toString('hex'));
  }
});

t.test('only ids and generations that can be read back are minted', async (t) => {
  const id = newId();
  for (const wrong of ['', 'x', id.slice(1), `${id}A`, `${id.slice(0, -1)}B`, `${id.slice(0, -1)}=`, `+${id.slice(1)}`, ` ${id}`, 'é'.repeat(22)]) {
    t.throws(() => mint('code', wrong), RangeError, wrong);
  }
  for (const wrong of [-1, 2 ** 32, 1.5, NaN, Infinity]) t.throws(() => mint('code', id, wrong), RangeError, String(wrong));
});
