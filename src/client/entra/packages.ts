// Loads Microsoft's libraries, of which a computer that does not use Entra ID needs none.

import type * as Msal from '@azure/msal-node';
import type { INativeBrokerPlugin } from '@azure/msal-node';
import { ClientError, oneLine } from '../error.ts';

/** Throws ClientError `msal_unavailable`. */
export async function loadMsal(): Promise<typeof Msal> {
  try {
    return await import('@azure/msal-node');
  } catch (cause) {
    throw new ClientError('msal_unavailable', `MSAL, Microsoft's library for sign-in, ${absence(cause, '@azure/msal-node')}`, {
      cause, cure: cureOf(cause, '@azure/msal-node'),
    });
  }
}

/** By a variable: its types are not there where it is not installed. */
const extensions: string = '@azure/msal-node-extensions';

/**
 * The broker of this operating system, through the MSAL runtime of Microsoft: WAM on Windows, Company Portal on macOS, the broker of Intune
 * on Linux. None of them was run with this client: what is known of them is Microsoft's documentation and the source of its library.
 * @throws ClientError `broker_unavailable`
 */
export async function loadBroker(): Promise<INativeBrokerPlugin> {
  try {
    const { NativeBrokerPlugin } = await import(extensions) as { readonly NativeBrokerPlugin: new () => INativeBrokerPlugin };
    return new NativeBrokerPlugin();
  } catch (cause) {
    throw new ClientError('broker_unavailable', `MSAL's way to the Entra ID broker of this computer ${absence(cause, extensions)}`, {
      cause, cure: cureOf(cause, extensions),
    });
  }
}

/** Not there at all; else it is there, and a package that it needs or its native part does not load. */
function isMissing(error: unknown, name: string): boolean {
  // By the words: whoever hooks into loading (a test runner, an agent) may lose the code of the error.
  const { message = '' } = error as Partial<Error>;
  return message.startsWith(`Cannot find package '${name}'`);
}

const absence = (error: unknown, name: string): string =>
  (isMissing(error, name) ? `is not installed (${name})` : `does not load (${name}): ${oneLine((error as Error).message)}`);

const cureOf = (error: unknown, name: string): string =>
  `${isMissing(error, name) ? `Install it: npm install ${name}` : `Mend what its message says, or install ${name} anew`}. Or sign in with the browser.`;

/** Throws ClientError `broker_unavailable` if the operating system has none. */
export function requireBroker({ isBrokerAvailable }: Pick<INativeBrokerPlugin, 'isBrokerAvailable'>, platform = process.platform): void {
  if (isBrokerAvailable) return;
  throw new ClientError('broker_unavailable', `this computer has no Entra ID broker: ${brokers[platform] ?? `there is none for ${platform}`}`, {
    cure: 'Sign in with the browser.',
  });
}

const brokers: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  win32: 'on Windows that is WAM, from Windows 10 on',
  darwin: 'on macOS that is the app Company Portal, on a device that is managed',
  linux: 'on Linux that is the broker of Microsoft Intune (microsoft-identity-broker)',
};
