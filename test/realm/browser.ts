// Starts a real, headless Chromium on a profile of its own, which can sign in with the Kerberos ticket of a throw-away realm.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { childEnvironment, exec } from './exec.ts';
import type { Realm } from './kdc.ts';

const program = '/usr/bin/chromium';

/** Every name of a test is this machine; nothing else can be reached, whatever a page or the browser itself asks for. */
const resolverRules = 'MAP *.myq.test 127.0.0.1, MAP * ^NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

/**
 * "Local State" of a profile that has met Negotiate before: Chromium on Linux loads GSSAPI only in such a one. And the service is the name
 * in the URL: resolver rules look like an alias, whose canonical name (here 127.0.0.1) Chromium would ask a ticket for.
 */
const localState = { net: { received_http_auth_negotiate_headers: true }, auth: { disable_negotiate_cname_lookup: true } };

export interface BrowserOptions {
  /** The certificate authorities to trust, each in PEM. They are judged as any other: there is no ignoring of certificate errors. */
  readonly ca: string | readonly string[];
  /** Whose tickets the person at the browser has; without it none. */
  readonly ticket?: { readonly realm: Pick<Realm, 'environment'>; readonly ccache: string } | undefined;
  /** Whether the administrator lets it sign in silently to *.myq.test; default true. */
  readonly allowlist?: boolean;
  /** What it asks for in Accept-Language, as in 'cs-CZ'; default en-US. */
  readonly locale?: string;
  /** In CSS pixels; default 1280 by 720. */
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Default true. */
  readonly javaScriptEnabled?: boolean;
}

export interface RunningBrowser {
  /** Its profile: all pages share their cookies. A private one would be none that signs in silently. */
  readonly context: BrowserContext;
  /** The page that is open from the start. */
  readonly page: Page;
  /** Ends it and removes its directory; a second call does nothing more. */
  close(): Promise<void>;
}

/** Starts the browser. What takes its pages longer than ten seconds fails. It ends with this process, however that ends. */
export async function startBrowser(options: BrowserOptions): Promise<RunningBrowser> {
  const home = mkdtempSync(join(tmpdir(), 'myq-browser-'));
  const remove = (): void => { rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }); };
  process.once('exit', remove); // for a test that dies before its close()
  try {
    const profile = join(home, 'profile');
    mkdirSync(profile);
    writeFileSync(join(profile, 'Local State'), JSON.stringify(localState));
    await trust(home, [options.ca].flat());
    const context = await launch(home, profile, options);
    context.setDefaultTimeout(10_000);
    let closed: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await context.close();
      process.off('exit', remove);
      remove();
    };
    return { context, page: context.pages()[0] ?? await context.newPage(), close: () => closed ??= close() };
  } catch (error) {
    process.off('exit', remove);
    remove();
    throw error;
  }
}

function launch(home: string, profile: string, options: BrowserOptions): Promise<BrowserContext> {
  const { ticket, allowlist = true, locale = 'en-US', viewport = { width: 1280, height: 720 }, javaScriptEnabled = true } = options;
  // Without a ticket not even those of whoever runs the tests.
  const kerberos = ticket === undefined
    ? { KRB5_CONFIG: '/dev/null', KRB5CCNAME: `FILE:${home}/none` }
    : { KRB5_CONFIG: ticket.realm.environment['KRB5_CONFIG'] ?? '', KRB5CCNAME: ticket.ccache };
  return chromium.launchPersistentContext(profile, {
    executablePath: program,
    chromiumSandbox: process.getuid?.() !== 0, // root has none
    args: [
      `--host-resolver-rules=${resolverRules}`, '--disable-gpu', '--disable-quic', ...(allowlist ? ['--auth-server-allowlist=*.myq.test'] : []),
    ],
    env: childEnvironment({ ...kerberos, HOME: home, TMPDIR: home, GSS_MECH_CONFIG: '/dev/null' }),
    artifactsDir: join(home, 'artifacts'),
    // With handlers of its own this process would outlive SIGTERM; the browser ends by itself when its pipe to us does.
    handleSIGHUP: false, handleSIGINT: false, handleSIGTERM: false,
    locale, viewport, javaScriptEnabled,
  });
}

/** Makes the NSS database of this home directory, where Chromium finds the certificate authorities that a person added. */
async function trust(home: string, authorities: readonly string[]): Promise<void> {
  const database = join(home, '.pki/nssdb');
  mkdirSync(database, { recursive: true });
  await exec('certutil', ['-d', `sql:${database}`, '-N', '--empty-password']);
  for (const [index, ca] of authorities.entries()) {
    const name = `test authority ${String(index)}`;
    await exec('certutil', ['-d', `sql:${database}`, '-A', '-t', 'C,,', '-n', name, '-a'], { input: ca });
  }
}
