// `clients`: which programs may ask for tokens, and with what.

import { newClientSecret, secretDigest } from '../clients/secret.ts';
import { duration } from '../config/values.ts';
import { loadConfig } from '../config/load.ts';
import type { ClientRecord } from '../stores/client-store.ts';
import { openStore } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { describedClient, propertiesOf, type Described } from './clients-print.ts';
import { newClient, registrationOptions } from './clients-registration.ts';
import { Negative, readArguments, table, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway clients VERB [--config FILE] [--json]
  add NAME [--id ID] [--public] [--redirect-uri U]... [--grant G]... [--scope S]...
           [--post-logout-redirect-uri U]... [--origin O]... [--jwks FILE]
  list | show ID | remove ID
  secret ID [--keep-former DURATION]
A secret is shown once and never again. --keep-former lets the former ones live on for a while, such as 1h.
A client with keys (--jwks) signs assertions and has no secret; neither has a public client.`;

const options = {
  config: { type: 'string' }, json: { type: 'boolean' }, 'keep-former': { type: 'string' }, ...registrationOptions,
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>['values'];

/** What a verb answers: one client, perhaps with its new secret, or all of them. */
type Result = { readonly client: ClientRecord; readonly secret?: string | undefined } | readonly ClientRecord[] | undefined;

interface Action {
  /** Options that it takes beside --config and --json. */
  readonly takes: readonly (keyof typeof options)[];
  readonly named: boolean;
  run(store: Store, name: string, values: Values): Promise<Result>;
}

const actions: Readonly<Record<string, Action>> = {
  add: { takes: Object.keys(registrationOptions) as (keyof typeof registrationOptions)[], named: true, run: add },
  list: { takes: [], named: false, run: (store) => store.clients() },
  show: { takes: [], named: true, run: async (store, id) => ({ client: await find(store, id) }) },
  secret: { takes: ['keep-former'], named: true, run: renew },
  remove: { takes: [], named: true, run: remove },
};

/** The verb family. */
export const clients: Verb = {
  usage,
  run: async (argv) => {
    const { values, positionals: [verb = '', name = '', ...rest] } = readArguments(argv, options, 'myq-gateway clients --help');
    const action = Object.hasOwn(actions, verb) ? actions[verb] : undefined;
    const strange = Object.keys(values).filter((key) => !['config', 'json', ...(action?.takes ?? [])].includes(key));
    if (action === undefined || rest.length > 0 || action.named !== (name !== '') || strange.length > 0) {
      const where = verb === '' ? 'clients' : verb;
      const what = strange.length > 0 ? `--${strange.join(', --')} does not belong to ${where}` : 'that is no use of clients';
      throw new UsageError(`${what}; usage: myq-gateway clients --help`);
    }
    const store = await openStore(loadConfig(values.config ?? 'config.ini').config);
    try {
      return print(await action.run(store, name, values), values.json === true);
    } finally {
      await store.close();
    }
  },
};

async function add(store: Store, name: string, values: Values): Promise<Result> {
  const client = newClient(name, values);
  const secret = client.isPublic || client.jwks !== undefined ? undefined : newClientSecret();
  const isNew = await store.addClient(client, secret === undefined ? undefined : secretDigest(secret));
  if (!isNew) throw new Negative(`there is a client "${client.id}" already`);
  return { client: await find(store, client.id), secret };
}

async function renew(store: Store, id: string, values: Values): Promise<Result> {
  const kept = readDuration(values['keep-former']);
  const client = await find(store, id);
  if (client.isPublic) throw new Negative(`client "${id}" is public and has no secret`);
  if (client.jwks !== undefined) throw new Negative(`client "${id}" has keys and no secret`);
  const secret = newClientSecret();
  const formerUntil = kept === undefined ? undefined : Math.floor(Date.now() / 1000) + kept;
  if (!await store.setClientSecret(id, secretDigest(secret), formerUntil)) throw noClient(id);
  return { client: await find(store, id), secret };
}

async function remove(store: Store, id: string): Promise<undefined> {
  if (!await store.removeClient(id)) throw noClient(id);
}

async function find(store: Store, id: string): Promise<ClientRecord> {
  const client = await store.clientById(id);
  if (client === undefined) throw noClient(id);
  return client;
}

const noClient = (id: string): Negative => new Negative(`there is no client "${id}"; clients list shows the ids`);

/** Up to 90 days: a secret that is kept for longer is not being replaced. */
function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const kind = duration(1, 90 * 86_400);
  const read = kind.read(text, '');
  if ('wrong' in read) throw new UsageError(`--keep-former: ${read.wrong}; expected ${kind.expected}`);
  return read.value;
}

function print(result: Result, json: boolean): string | undefined {
  if (result === undefined) return json ? '{}' : undefined;
  if ('client' in result) {
    const described: Described = describedClient(result.client, result.secret);
    if (json) return JSON.stringify(described, undefined, 2);
    return `${table(propertiesOf(described))}${result.secret === undefined ? '' : '\nKeep the secret now: it is not shown again.'}`;
  }
  const all = result.map((client) => describedClient(client));
  if (json) return JSON.stringify(all, undefined, 2);
  const rows = all.map((one) => [
    one.client_id, one.client_name, one.token_endpoint_auth_method, one.grant_types.join(' '), one.scope, one.redirect_uris.join(' '),
  ]);
  return table([['CLIENT ID', 'NAME', 'AUTHENTICATION', 'GRANTS', 'SCOPES', 'REDIRECT URIS'], ...rows]);
}
