// Where Windows sign-in is not offered to browsers, nothing on the page speaks of it, and no ticket is asked for.

import t from 'tap';
import { startBrowser } from '../realm/browser.ts';
import { openDomain } from '../realm/site.ts';
import { answersOf, recording } from './answers.ts';
import { asking, startProgram } from './place.ts';

const domain = await openDomain(t);
const ticket = { realm: domain.realm, ccache: await domain.realm.kinit('alice') };
const program = await startProgram(t);

for (const config of ['', '[Security]\nWindowsSignInNetworks = 192.0.2.0/24']) {
  t.test(config === '' ? 'by default' : 'in other networks', async (t) => {
    const gateway = await domain.start({ config, environment: recording });
    const { page, close } = await startBrowser({ ca: gateway.ca, ticket });
    t.teardown(close);
    const answers = answersOf(gateway);
    const { url } = asking(gateway, program.redirectUri);

    await page.goto(url);
    t.strictSame(await answers(), ['GET 200 /en/auth']);
    t.equal(await page.getByRole('heading').innerText(), 'Sign in');
    t.notMatch(await page.innerText('body'), /windows/i);
    await page.goto(url.replace('/en/auth?', '/en/auth/windows?'));
    t.strictSame(await answers(), ['GET 302 /en/auth/windows', 'GET 200 /en/auth']);
    t.equal(page.url(), url);
    t.strictSame(program.arrivals, []);
  });
}
