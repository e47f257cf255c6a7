// Opens the browser that the operating system has chosen for addresses.

import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { ClientError } from '../error.ts';
import { codeOf } from '../trust/connect-failure.ts';

interface Opening {
  /** Default: this one. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Milliseconds within which an opener that fails has failed; some stay for as long as the browser does. Default three seconds. */
  readonly patience?: number | undefined;
}

/** The command and its words; the address is one word more and meets no shell. */
function opener(platform: NodeJS.Platform): readonly [string, readonly string[]] {
  switch (platform) {
    case 'win32':
      return ['rundll32', ['url.dll,FileProtocolHandler']];
    case 'darwin':
      return ['open', []];
    default:
      return ['xdg-open', []];
  }
}

/**
 * Opens it. Resolves when the opener has ended well, or still runs after that time. Whoever waits for what the browser brings back
 * keeps the process alive; the browser does not.
 *
 * The address stands in the list of processes, where other users of this computer may read it. They cannot have a token of it, since a
 * code is worth nothing without the verifier; but where the listener cannot tell users apart (all systems but Linux) they can bring a
 * sign-in of their own in.
 *
 * @param address https only: an opener opens whatever it is given, programs too
 * @throws ClientError `browser_not_opened`
 */
export function openBrowser(address: string, { platform = process.platform, patience = 3_000 }: Opening = {}): Promise<void> {
  if (!URL.canParse(address) || new URL(address).protocol !== 'https:') return Promise.reject(failure('the address is not https'));
  const [command, words] = opener(platform);
  return new Promise((resolve, reject) => {
    // From where Node.js lies: Windows looks for programs in the working directory first, and a browser would hold that of ours.
    const child = spawn(command, [...words, address], { stdio: 'ignore', detached: true, cwd: dirname(process.execPath) });
    child.unref();
    const running = setTimeout(resolve, patience).unref();
    child.once('error', (cause) => {
      clearTimeout(running);
      reject(failure(codeOf(cause) === 'ENOENT' ? `there is no program ${command}` : `${command} cannot be started (${codeOf(cause)})`, cause));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(running);
      if (code === 0) resolve();
      else reject(failure(`${command} ended with ${code === null ? String(signal) : `code ${String(code)}`}`));
    });
  });
}

const failure = (how: string, cause?: unknown): ClientError => new ClientError('browser_not_opened', `no browser could be opened: ${how}`, {
  cause, cure: 'Open the address yourself: --no-browser prints it.',
});
