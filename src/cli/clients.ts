// `clients`: which programs may ask for tokens, and with what.

import { newClientSecret, secretDigest } from '../clients/secret.ts';
import { duration } from '../config/values.ts';
import { loadConfig } from '../config/load.ts';
import type { ClientRecord } from '../stores/client-store.ts';
import { openStore } from '../stores/open.ts';
import type { Store } from '../stores/store.ts';
import { notesOf } from './clients-notes.ts';
import { printed, type Result, type Shown } from './clients-print.ts';
import { newClient, registrationOptions } from './clients-registration.ts';
import { changedClient, changeOptions } from './clients-set.ts';
import { Negative, readArguments, readName, readVerb, UsageError, type Verb } from './verb.ts';

const usage = `myq-gateway clients VERB [--config FILE] [--json]
  add NAME [--id ID] [--public] [--redirect-uri U]... [--grant G]... [--scope S]...
           [--post-logout-redirect-uri U]... [--origin O]... [--jwks FILE]
  set ID [--name NAME] [--add-redirect-uri U]... [--add-post-logout-redirect-uri U]... [--add-origin O]... [--add-scope S]...
         [--add-grant G]..., and --remove-... for each --add-...
  list | show ID | remove ID
  secret ID [--keep-former DURATION]
set does all that is asked, or nothing. Secrets and sign-ins stay; a scope that is taken is gone from the next refresh on.
A secret is shown once and never again. --keep-former lets the former ones live on for a while, such as 1h.
A client with keys (--jwks) signs assertions and has no secret; neither has a public client.`;

const options = {
  config: { type: 'string' }, json: { type: 'boolean' }, 'keep-former': { type: 'string' }, ...registrationOptions, ...changeOptions,
} as const;

type Values = ReturnType<typeof readArguments<typeof options>>['values'];

interface Action {
  /** Options that it takes beside --config and --json. */
  readonly takes: readonly (keyof typeof options)[];
  /** What the usage calls the client's name; undefined if it is about none. */
  readonly name?: 'NAME' | 'ID';
  run(store: Store, name: string, values: Values): Promise<Result>;
}

const optionsOf = <T extends Partial<typeof options>>(some: T) => Object.keys(some) as (keyof T & keyof typeof options)[];

const actions: Readonly<Record<string, Action>> = {
  add: { takes: optionsOf(registrationOptions), name: 'NAME', run: add },
  list: { takes: [], run: (store) => store.clients() },
  show: { takes: [], name: 'ID', run: async (store, id) => ({ client: await find(store, id) }) },
  set: { takes: optionsOf(changeOptions), name: 'ID', run: set },
  secret: { takes: ['keep-former'], name: 'ID', run: renew },
  remove: { takes: [], name: 'ID', run: remove },
};

/** The verb family. */
export const clients: Verb = {
  usage,
  run: async (argv) => {
    const verb = readVerb(argv, options, 'clients', Object.keys(actions));
    const action = actions[verb] as Action;
    const { values, positionals: [, ...names] } = readArguments(argv, options, 'myq-gateway clients --help');
    const strange = Object.keys(values).filter((key) => !['config', 'json', ...action.takes].includes(key));
    if (strange.length > 0) throw new UsageError(`--${strange.join(', --')} does not belong to ${verb}; usage: myq-gateway clients --help`);
    const name = readName(`clients ${verb}`, names, action.name);
    const store = await openStore(loadConfig(values.config ?? 'config.ini').config);
    try {
      return printed(await action.run(store, name, values), values.json === true);
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
  return { client: await find(store, client.id), secret, notes: notesOf(client) };
}

async function set(store: Store, id: string, values: Values): Promise<Shown> {
  const former = await find(store, id);
  const changed = changedClient(former, values);
  switch (await store.replaceClient(former, changed)) {
    case 'replaced': {
      const known = notesOf(former);
      return { client: await find(store, id), notes: notesOf(changed).filter((note) => !known.includes(note)) };
    }
    case 'stale':
      // Somebody else's change came in between, and this one is built anew on it.
      return set(store, id, values);
    case 'no-client':
      throw noClient(id);
  }
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
