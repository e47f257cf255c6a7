// The pages for people who enlarge them, hold a phone, or use their own colours (WCAG 2.2).

import t from 'tap';
import { startBrowser } from '../realm/browser.ts';
import { startGateway } from '../realm/gateway.ts';
import { everyWay, showings } from './pages.ts';
import { addUser, asking, startProgram } from './place.ts';

const gateway = await startGateway({ config: `${everyWay}[Security]\nLockoutAttempts = 50` });
t.teardown(() => gateway.stop());
await addUser(gateway, 'alice');
const program = await startProgram(t);
const { page, close } = await startBrowser({ ca: gateway.ca });
t.teardown(close);

interface Focus {
  readonly name: string;
  readonly style: string;
  readonly width: number;
  readonly outline: string;
  readonly behind: string;
}

/** In the browser: the ring around what has the focus, and the colour that it lies on. */
const focus = `(() => {
  const one = document.activeElement;
  const { outlineStyle: style, outlineWidth, outlineColor: outline } = getComputedStyle(one);
  const behind = getComputedStyle(document.body).backgroundColor;
  return { name: one.id || one.textContent, style, width: parseFloat(outlineWidth), outline, behind };
})()`;

/** In the browser: how wide the page is, and how many things to press are too small or stand out. */
const measured = `(() => {
  const boxes = [...document.querySelectorAll('a, button, input:not([type=hidden])')].map((one) => one.getBoundingClientRect());
  return { wide: document.documentElement.scrollWidth, small: boxes.filter((one) => one.height < 24 || one.width < 24 || one.right > innerWidth).length };
})()`;

t.test('forced colours show where the focus is (1.4.11, 2.4.7)', async (t) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto(asking(gateway, program.redirectUri, { prompt: 'login' }).url);
  for (let pressed = 0; pressed < 13; pressed++) {
    const { name, style, width, outline, behind } = await page.evaluate<Focus>(focus);
    t.equal(style, 'solid', name);
    t.ok(width >= 2, name);
    t.not(outline, behind, name);
    await page.keyboard.press('Tab');
  }
  await page.emulateMedia({ forcedColors: 'none' });
});

t.test('no page is wider than the window, at 320 pixels and at twice the size, and nothing is too small for a finger (1.4.10, 2.5.8)', async (t) => {
  for (const [width, height] of [[320, 568], [640, 360]] as const) {
    await page.setViewportSize({ width, height });
    await page.context().clearCookies();
    for (const { name, open } of showings(gateway, program)) {
      await open(page);
      const size = await page.evaluate(measured);
      t.strictSame(size, { wide: width, small: 0 }, `${name} at ${String(width)}`);
    }
  }
});
