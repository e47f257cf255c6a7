// What is wrong with the spelling of a URI that shall be registered (RFC 3986), and its parts if nothing is.

/** Longer ones would not fit everywhere that a redirect passes. */
const MAX_LENGTH = 2048;

/** The hosts that `http` is good for: nothing leaves the machine (RFC 8252 §7.3, §8.3). */
export const loopbackHosts: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

/** The parts of a URI, as they are written. */
export interface UriParts {
  readonly scheme: string;
  /** What stands between `//` and the path; undefined without `//`. */
  readonly authority: string | undefined;
  readonly path: string;
  readonly query: string;
}

/** Takes a URI without a fragment apart; undefined if it is relative. Nothing is decoded or normalised. */
export function uriParts(uri: string): UriParts | undefined {
  const [, scheme, authority, path = '', query = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):(?:\/\/([^/?]*))?([^?]*)(?:\?(.*))?$/.exec(uri) ?? [];
  return scheme === undefined ? undefined : { scheme, authority, path, query };
}

/** Characters that have no place in a URI here, whatever its parts: each of them is read differently by different programs. */
export function characterFault(uri: string): string | undefined {
  if (uri === '') return 'must not be empty';
  if (uri.length > MAX_LENGTH) return `must have no more than ${String(MAX_LENGTH)} characters`;
  if (/[\x00-\x20\x7f]/.test(uri)) return 'must have no blanks or control characters';
  if (/[^\x21-\x7e]/.test(uri)) return 'must be ASCII: write the host as punycode (xn--...) and percent-encode the rest';
  if (uri.includes('*')) return 'must be complete: there are no wildcards (*)';
  if (uri.includes('\\')) return 'must have no backslash';
  if (uri.includes('#')) return 'must have no fragment (#)';
  const odd = /["<>^`{|}]/.exec(uri);
  if (odd !== null) return `must have no ${odd[0]}`;
  if (/%(?![0-9a-f]{2})/i.test(uri)) return 'must have two hexadecimal digits after each %';
  if (/%(?:[01][0-9a-f]|7f)/i.test(uri)) return 'must spell no control characters';
  return undefined;
}

/** Host and port of `http` and `https`. What a browser would read as another host than is written is refused. */
export function authorityFault(scheme: 'http' | 'https', authority: string | undefined): string | undefined {
  if (authority === undefined || authority === '') return `must have // and a host after ${scheme}:`;
  if (authority.includes('@')) return 'must have no user name (@) before the host';
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(authority) ?? [];
  if (host === undefined || !/^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)$/i.test(host)) return 'must have a host name or address after //';
  if (host !== host.toLowerCase()) return 'must have its host in lower case';
  if (port !== undefined && !isPort(port)) return 'must have a port from 1 to 65535 after the host, or none';
  const read = URL.canParse(`${scheme}://${host}`) ? new URL(`${scheme}://${host}`).hostname : undefined;
  if (read === undefined) return 'must have a host name or address after //';
  if (read !== host) return `must have its host as it is read: ${read}`;
  if (scheme === 'http' && !loopbackHosts.includes(host)) return `must begin with https: http is only for ${loopbackHosts.join(', ')}`;
  return undefined;
}

/** A private-use scheme, a domain name read backwards (RFC 8252 §7.1). */
export function privateUseFault({ scheme, authority, path }: UriParts): string | undefined {
  if (!/^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+$/.test(scheme)) {
    return 'must begin with https, or with a scheme that has a dot such as com.example.app (RFC 8252 section 7.1)';
  }
  if (authority === undefined ? !path.startsWith('/') : !/^[A-Za-z0-9._-]*$/.test(authority)) {
    return `must go on with a path after ${scheme}:, such as ${scheme}:/callback`;
  }
  return undefined;
}

/** Segments that mean a move in the path: a browser would follow them, and go elsewhere than is written (RFC 3986 §5.2.4). */
export function pathFault(path: string): string | undefined {
  const moves = path.split(/\/|%2f|%5c/i).some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
  return moves ? 'must have no . or .. in its path' : undefined;
}

/** Decimal, without leading zeros. */
export function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}
