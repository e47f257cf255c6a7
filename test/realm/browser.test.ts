// The tests' own browser: it trusts one authority, reaches the tests' hosts alone, is as it was asked to be, and ends.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { createServerCertificate } from '../../src/tls/authority.ts';
import { startBrowser } from './browser.ts';
import { becomes } from './exec.ts';
import { startGateway } from './gateway.ts';

const gateway = await startGateway();
t.teardown(() => gateway.stop());

/** Where browsers put what is theirs, from here on. */
const place = mkdtempSync(join(tmpdir(), 'myq-browsers-'));
process.env['TMPDIR'] = place;
t.teardown(() => { rmSync(place, { recursive: true, force: true }); });

/** How many processes have this place in their command line (proc(5)); one that has ended has none. */
function running(): number {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return processes.filter((id) => commandLine(id).includes(place)).length;
}

function commandLine(id: string): string {
  try {
    return readFileSync(`/proc/${id}/cmdline`, 'utf8');
  } catch {
    return ''; // ended meanwhile
  }
}

t.test('the authority of its options is trusted and no other, and what is no host of the tests cannot be reached', async (t) => {
  const url = `${gateway.issuer}/health/live`;
  const { page, close } = await startBrowser({ ca: gateway.ca });
  t.teardown(close);
  t.equal((await page.goto(url))?.status(), 200);
  for (const outside of ['https://myq.test.example.com/', 'http://192.0.2.1/']) {
    await t.rejects(page.goto(outside), { message: /ERR_NAME_NOT_RESOLVED/ }, outside);
    await page.waitForURL('chrome-error://**');
  }
  const stranger = await startBrowser({ ca: (await createServerCertificate('print.myq.test')).caPem });
  t.teardown(stranger.close);
  await t.rejects(stranger.page.goto(url), { message: /ERR_CERT_AUTHORITY_INVALID/ });
});

t.test('language, size and scripts are as asked for', async (t) => {
  const text = 'data:text/html,<noscript>without scripts</noscript>';
  const plain = await startBrowser({ ca: gateway.ca });
  t.teardown(plain.close);
  await plain.page.goto(text);
  t.strictSame(await plain.page.evaluate('[navigator.language, innerWidth, innerHeight]'), ['en-US', 1280, 720]);
  t.equal((await plain.page.innerText('body')).trim(), '');
  const other = await startBrowser({ ca: gateway.ca, locale: 'cs-CZ', viewport: { width: 375, height: 667 }, javaScriptEnabled: false });
  t.teardown(other.close);
  await other.page.goto(text);
  t.strictSame(await other.page.evaluate('[navigator.language, innerWidth, innerHeight]'), ['cs-CZ', 375, 667]);
  t.equal(await other.page.innerText('body'), 'without scripts');
});

t.test('close() ends all of it and leaves nothing, also the second time', async (t) => {
  const { page, close } = await startBrowser({ ca: gateway.ca });
  await page.goto(`${gateway.issuer}/health/live`);
  t.ok(running() > 0);
  await Promise.all([close(), close()]);
  await close();
  t.ok(await becomes(() => running() === 0));
  t.strictSame(readdirSync(place), []);
});

t.test('an authority that is none is refused, and leaves nothing', async (t) => {
  await t.rejects(startBrowser({ ca: 'not a certificate' }), { message: /certutil: could not decode certificate/ });
  t.strictSame(readdirSync(place), []);
});

t.test('a test that is killed takes its browser along', async (t) => {
  const script = `
    import { startBrowser } from ${JSON.stringify(new URL('browser.ts', import.meta.url).href)};
    await startBrowser({ ca: ${JSON.stringify(gateway.ca)} });
    console.log('started');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  t.ok(running() > 0);
  child.kill('SIGKILL');
  t.ok(await becomes(() => running() === 0));
});
