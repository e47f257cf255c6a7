// `myq-signin SERVER` and `myq-signin sign-out SERVER`.

import { isUtf8 } from 'node:buffer';
import { ClientError, oneLine } from '../error.ts';
import { type PassedOver, signIn, SignInError, type SignedIn } from '../sign-in.ts';
import { signOutKept } from '../sign-out.ts';
import { DESKTOP_CLIENT } from '../way.ts';
import { onlyOne, readArguments, UsageError } from './arguments.ts';
import { connectionOf, connectionOptions, optionsOf, readSignIn } from './options.ts';
import { exitCode, failureFields, failureLine, json } from './failure.ts';
import type { Surroundings } from './surroundings.ts';

/** Signs in and prints what was asked for. */
export async function signInVerb(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { url, values } = readSignIn(argv);
  const { stdout, stderr } = surroundings;
  const password = values['password-stdin'] === true ? await firstLine(surroundings) : undefined;
  const options = optionsOf(url, values, surroundings, password);
  // With --verbose they were told when they happened.
  const say = (line: string): void => { if (values.verbose !== true) stderr.write(`myq-signin: ${line}\n`); };
  const note = (passedOver: readonly PassedOver[]): void => { for (const { method, error } of passedOver) say(`${method}: ${failureLine(error)}`); };
  try {
    const signedIn = await signIn(options);
    try {
      stdout.write(await shown(signedIn, { hasClaims: values.claims === true, isJson: values.json === true }));
      if (signedIn.keptEnded) say(`the kept sign-in had ended: ${signedIn.keptEnded.message}`);
      note(signedIn.passedOver);
    } finally {
      await signedIn.session.close();
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const passedOver = error instanceof SignInError ? error.passedOver : [];
    if (values.json === true) stdout.write(json({ signed_in: false, ...failureFields(error), passed_over: passedOver.map(overFields) }));
    note(passedOver);
    stderr.write(`myq-signin: ${passedOver.length === 0 ? failureLine(error) : 'nobody was signed in'}\n`);
    return exitCode(error);
  }
}

interface Wanted {
  readonly hasClaims: boolean;
  readonly isJson: boolean;
}

async function shown({ session, passedOver, isResumed }: SignedIn, { hasClaims, isJson }: Wanted): Promise<string> {
  const { tokens: { accessToken, expiresAt, scope }, method } = session;
  if (!isJson && !hasClaims) return `${accessToken}\n`;
  const claims = await session.claims();
  if (!isJson) return Object.entries(claims).map(([name, value]) => `${oneLine(name).padEnd(20)} ${wordOf(value)}\n`).join('');
  if (hasClaims) return json(claims);
  return json({
    signed_in: true, method, resumed: isResumed, access_token: accessToken, expires_at: new Date(expiresAt).toISOString(), scope, claims,
    passed_over: passedOver.map(overFields),
  });
}

const overFields = ({ method, error }: PassedOver) => ({ method, ...failureFields(error) });

const wordOf = (value: unknown): string => oneLine(typeof value === 'string' ? value : JSON.stringify(value));
const MAX_PASSWORD = 4096;

/** Without its line end. */
async function firstLine({ stdin }: Surroundings): Promise<string> {
  // It would be shown as it is typed.
  if (stdin.isTTY === true) throw new UsageError('--password-stdin reads from a pipe or a file, not from the terminal');
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of stdin) {
    pieces.push(Buffer.from(piece as Uint8Array));
    size += (piece as Uint8Array).length;
    if (size > MAX_PASSWORD) throw new UsageError(`the password has more than ${String(MAX_PASSWORD)} bytes`);
  }
  const bytes = Buffer.concat(pieces);
  if (!isUtf8(bytes)) throw new UsageError('the password is not UTF-8');
  const [line = '', ...rest] = bytes.toString('utf8').split(/\r?\n/);
  if (line === '' || rest.some((other) => other !== '')) throw new UsageError('standard input must hold the password, in one line');
  return line;
}

/** Ends the sign-in that private mode kept, here and at the gateway. */
export async function signOutVerb(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { values, positionals } = readArguments(argv, connectionOptions);
  const { clientId = DESKTOP_CLIENT, ...connection } = connectionOf(values, surroundings);
  const wasThere = await signOutKept({ ...connection, clientId, url: onlyOne(positionals, 'server') });
  const { stdout, stderr } = surroundings;
  if (values.json === true) stdout.write(json({ signed_out: wasThere }));
  else if (wasThere) stdout.write('signed out\n');
  if (!wasThere) stderr.write('myq-signin: no sign-in is kept for this server\n');
  return wasThere ? 0 : 1;
}
