// A process that asks for an ID token where Microsoft's packages are what its argument says, as JSON: name → 'absent' or a module's source.

import { registerHooks } from 'node:module';
import { ClientError } from '../../../src/client/error.ts';

const packages = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, string>>;
const isThere = (name: string): boolean => Object.hasOwn(packages, name);
registerHooks({
  resolve: (name, context, next) => {
    const source = isThere(name) ? packages[name] : undefined;
    if (source === undefined) return next(name, context);
    // From a place above which there are no packages.
    if (source === 'absent') return next(name, { ...context, parentURL: 'file:///nowhere/module.js' });
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
  },
});

const { msalIdTokens } = await import('../../../src/client/entra/msal.ts');
const idTokens = msalIdTokens({ tenantId: 'example.com', clientId: '6731de76-14a6-49ae-97bc-6eba6914391e' });
const acquired = idTokens.acquire({ forceRefresh: false, signal: new AbortController().signal });
const outcome = await acquired.then((idToken) => ({ idToken }), (error: unknown) => {
  if (!(error instanceof ClientError)) throw error;
  const { reason, message, cure } = error;
  return { reason, message, cure };
});
process.stdout.write(JSON.stringify(outcome));
