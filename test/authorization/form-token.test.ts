// Form tokens: they belong to one browser, for an hour.

import { createSecretKey, randomBytes } from 'node:crypto';
import t from 'tap';
import { formTokens } from '../../src/authorization/form-token.ts';
import { handles, newId } from '../../src/tokens/handle.ts';

const clock = { now: 1_700_000_000 };
const ours = handles(createSecretKey(randomBytes(32)));
const forms = formTokens(ours, () => clock.now);

t.test('a form is good with the cookie of its browser, in several tabs, and for an hour', async (t) => {
  const first = forms.issue(undefined);
  clock.now += 1800;
  const second = forms.issue(first.cookie);
  t.equal(second.cookie, first.cookie, 'the browser keeps its cookie');
  t.equal(forms.isGood(first.cookie, first.token), true);
  clock.now += 1799;
  t.equal(forms.isGood(first.cookie, first.token), true);
  clock.now += 1;
  t.equal(forms.isGood(first.cookie, first.token), false);
  t.equal(forms.isGood(first.cookie, second.token), true);
});

t.test('no other token will do, and no other cookie', async (t) => {
  const { cookie, token } = forms.issue(undefined);
  const others = [undefined, '', [token, token], `${token} `, token.slice(1), forms.issue(undefined).token, ours.mint('session', cookie, clock.now), ours.mint('code', cookie, clock.now)];
  for (const other of others) t.equal(forms.isGood(cookie, other), false, String(other));
  for (const other of [undefined, '', newId(), token]) t.equal(forms.isGood(other, token), false, String(other));
});

t.test('what is no cookie of ours is replaced', async (t) => {
  for (const cookie of ['', 'x', `${newId()}=`, newId().slice(1), '../../../../../etc/pas']) {
    t.match(forms.issue(cookie).cookie, /^[\w-]{22}$/);
    t.not(forms.issue(cookie).cookie, cookie);
  }
});
