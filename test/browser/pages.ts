// Every kind of page that a person can meet here, as something to open in a browser that is signed out at first.

import type { Page } from 'playwright-core';
import { en } from '../../src/routes/pages/catalogue/en.ts';
import type { GatewayProcess } from '../realm/gateway.ts';
import { asking, PASSWORD, type Program, typeIn } from './place.ts';

/** Lines of config.ini with which the login page offers all that it can; nobody is asked for it to be shown. */
export const everyWay = `[Security]
WindowsSignInNetworks = 127.0.0.0/8
[Users]
PinSignIn = True
${['Entra', 'Entra:sales'].map((name, index) => `[${name}]
TenantId = 72f988bf-86f1-41af-91ab-2d7cd011db4${String(index)}
ClientId = 6731de76-14a6-49ae-97bc-6eba6914391e
ClientSecret = not asked for
Authority = https://127.0.0.1:9
EnableSignInWithMicrosoft = True`).join('\n')}
`;

export interface Showing {
  readonly name: string;
  /** Leaves the page at it. */
  open(page: Page): Promise<unknown>;
}

/** Of a gateway with the user alice; the program takes what the form page sends. The last needs the sign-in of the one before. */
export function showings(gateway: GatewayProcess, program: Program): readonly Showing[] {
  const url = (more: Readonly<Record<string, string>> = {}): string => asking(gateway, program.redirectUri, { prompt: 'login', ...more }).url;
  const signOut = `${gateway.issuer}/en/auth/logout`;
  return [
    { name: 'login', open: (page) => page.goto(url()) },
    {
      name: 'refused',
      open: async (page) => {
        await page.goto(url());
        await typeIn(page, 'alice', 'not hers');
        await page.getByRole('alert').waitFor();
      },
    },
    { name: 'error', open: (page) => page.goto(url({ redirect_uri: 'https://elsewhere.example/callback' })) },
    { name: 'signed out', open: (page) => page.goto(signOut) },
    {
      name: 'form post',
      open: async (page) => {
        await page.goto(url({ response_mode: 'form_post' }));
        await withoutScripts(page, () => typeIn(page, 'alice', PASSWORD));
        await page.getByRole('heading', { name: en.formPost.title }).waitFor();
      },
    },
    { name: 'sign out?', open: (page) => page.goto(signOut) },
  ];
}

/** As a browser whose owner has switched scripts off; until its next page. */
async function withoutScripts(page: Page, action: () => Promise<void>): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('Emulation.setScriptExecutionDisabled', { value: true });
  await action();
  page.once('load', () => { void session.detach(); });
}
