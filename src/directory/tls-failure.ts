// Why a controller cannot be reached, or its certificate not be believed, in words that name what to mend.

import { DirectoryFailure } from './failure.ts';

interface Words {
  readonly detail: string;
  readonly cure?: string;
}

const unknownIssuer: Words = {
  detail: 'no CA that is trusted here has signed its certificate',
  cure: 'name the PEM file with the certificate of the CA that has in CaFile',
};

const network: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { detail: 'nothing listens there' },
  ENOTFOUND: { detail: 'its name has no address', cure: 'correct Url, or the DNS servers of this machine' },
  EAI_AGAIN: { detail: 'its name has no address, for the DNS servers do not answer' },
  EHOSTUNREACH: { detail: 'no route to it' },
  ENETUNREACH: { detail: 'no route to it' },
  ETIMEDOUT: { detail: 'it does not answer' },
  ECONNRESET: { detail: 'it ended the connection', cure: 'look whether it listens for LDAPS there, and for TLS 1.2 or later' },
};

const certificates: Readonly<Record<string, Words>> = {
  CERT_HAS_EXPIRED: { detail: 'its certificate has expired', cure: 'renew the certificate of the domain controller' },
  CERT_NOT_YET_VALID: { detail: 'its certificate is not valid yet', cure: 'compare the clocks of the two machines' },
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownIssuer,
  SELF_SIGNED_CERT_IN_CHAIN: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT: unknownIssuer,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownIssuer,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownIssuer,
  CERT_SIGNATURE_FAILURE: unknownIssuer,
};

/** The failure to say for whatever came up while connecting to the host. */
export function dialFailure(error: unknown, host: string): DirectoryFailure {
  if (error instanceof DirectoryFailure) {
    return new DirectoryFailure('out', error.detail ?? error.message, { cure: error.cure, cause: error });
  }
  const { detail, cure } = wordsOf(error, host);
  return new DirectoryFailure('out', detail, { cure, cause: error });
}

function wordsOf(error: unknown, host: string): Words {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return {
      detail: `its certificate is not for ${host} (${message})`,
      cure: 'use in Url the name that is in the certificate',
    };
  }
  return network[code] ?? certificates[code] ?? { detail: `no TLS connection (${code === '' ? message : `${code}: ${message}`})` };
}
