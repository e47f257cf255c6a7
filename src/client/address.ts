// The address of the gateway, as people and configurations write it.

import { isIP } from 'node:net';
import { ClientError, oneLine } from './error.ts';

const DEFAULT_PORT = 8090;
/** Characters of a name in the DNS (RFC 1035 §2.3.4). */
const MAX_NAME = 253;

/**
 * The origin that somebody means: `https://name` is what it says, port 443; a bare name means the usual port.
 * @throws ClientError `address_invalid` if it is no address of a gateway
 */
export function originOf(text: string): URL {
  const bad = (why: string): ClientError =>
    new ClientError('address_invalid', `"${oneLine(text)}" is no address of a gateway: ${why}`, { cure: 'Write it as in https://print.example.com:8090.' });
  const hasScheme = text.includes('://');
  const rest = isIP(text) === 6 ? `[${text}]` : text;
  const withScheme = hasScheme ? text : `https://${rest}`;
  // URL would leave them out silently.
  if (/[\s\p{Cc}]/u.test(text)) throw bad('there is a space or a control character in it');
  if (!URL.canParse(withScheme)) throw bad('it cannot be read');
  const url = new URL(withScheme);
  if (url.protocol !== 'https:') throw bad('sign-in is spoken over https only');
  if (url.username !== '' || url.password !== '') throw bad('a user name does not belong there');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw bad('nothing belongs behind the host and the port');
  if (url.port === '0') throw bad('there is no port 0');
  // The gateway, its tickets and its certificate know the name without the root's dot.
  url.hostname = url.hostname.replace(/\.$/, '');
  if (url.hostname.length > MAX_NAME) throw bad('the name is too long');
  if (/^\.|\.\.|\.$/.test(url.hostname)) throw bad('a part of the name is empty');
  // URL hides a 443 that was given, but not with `http`.
  if (!hasScheme && url.port === '' && new URL(`http://${rest}`).port !== '443') url.port = String(DEFAULT_PORT);
  return url;
}

/** In lower case, without the brackets of an IPv6 address. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').toLowerCase();

/**
 * A place to connect to: `host` or `host:port`.
 * @param port if none is given
 * @throws ClientError `address_invalid` if it is none
 */
export function placeOf(connectTo: string, port: number): { readonly host: string; readonly port: number } {
  const authority = isIP(connectTo) === 6 ? `[${connectTo}]` : connectTo;
  const isPlace = /^[^/\\@?#\s\p{Cc}]+$/u.test(authority) && URL.canParse(`http://${authority}`);
  const [, given] = /:(\d+)$/.exec(authority) ?? [];
  if (!isPlace || Number(given) === 0) {
    throw new ClientError('address_invalid', `"${oneLine(connectTo)}" is no place to connect to: it must be host or host:port`);
  }
  return { host: hostOf(new URL(`http://${authority}`)), port: given === undefined ? port : Number(given) };
}
