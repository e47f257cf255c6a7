// The policy allows what a page needs, and no value can loosen it.

import t from 'tap';
import { formPostScriptHash } from '../../../src/routes/pages/form-post.ts';
import { redirectOrigin } from '../../../src/clients/redirect-uri.ts';
import { contentSecurityPolicy } from '../../../src/routes/pages/policy.ts';
import { seen } from './markup.ts';

t.test('without values it allows our own stylesheet, images and forms, and nothing else', async (t) => {
  t.equal(
    contentSecurityPolicy({ formAction: [] }),
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  );
});

t.test('given origins and the hash are named, each in its directive', async (t) => {
  t.equal(
    contentSecurityPolicy({ formAction: ['https://payroll.example.com', 'com.example.app:'], scriptHash: formPostScriptHash }),
    `default-src 'none'; style-src 'self'; img-src 'self'; script-src ${formPostScriptHash}; form-action 'self' https://payroll.example.com com.example.app:; base-uri 'none'; frame-ancestors 'none'`,
  );
});

t.test('a source that could loosen the policy is refused', async (t) => {
  for (const source of [
    '', ' ', '*', "'unsafe-inline'", "'none'", 'https://a.example; script-src *', 'https://a.example,https://b.example', 'https://a b', 'https://a\tb',
    'https://a\nb', 'https://a\0', 'https://ä.example', 'https://a.example\u2028', 'a.example', '//a.example', 'https://"', ' https://a', 'https://a ',
    ';', ':', '1a:',
  ]) {
    t.throws(() => contentSecurityPolicy({ formAction: [source] }), TypeError, seen(source));
  }
});

t.test('a script hash that is none is refused', async (t) => {
  for (const scriptHash of ['', "'unsafe-inline'", formPostScriptHash.slice(1, -1), `${formPostScriptHash} *`, `${formPostScriptHash}; x`, "'sha256-abc'", `\n${formPostScriptHash}`, `${formPostScriptHash}\n`]) {
    t.throws(() => contentSecurityPolicy({ formAction: [], scriptHash }), TypeError, seen(scriptHash));
  }
});

t.test('what redirectOrigin makes of a redirect URI is a source that the policy takes', async (t) => {
  for (const uri of [
    'https://payroll.example.com/callback?x=1', 'https://payroll.example.com:8443/a', 'http://127.0.0.1:51234/callback', 'http://localhost/callback',
    'http://[::1]:51234/callback', 'com.example.app:/callback',
  ]) {
    const source = redirectOrigin(uri);
    t.ok(contentSecurityPolicy({ formAction: [source] }).includes(`form-action 'self' ${source};`), uri);
  }
});
