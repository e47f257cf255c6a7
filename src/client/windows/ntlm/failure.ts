// What is wrong with an NTLM sign-in, as this client's own errors: nothing from the server's bytes is in them.

import { ClientError } from '../../error.ts';

const otherWay = 'Sign in another way (with a ticket or in the browser), and tell the admin of the gateway: its NTLM does not answer as a domain member does.';

/** The server's challenge cannot be answered. */
export const badChallenge = (what: string): ClientError =>
  new ClientError('ntlm_failed', `the NTLM challenge of the server cannot be answered: ${what}`, { cure: otherWay });

/** The name or password given is none. */
export const badCredentials = (what: string): ClientError =>
  new ClientError('ntlm_no_credentials', `the credentials for NTLM cannot be used: ${what}`, {
    cure: 'Give the user name as DOMAIN\\user or as user@domain, and its password.',
  });
