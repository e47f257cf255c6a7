// What an admin should know about a client that is right as it is, and yet may not do what he expects.

import { loopbackHosts } from '../clients/uri-fault.ts';
import type { Client } from '../stores/client-store.ts';

/** A sentence without a full stop each. */
export function notesOf({ id, isPublic, redirectUris, origins }: Client): readonly string[] {
  return isPublic && origins.length === 0 ? originNote(id, redirectUris) : [];
}

/** Where the page of a browser comes back to, it also asks for its tokens. A program on a desktop or a phone needs no origin. */
function originNote(id: string, redirectUris: readonly string[]): readonly string[] {
  const uris = redirectUris.filter((uri) => /^https?:/.test(uri)).map((uri) => new URL(uri));
  const origin = uris.find(({ hostname }) => !loopbackHosts.includes(hostname))?.origin;
  if (origin === undefined) return [];
  return [`a page in a browser needs --origin ${origin} to read the answers: myq-gateway clients set ${id} --add-origin ${origin}`];
}
