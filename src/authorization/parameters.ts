// Reads the parameters of a request that may have come by query or by form: each once, none empty (RFC 6749 §3.1).

/** As a query or form parser gives them: a list where a name came more than once. */
export type RawParameters = Readonly<Record<string, unknown>>;

export interface Parameters {
  /** The value; undefined if it is absent, empty (which means the same) or came more than once. */
  get(name: string): string | undefined;
  /** Names among these that came more than once. */
  doubled(names: readonly string[]): readonly string[];
}

/** Wraps them. Values that are no text (a parser of JSON could give such) count as absent. */
export function parameters(raw: RawParameters): Parameters {
  const own = (name: string): unknown => (Object.hasOwn(raw, name) ? raw[name] : undefined);
  return {
    get: (name) => {
      const value = own(name);
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
    doubled: (names) => names.filter((name) => Array.isArray(own(name))),
  };
}

/** For the log: what a stranger sent, without its tricks and at a bearable length. */
export const shown = (text: string): string => JSON.stringify(text.slice(0, 300).replace(/[^\x20-\x7e]/g, '?'));

/** Those of them that have these names, as a query. What else was posted, a password perhaps, does not get into an address. */
export function toQuery(raw: RawParameters, names: readonly string[]): string {
  const pairs = names.filter((name) => Object.hasOwn(raw, name))
    .flatMap((name) => [raw[name]].flat().map((one): [string, string] => [name, String(one)]));
  return new URLSearchParams(pairs).toString();
}
