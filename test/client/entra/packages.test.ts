// Microsoft's packages missing, broken, and there: each in a process of its own, because a process loads a package once.

import t from 'tap';
import { exec } from '../../realm/exec.ts';

const program = new URL('loading.ts', import.meta.url).pathname;
const [msal, extensions] = ['@azure/msal-node', '@azure/msal-node-extensions'] as const;

/** The package as far as it is used: with this in its class. */
const plugin = (members: string): string => `export class NativeBrokerPlugin { setLogger() {} ${members} }`;

interface Outcome {
  readonly idToken?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly cure?: string;
}

const load = async (packages: Readonly<Record<string, string>>): Promise<Outcome> =>
  JSON.parse(await exec(process.execPath, [program, JSON.stringify(packages)])) as Outcome;

t.test('without MSAL there is a sentence that names it, and how to install it', async (t) => {
  const [absent, broken] = await Promise.all([load({ [msal]: 'absent' }), load({ [msal]: 'throw new Error("broken\\ninside")' })]);
  t.strictSame(absent, {
    reason: 'msal_unavailable', message: 'MSAL, Microsoft\'s library for sign-in, is not installed (@azure/msal-node)',
    cure: 'Install it: npm install @azure/msal-node. Or sign in with the browser.',
  });
  t.strictSame(broken, {
    reason: 'msal_unavailable', message: 'MSAL, Microsoft\'s library for sign-in, does not load (@azure/msal-node): broken\\u{a}inside',
    cure: 'Mend what its message says, or install @azure/msal-node anew. Or sign in with the browser.',
  });
});

t.test('without the package of the broker there is a sentence that names it', async (t) => {
  const cure = 'Install it: npm install @azure/msal-node-extensions. Or sign in with the browser.';
  t.strictSame(await load({ [extensions]: 'absent' }), {
    reason: 'broker_unavailable', cure, message: 'MSAL\'s way to the Entra ID broker of this computer is not installed (@azure/msal-node-extensions)',
  });
  const broken = [
    ['throw new Error("libsecret-1.so.0: cannot open shared object file")', 'libsecret-1.so.0: cannot open shared object file'],
    ['export const other = 1', 'NativeBrokerPlugin is not a constructor'],
    [plugin('constructor() { throw new Error("no runtime"); }'), 'no runtime'],
  ] as const;
  const outcomes = await Promise.all(broken.map(([source]) => load({ [extensions]: source })));
  t.strictSame(outcomes.map(({ reason, message }) => [reason, message]), broken.map(([, words]) => [
    'broker_unavailable', `MSAL's way to the Entra ID broker of this computer does not load (@azure/msal-node-extensions): ${words}`,
  ]));
});

t.test('a computer of which the package knows no broker is told so', async (t) => {
  const { reason, message } = await load({ [extensions]: plugin('isBrokerAvailable = false;') });
  t.equal(reason, 'broker_unavailable');
  t.match(message, /^this computer has no Entra ID broker: on /);
});

t.test('the broker of the package is the one that is asked', async (t) => {
  const asked = 'acquireTokenSilent({ authority, accountId }) { return { idToken: `${authority} ${accountId}` }; }';
  t.strictSame(await load({ [extensions]: plugin(`isBrokerAvailable = true; async ${asked}`) }), {
    idToken: 'https://login.microsoftonline.com/example.com undefined',
  });
});
