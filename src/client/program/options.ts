// The options of a sign-in, as they are typed and as signIn() wants them.

import { type MethodName, methodNames } from '../method.ts';
import { usualPlaces } from '../places.ts';
import type { SignInOptions } from '../sign-in.ts';
import { openTokenFile } from '../keep/token-store.ts';
import { openCertStore } from '../trust/cert-store.ts';
import { oneOf, onlyOne, readArguments, UsageError } from './arguments.ts';
import { askAt } from './ask.ts';
import type { Surroundings } from './surroundings.ts';

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

/** Options of all verbs that talk to a gateway. */
export const connectionOptions = {
  'validation': text, 'ca-file': text, 'cert-store': text, 'connect-to': text, 'client-id': text, 'json': flag, 'verbose': flag,
} as const;

const signInOptions = {
  ...connectionOptions,
  'methods': text, 'channel-binding': text, 'ntlm-user': text, 'password-stdin': flag, 'tenant-id': text, 'entra-client-id': text,
  'authority': text, 'no-browser': flag, 'timeout': text, 'scope': text, 'mode': text, 'claims': flag,
} as const;

/** What was typed for a sign-in. Throws UsageError. */
export function readSignIn(argv: readonly string[]) {
  const { values, positionals } = readArguments(argv, signInOptions);
  return { values, url: onlyOne(positionals, 'server') };
}

type Values = ReturnType<typeof readSignIn>['values'];

/** How to reach the gateway, and whom to trust. */
export function connectionOf(values: Pick<Values, keyof typeof connectionOptions>, { stdin, stderr, signal }: Surroundings) {
  const tell = (line: string): void => { if (values.verbose === true) stderr.write(`· ${line}\n`); };
  const canAsk = stdin.isTTY === true && stderr.isTTY === true;
  return {
    connectTo: values['connect-to'], clientId: values['client-id'], tell, signal,
    kept: openTokenFile(usualPlaces().signIns),
    trust: {
      mode: oneOf('validation', values.validation, ['strict', 'normal'], 'strict'),
      caFile: values['ca-file'],
      accepted: openCertStore(values['cert-store'] ?? usualPlaces().certStore),
      ask: canAsk ? askAt(stdin, stderr, signal) : undefined,
    },
  };
}

/**
 * All that signIn() wants.
 * @param password where --password-stdin was given
 */
export function optionsOf(url: string, values: Values, surroundings: Surroundings, password: string | undefined): SignInOptions {
  const user = values['ntlm-user'];
  if ((user === undefined) !== (password === undefined)) throw new UsageError('--ntlm-user and --password-stdin belong together');
  const { stderr } = surroundings;
  return {
    ...connectionOf(values, surroundings),
    url, scope: values.scope, methods: methodsOf(values.methods), mode: oneOf('mode', values.mode, ['public', 'private'], 'public'),
    windows: {
      channelBinding: oneOf('channel-binding', values['channel-binding'], ['when-asked', 'always'], 'when-asked'),
      ...(user === undefined || password === undefined ? {} : { ntlm: 'fallback', credentials: { user, password } }),
    },
    entra: entraOf(values),
    browser: {
      timeout: secondsOf(values.timeout) * 1000,
      ...(values['no-browser'] === true ? { open: async (address: string) => { stderr.write(`Open this address in a browser on this computer:\n${address}\n`); } } : {}),
    },
  };
}

function methodsOf(value: string | undefined): readonly MethodName[] {
  if (value === undefined) return methodNames;
  const words = value.toLowerCase().split(',').map((word) => word.trim());
  const found = words.map((word) => methodNames.find((name) => name === word));
  if (found.includes(undefined)) throw new UsageError(`--methods takes ${methodNames.join(', ')}, separated by commas`);
  if (new Set(words).size < words.length) throw new UsageError('--methods has a way twice');
  return found.filter((name) => name !== undefined);
}

function entraOf(values: Values) {
  const { 'tenant-id': tenantId, 'entra-client-id': clientId, authority } = values;
  if (tenantId === undefined && clientId === undefined && authority === undefined) return undefined;
  if (tenantId === undefined || clientId === undefined) throw new UsageError('--tenant-id and --entra-client-id belong together');
  return { tenantId, clientId, ...(authority === undefined ? {} : { authority }) };
}

const MAX_SECONDS = 3600;

function secondsOf(value = '300'): number {
  const seconds = Number(value);
  if (!/^\d+$/.test(value) || seconds < 1 || seconds > MAX_SECONDS) throw new UsageError(`--timeout is a number of seconds from 1 to ${String(MAX_SECONDS)}`);
  return seconds;
}
