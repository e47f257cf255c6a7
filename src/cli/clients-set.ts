// What `clients set` makes of a client: the same one with some of its properties changed, whose every fault is told at once.

import { clientFaults } from '../clients/registration.ts';
import { canonicalScopes } from '../tokens/scopes.ts';
import type { Client, ClientProperties } from '../stores/client-store.ts';
import { Negative, readWords, UsageError } from './verb.ts';

const texts = { type: 'string', multiple: true } as const;

/** The options of `set`. */
export const changeOptions = {
  name: { type: 'string' },
  'add-redirect-uri': texts, 'remove-redirect-uri': texts,
  'add-post-logout-redirect-uri': texts, 'remove-post-logout-redirect-uri': texts,
  'add-origin': texts, 'remove-origin': texts,
  'add-scope': texts, 'remove-scope': texts,
  'add-grant': texts, 'remove-grant': texts,
} as const;

type ListOption = Exclude<keyof typeof changeOptions, 'name'>;

/** Their values, as readArguments answers them. */
export type ChangeValues = { readonly name?: string | undefined } & { readonly [O in ListOption]?: readonly string[] | undefined };

interface ListChange {
  readonly property: Exclude<keyof ClientProperties, 'name'>;
  readonly what: string;
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

/** The client after the change. Throws UsageError if that is none that can be, Negative if something to be taken is not there. */
export function changedClient(former: Client, values: ChangeValues): Client {
  const changes = readChanges(values);
  if (values.name === undefined && changes.every(({ add, remove }) => add.length + remove.length === 0)) {
    throw new UsageError('clients set needs one of its options; usage: myq-gateway clients --help');
  }
  const both = changes.flatMap(({ what, add, remove }) => named(what, add.filter((one) => remove.includes(one))));
  if (both.length > 0) throw new UsageError(`${both.join(', ')} cannot be added and removed at once`);
  const absent = changes.flatMap(({ property, what, remove }) => named(what, remove.filter((one) => !former[property].includes(one))));
  if (absent.length > 0) throw new Negative(`nothing was changed: client "${former.id}" has no ${absent.join(', no ')}`);
  const lists = Object.fromEntries(changes.map(({ property, add, remove }) =>
    [property, [...new Set([...former[property].filter((one) => !remove.includes(one)), ...add])]])) as Partial<Client>;
  const changed: Client = { ...former, ...lists, name: values.name ?? former.name };
  const faults = clientFaults(changed);
  if (faults.length > 0) throw new UsageError(`nothing was changed: ${faults.join('; ')}`);
  return changed;
}

function readChanges(values: ChangeValues): readonly ListChange[] {
  const scopes = (option: 'add-scope' | 'remove-scope'): readonly string[] => canonicalScopes(readWords(option, values[option]));
  const grants = (option: 'add-grant' | 'remove-grant'): readonly string[] => readWords(option, values[option]);
  const uris = (option: ListOption): readonly string[] => values[option] ?? [];
  return [
    { property: 'redirectUris', what: 'redirect URI', add: uris('add-redirect-uri'), remove: uris('remove-redirect-uri') },
    {
      property: 'postLogoutRedirectUris', what: 'post-logout redirect URI',
      add: uris('add-post-logout-redirect-uri'), remove: uris('remove-post-logout-redirect-uri'),
    },
    { property: 'origins', what: 'origin', add: uris('add-origin'), remove: uris('remove-origin') },
    { property: 'scopes', what: 'scope', add: scopes('add-scope'), remove: scopes('remove-scope') },
    { property: 'grants', what: 'grant', add: grants('add-grant'), remove: grants('remove-grant') },
  ];
}

const named = (what: string, values: readonly string[]): readonly string[] =>
  [...new Set(values)].map((value) => `${what} "${value.slice(0, 200)}"`);
