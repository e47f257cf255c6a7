// Where this client keeps its files, by operating system. The only file of the client that reads the environment.

import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Places {
  /** Certificates that were accepted in Normal mode. */
  readonly certStore: string;
  /** Refresh tokens of Private mode. */
  readonly signIns: string;
}

/**
 * The usual places:
 * - Windows: `%ProgramData%\MyQ\Desktop Client\cert.store` for the whole computer, `%LocalAppData%\MyQ\Desktop Client\sign-ins.json`
 * - macOS: `~/Library/Application Support/MyQ/Desktop Client/`
 * - elsewhere: `$XDG_DATA_HOME/myq/desktop-client/`, which is `~/.local/share/myq/desktop-client/` by default
 */
export function usualPlaces(
  platform: NodeJS.Platform = process.platform, environment: NodeJS.ProcessEnv = process.env, home: string = homedir(),
): Places {
  const { ProgramData, LOCALAPPDATA, XDG_DATA_HOME } = environment;
  if (platform === 'win32') {
    return {
      certStore: `${ProgramData ?? 'C:\\ProgramData'}\\MyQ\\Desktop Client\\cert.store`,
      signIns: `${LOCALAPPDATA ?? `${home}\\AppData\\Local`}\\MyQ\\Desktop Client\\sign-ins.json`,
    };
  }
  const directory = platform === 'darwin'
    ? join(home, 'Library/Application Support/MyQ/Desktop Client')
    // A relative path there counts for nothing (XDG Base Directory Specification).
    : join(XDG_DATA_HOME?.startsWith('/') ? XDG_DATA_HOME : join(home, '.local/share'), 'myq/desktop-client');
  return { certStore: join(directory, 'cert.store'), signIns: join(directory, 'sign-ins.json') };
}
