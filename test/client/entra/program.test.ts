// `myq-signin` with a tenant and an application: through the package of the broker, and past it where that is not installed.

import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { decodeJwt } from 'jose';
import t from 'tap';
import { runProgram } from '../../../src/client/program/program.ts';
import { addUser, PASSWORD } from '../../browser/place.ts';
import { TENANT } from '../../realm/entra.ts';
import { bring } from '../browser/asking.ts';
import { person } from '../browser/person.ts';
import { myqSignin, reachArguments, type Run, runHere } from '../place.ts';
import { openPlace } from './place.ts';

const { gateway, tenant, app, alice } = await openPlace(t);
await addUser(gateway, 'bob');
const reach = reachArguments(gateway);
const entra = [...reach, '--tenant-id', TENANT, '--entra-client-id', app.clientId] as const;

const notInstalled = 'MSAL\'s way to the Entra ID broker of this computer is not installed (@azure/msal-node-extensions). '
  + 'Install it: npm install @azure/msal-node-extensions. Or sign in with the browser.';

/** The package of the broker is what this says, for a process with this environment. */
function withPackage(source: string): Readonly<Record<string, string>> {
  const module = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve: (name, context, next) =>
      name === '@azure/msal-node-extensions' ? { url: ${JSON.stringify(module(source))}, shortCircuit: true } : next(name, context) });`;
  return { NODE_OPTIONS: `--import=${module(hook)}` };
}

/** A broker whose acquireTokenSilent has this in it. */
const broker = (body: string): Readonly<Record<string, string>> => withPackage(
  `export class NativeBrokerPlugin { isBrokerAvailable = true; setLogger() {} async acquireTokenSilent() { ${body} } }`,
);
const handing = (idToken: string): Readonly<Record<string, string>> =>
  broker(`return ${JSON.stringify({ idToken, accessToken: 'for-graph' })};`);

/** The one way in. */
const alone = (environment: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Run> =>
  myqSignin([...entra, '--methods', 'entra', ...args], environment);

/** What `--json` prints. */
interface Told {
  readonly signed_in: boolean;
  readonly method?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly reason?: string;
  readonly message?: string;
  readonly passed_over: readonly { readonly method: string; readonly reason: string }[];
}

const toldBy = ({ stdout }: Run): Told => JSON.parse(stdout) as Told;
const reasonsIn = ({ passed_over: all }: Told): readonly (readonly [string, string])[] => all.map(({ method, reason }) => [method, reason]);

t.test('the account of the computer signs in, and its MyQ token alone is printed', async (t) => {
  const idToken = await tenant.idToken(alice, app);
  const [plain, told] = await Promise.all([alone(handing(idToken)), alone(handing(idToken), '--json', '--verbose')]);
  t.strictSame([plain.code, plain.stderr], [0, '']);
  const { preferred_username: name, tid } = decodeJwt(plain.stdout.trim());
  t.strictSame([name, tid], ['alice', TENANT]);
  t.equal(told.code, 0, told.stderr);
  const answer = toldBy(told);
  t.strictSame([answer.signed_in, answer.method, reasonsIn(answer)], [true, 'entra', []]);
  t.notMatch(told.stderr + told.stdout, idToken.slice(-40));
  t.notMatch(told.stderr + told.stdout, /for-graph/);
});

t.test('what the broker says is told in one line, and the exit code is 1', async (t) => {
  const error = 'Object.assign(new Error("interaction_required: consent\\u001b[2J\\n"), { name: "InteractionRequiredAuthError" })';
  const refused = await tenant.idToken(tenant.person({ preferred_username: 'zoe@example.com' }), app);
  const [asking, stranger, silent] = await Promise.all([
    alone(broker(`throw ${error};`)), alone(handing(refused)), alone(broker('return {};'), '--json'),
  ]);
  t.strictSame([asking, stranger, silent].map(({ code }) => code), [1, 1, 1]);
  const [line = '', ...rest] = asking.stderr.split('\n');
  const words = 'Entra ID wants to ask the person something (interaction_required: consent\\u{1b}[2J\\u{a})';
  t.ok(line.startsWith(`myq-signin: entra: ${words}. `), line);
  t.strictSame(rest, ['myq-signin: nobody was signed in', '']);
  t.match(stranger.stderr, /^myq-signin: entra: the gateway refused: .*\(unknown_user\)\. [^\n]*\nmyq-signin: nobody was signed in\n$/);
  t.strictSame([asking.stdout, stranger.stdout], ['', '']);
  const { signed_in: isSignedIn, reason, message } = toldBy(silent);
  t.strictSame([isSignedIn, reason, message], [false, 'entra_failed', 'the Entra ID broker answers without an ID token']);
});

t.test('where the package of the broker is not installed, that is told, and who asked for nothing else is not signed in', async (t) => {
  const only = [...entra, '--methods', 'entra'] as const;
  const [plain, told, json] = await Promise.all([runHere(only), runHere([...only, '--verbose']), runHere([...only, '--json'])]);
  t.strictSame(plain, { code: 1, stdout: '', stderr: `myq-signin: entra: ${notInstalled}\nmyq-signin: nobody was signed in\n` });
  t.equal(told.code, 1);
  t.ok(told.stderr.includes('· tries entra\n') && told.stderr.includes('· entra is passed over: '), told.stderr);
  t.equal(told.stderr.split(notInstalled.slice(0, 60)).length, 2, 'once');
  const answer = toldBy(json);
  t.strictSame([json.code, answer.reason, reasonsIn(answer)], [1, 'broker_unavailable', [['entra', 'broker_unavailable']]]);
});

/** Runs it until the address of the login page is shown, lets bob sign in there, and waits for the end. */
async function withBrowser(...args: readonly string[]): Promise<Run> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  let told = '';
  let show: (address: string) => void = () => undefined;
  const shown = new Promise<string>((resolve) => { show = resolve; });
  stderr.setEncoding('utf8').on('data', (piece: string) => {
    told += piece;
    const address = /^https:\/\/\S+(?=\n)/m.exec(told)?.[0];
    if (address !== undefined) show(address);
  });
  const out = text(stdout);
  const { signal } = new AbortController();
  const ended = runProgram([...args, '--no-browser', '--timeout', '20'], { stdin, stdout, stderr, signal });
  const tooSoon = ended.then((code) => { throw new Error(`it ended with ${String(code)}: ${told}`); });
  tooSoon.catch(() => undefined); // it ends after the address was shown
  const address = await Promise.race([shown, tooSoon]);
  await bring((await person(gateway, 'bob', PASSWORD).signIn(address)).address);
  const code = await ended;
  stdout.end();
  return { code, stdout: await out, stderr: told };
}

t.test('the browser comes next, and who signs in there is signed in', async (t) => {
  const run = await withBrowser(...entra, '--methods', 'entra,browser', '--json');
  t.equal(run.code, 0, run.stderr);
  t.ok(run.stderr.endsWith(`\nmyq-signin: entra: ${notInstalled}\n`), run.stderr);
  const answer = toldBy(run);
  t.strictSame([answer.signed_in, answer.method, answer.claims?.['preferred_username']], [true, 'browser', 'bob']);
  t.strictSame(reasonsIn(answer), [['entra', 'broker_unavailable']]);
});

t.test('without a tenant entra is passed over, and a tenant or application that is none asks nobody', async (t) => {
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [[], /no tenant \(tenantId\) is configured/],
    [['--tenant-id', 'common', '--entra-client-id', app.clientId], /"common" is no tenant of an organisation/],
    [['--tenant-id', TENANT, '--entra-client-id', 'myq\u001b[2J'], /the application must be a GUID, and is "myq\\u\{1b\}\[2J"/],
    [['--tenant-id', TENANT, '--entra-client-id', app.clientId, '--authority', 'http://a.example'], /the authority must be like https:/],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runHere([...reach, '--methods', 'entra', ...args]);
    t.strictSame([code, stdout], [1, ''], JSON.stringify(args));
    t.match(stderr, says);
    t.match(stderr, /^myq-signin: entra: [^\n]*section \[Entra\]\.\nmyq-signin: nobody was signed in\n$/);
  }
});

t.test('half of what names an application is wrong use', async (t) => {
  for (const args of [
    ['--tenant-id', TENANT], ['--entra-client-id', app.clientId], ['--authority', 'https://login.microsoftonline.us'],
    ['--tenant-id', TENANT, '--authority', 'https://login.microsoftonline.us'],
    ['--tenant-id', TENANT, '--tenant-id', TENANT, '--entra-client-id', app.clientId],
  ]) {
    const { code, stdout, stderr } = await runHere([...reach, ...args]);
    t.strictSame([code, stdout], [2, ''], JSON.stringify(args));
    t.match(stderr, /^myq-signin: [^\n]+; see myq-signin --help\n$/);
  }
});
