// Where the client keeps its files on each operating system.

import t from 'tap';
import { usualPlaces } from '../../src/client/index.ts';

const cases: readonly [string, Parameters<typeof usualPlaces>, string, string][] = [
  ['Windows', ['win32', { ProgramData: 'D:\\Data', LOCALAPPDATA: 'C:\\Users\\alice\\AppData\\Local' }, 'C:\\Users\\alice'],
    'D:\\Data\\MyQ\\Desktop Client\\cert.store', 'C:\\Users\\alice\\AppData\\Local\\MyQ\\Desktop Client\\sign-ins.json'],
  ['Windows without variables', ['win32', {}, 'C:\\Users\\alice'],
    'C:\\ProgramData\\MyQ\\Desktop Client\\cert.store', 'C:\\Users\\alice\\AppData\\Local\\MyQ\\Desktop Client\\sign-ins.json'],
  ['macOS', ['darwin', {}, '/Users/alice'],
    '/Users/alice/Library/Application Support/MyQ/Desktop Client/cert.store', '/Users/alice/Library/Application Support/MyQ/Desktop Client/sign-ins.json'],
  ['Linux', ['linux', {}, '/home/alice'],
    '/home/alice/.local/share/myq/desktop-client/cert.store', '/home/alice/.local/share/myq/desktop-client/sign-ins.json'],
  ['Linux with XDG_DATA_HOME', ['linux', { XDG_DATA_HOME: '/data' }, '/home/alice'],
    '/data/myq/desktop-client/cert.store', '/data/myq/desktop-client/sign-ins.json'],
  ['Linux with a relative XDG_DATA_HOME, which counts for nothing', ['linux', { XDG_DATA_HOME: 'data' }, '/home/alice'],
    '/home/alice/.local/share/myq/desktop-client/cert.store', '/home/alice/.local/share/myq/desktop-client/sign-ins.json'],
];

for (const [what, given, certStore, signIns] of cases) {
  t.test(what, (t) => {
    t.strictSame(usualPlaces(...given), { certStore, signIns });
    t.end();
  });
}
