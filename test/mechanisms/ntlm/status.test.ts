// What winbind's words mean: the domain is out, the message was not understood, or it is a verdict about a person.

import t from 'tap';
import { cureOf, meaningOf } from '../../../src/mechanisms/ntlm/status.ts';

const meanings = {
  outage: [
    'NO_LOGON_SERVERS', 'DOMAIN_CONTROLLER_NOT_FOUND', 'IO_TIMEOUT', 'HOST_UNREACHABLE', 'NETWORK_UNREACHABLE', 'NETWORK_NAME_DELETED',
    'CONNECTION_REFUSED', 'CONNECTION_DISCONNECTED', 'PIPE_DISCONNECTED', 'PIPE_NOT_AVAILABLE', 'RPC_SEC_PKG_ERROR', 'RPC_NT_CALL_FAILED',
    'TRUSTED_RELATIONSHIP_FAILURE', 'TRUSTED_DOMAIN_FAILURE', 'NO_TRUST_SAM_ACCOUNT', 'NO_TRUST_LSA_SECRET', 'INTERNAL_ERROR', 'NO_MEMORY',
    'TOO_MANY_OPENED_FILES', 'ACCESS_DENIED', 'INSUFFICIENT_RESOURCES', 'TIME_DIFFERENCE_AT_DC', 'UNSUCCESSFUL', 'CANT_ACCESS_DOMAIN_INFO',
  ],
  message: ['INVALID_PARAMETER', 'BUFFER_TOO_SMALL', 'ILLEGAL_CHARACTER', 'MORE_PROCESSING_REQUIRED'],
  person: [
    'LOGON_FAILURE', 'WRONG_PASSWORD', 'NO_SUCH_USER', 'ACCOUNT_DISABLED', 'ACCOUNT_LOCKED_OUT', 'ACCOUNT_EXPIRED', 'ACCOUNT_RESTRICTION',
    'PASSWORD_EXPIRED', 'PASSWORD_MUST_CHANGE', 'INVALID_LOGON_HOURS', 'INVALID_WORKSTATION', 'LOGON_TYPE_NOT_GRANTED', 'NTLM_BLOCKED',
    'AUTHENTICATION_FIREWALL_FAILED', 'SOMETHING_NEW', 'constructor', '',
  ],
} as const;

for (const [meaning, words] of Object.entries(meanings)) {
  t.test(`words that mean: ${meaning}`, async (t) => {
    for (const word of words) {
      const status = `NT_STATUS_${word}`;
      t.equal(meaningOf(status), meaning, status);
      t.equal(cureOf(status) !== undefined, meaning === 'outage', `${status} and its cure`);
    }
  });
}

t.test('words that are none are verdicts', async (t) => {
  for (const status of ['', 'NT code 0xc0000418', 'nt_status_no_logon_servers', 'NT_STATUS_NETWORK', 'NT_STATUS_NT_STATUS_NO_LOGON_SERVERS']) {
    t.equal(meaningOf(status), 'person', status);
  }
});
