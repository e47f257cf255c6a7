// What winbind's refusals mean (MS-ERREF §2.3.1): whether the domain spoke about the person, or could not speak at all.

/**
 * `outage`: no domain controller was asked, or none trusts this machine. `message`: ntlm_auth itself did not understand the message,
 * and asked nobody. `person`: a verdict.
 */
export type StatusMeaning = 'outage' | 'message' | 'person';

const DOMAIN_CONTROLLER = 'no domain controller answers: check the network, the DNS servers of this machine, and the domain controllers';
const JOIN = 'the domain does not trust this machine: `net ads testjoin` tells, `net ads join` mends it';
const CLOCK = 'set the clock of this machine by the domain controllers';
const RIGHTS = 'winbindd is not running, or the account of the gateway is not in the group winbindd_priv';
const MEMORY = 'this machine has no memory or no open files left';

/** The outages and their cures; a word that ends in _ stands for all that begin so. */
const outages: Readonly<Record<string, string>> = {
  NO_LOGON_SERVERS: DOMAIN_CONTROLLER,
  DOMAIN_CONTROLLER_NOT_FOUND: DOMAIN_CONTROLLER,
  CANT_ACCESS_DOMAIN_INFO: DOMAIN_CONTROLLER,
  BAD_NETWORK_NAME: DOMAIN_CONTROLLER,
  BAD_NETWORK_PATH: DOMAIN_CONTROLLER,
  IO_TIMEOUT: DOMAIN_CONTROLLER,
  HOST_UNREACHABLE: DOMAIN_CONTROLLER,
  HOST_DOWN: DOMAIN_CONTROLLER,
  PORT_UNREACHABLE: DOMAIN_CONTROLLER,
  REMOTE_NOT_LISTENING: DOMAIN_CONTROLLER,
  UNEXPECTED_NETWORK_ERROR: DOMAIN_CONTROLLER,
  NETWORK_: DOMAIN_CONTROLLER,
  CONNECTION_: DOMAIN_CONTROLLER,
  PIPE_: DOMAIN_CONTROLLER,
  RPC_: DOMAIN_CONTROLLER,
  TRUSTED_RELATIONSHIP_FAILURE: JOIN,
  TRUSTED_DOMAIN_FAILURE: JOIN,
  TRUST_FAILURE: JOIN,
  NO_TRUST_SAM_ACCOUNT: JOIN,
  NO_TRUST_LSA_SECRET: JOIN,
  ACCESS_DENIED: JOIN,
  INVALID_SERVER_STATE: JOIN,
  TIME_DIFFERENCE_AT_DC: CLOCK,
  UNSUCCESSFUL: RIGHTS,
  INTERNAL_ERROR: 'see the log of winbindd',
  INTERNAL_DB_ERROR: 'see the log of winbindd',
  INTERNAL_DB_CORRUPTION: 'see the log of winbindd',
  NO_MEMORY: MEMORY,
  INSUFFICIENT_RESOURCES: MEMORY,
  TOO_MANY_OPENED_FILES: MEMORY,
};

const messages: ReadonlySet<string> = new Set([
  'INVALID_PARAMETER', 'INVALID_BUFFER_SIZE', 'BUFFER_TOO_SMALL', 'INVALID_NETWORK_RESPONSE', 'INVALID_TOKEN', 'ILLEGAL_CHARACTER',
  'UNMAPPABLE_CHARACTER', 'NOT_SUPPORTED', 'MORE_PROCESSING_REQUIRED',
]);

/** What a refusal with this word means, as in `NT_STATUS_LOGON_FAILURE`. A word that is not known here is a verdict. */
export function meaningOf(status: string): StatusMeaning {
  const word = status.replace(/^NT_STATUS_/, '');
  if (cureOfWord(word) !== undefined) return 'outage';
  return messages.has(word) ? 'message' : 'person';
}

/** What an administrator can do about an outage with this word, where that is known. */
export function cureOf(status: string): string | undefined {
  return cureOfWord(status.replace(/^NT_STATUS_/, ''));
}

function cureOfWord(word: string): string | undefined {
  if (Object.hasOwn(outages, word)) return outages[word];
  const family = Object.keys(outages).find((one) => one.endsWith('_') && word.startsWith(one));
  return family === undefined ? undefined : outages[family];
}
