// Makes the pictures of docs/pages.md anew: node_modules/.bin/node test/browser/screenshots.ts (it needs what `npm test` needs).

import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Theme } from '../../src/routes/pages/theme.ts';
import { startBrowser } from '../realm/browser.ts';
import { startGateway, type GatewayProcess } from '../realm/gateway.ts';
import type { Ending } from '../realm/site.ts';
import { everyWay, showings } from './pages.ts';
import { addUser, asking, type Program, startProgram } from './place.ts';

const directory = new URL('../../docs/screenshots/', import.meta.url).pathname;


/** What differs between the gateways. */
const configs = {
  plain: '', pin: '[Users]\nPinSignIn = True\n', windows: '[Security]\nWindowsSignInNetworks = 127.0.0.0/8\n',
  microsoft: everyWay.replace(/\[Entra:sales\][^]*/, '').replace(/WindowsSignIn.*\n|PinSignIn.*\n/g, ''), all: everyWay,
} as const;

interface Shot {
  readonly file: string;
  readonly gateway?: keyof typeof configs;
  /** A name of `showings`; without it the login page. */
  readonly showing?: string;
  readonly theme?: Theme;
  readonly lang?: string;
  readonly isPhone?: boolean;
  /** The browser prefers dark pages. */
  readonly isNight?: boolean;
  /** Comes from `auth/windows` without a ticket. */
  readonly hasNoTicket?: boolean;
}

const shots: readonly Shot[] = [
  ...(['light', 'dark', 'red', 'accessibility'] as const).map((theme) => ({ file: `login-${theme}`, theme })),
  { file: 'login-auto-by-day', isPhone: true },
  { file: 'login-auto-by-night', isPhone: true, isNight: true },
  { file: 'login-refused', showing: 'refused' },
  { file: 'login-pin', gateway: 'pin' },
  { file: 'login-windows-no-ticket', gateway: 'windows', hasNoTicket: true },
  { file: 'login-microsoft', gateway: 'microsoft' },
  { file: 'login-german', gateway: 'all', lang: 'de' },
  { file: 'login-czech-phone', gateway: 'all', lang: 'cs', isPhone: true },
  { file: 'error', showing: 'error' },
  { file: 'form-post', showing: 'form post' },
  { file: 'sign-out', showing: 'sign out?' },
  { file: 'signed-out', showing: 'signed out' },
];

async function take(page: Page, gateway: GatewayProcess, program: Program, shot: Shot): Promise<void> {
  const { file, showing, theme, lang = 'en', isPhone = false, isNight = false, hasNoTicket = false } = shot;
  await page.setViewportSize(isPhone ? { width: 375, height: 667 } : { width: 960, height: 640 });
  await page.emulateMedia({ colorScheme: isNight ? 'dark' : 'light' });
  if (showing !== 'sign out?') await page.context().clearCookies();
  const url = asking(gateway, program.redirectUri, { ...(theme && { theme }), ...(hasNoTicket ? {} : { prompt: 'login' }) }, lang).url;
  const open = showings(gateway, program).find(({ name }) => name === showing)?.open ?? (() => page.goto(url));
  await open(page);
  const path = join(directory, `${file}.png`);
  await page.screenshot({ path, fullPage: true });
  console.log(`${file}.png: ${String(Math.ceil(statSync(path).size / 1024))} KiB`);
}

async function main(t: Ending): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const program = await startProgram(t);
  for (const kind of Object.keys(configs) as (keyof typeof configs)[]) {
    const gateway = await startGateway({ config: configs[kind] });
    t.teardown(() => gateway.stop());
    await addUser(gateway, 'alice');
    const { page, close } = await startBrowser({ ca: gateway.ca });
    t.teardown(close);
    for (const shot of shots.filter((one) => (one.gateway ?? 'plain') === kind)) await take(page, gateway, program, shot);
  }
}

const endings: (() => Promise<unknown>)[] = [];
try {
  await main({ teardown: (action) => endings.unshift(action) });
} finally {
  for (const ending of endings) await ending();
}
