// Keeps other web sites from making a visitor's browser sign in: their requests end before any challenge.

import type { FastifyRequest } from 'fastify';
import { RequestError } from '../errors.ts';

/** Fetch metadata (W3C) of a request that this origin's own page made, or no page at all. */
const ownSites: readonly unknown[] = [undefined, 'same-origin', 'none'];

/** A hook that refuses a request which says that another origin's page made it. Programs send neither header. */
export function refuseCrossSite(issuer: string): (request: FastifyRequest) => Promise<void> {
  const { origin: own } = new URL(issuer);
  return async ({ headers }) => {
    const { origin } = headers;
    if ((origin !== undefined && origin !== own) || !ownSites.includes(headers['sec-fetch-site'])) {
      throw new RequestError('access_denied', 'Pages of other sites cannot sign in here.');
    }
  };
}
