// Addresses → places, for limits.

import { isIPv4, isIPv6 } from 'node:net';

/**
 * What counts as one place: an IPv4 address, in its IPv6 form too (RFC 4291 §2.5.5.2), or the /64 of an IPv6 address, since
 * everybody has a whole one (RFC 6177). Any other text stands for itself.
 */
export function networkOf(address: string): string {
  if (isIPv4(address) || !isIPv6(address)) return address;
  // Without a zone the URL parser takes every IPv6 address and writes it in one way, without dotted parts.
  const [, host = ''] = /^\[(.*)\]$/.exec(new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname) ?? [];
  const [head = [], tail] = host.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const groups = tail === undefined ? [...head] : [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => '0'), ...tail];
  const mapped = groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff';
  if (!mapped) return `${groups.slice(0, 4).join(':')}::/64`;
  return groups.slice(6).flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]).join('.');
}
