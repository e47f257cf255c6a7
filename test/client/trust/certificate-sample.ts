// Certificates as a person accepts them.

import { createHash } from 'node:crypto';
import type { AcceptedCertificate } from '../../../src/client/trust/question.ts';

/** One for the host; `generation` tells several of one host apart. */
export const certificateOf = (host: string, port = 8090, generation = 1): AcceptedCertificate => ({
  host, port, fingerprint: createHash('sha256').update(`${host} ${String(generation)}`).digest('hex'),
  subject: `CN=${host}`, issuer: 'CN=Print CA, O=Exämple', notAfter: Date.UTC(2030, 0, 31), acceptedAt: Date.UTC(2026, 1, 1, 12),
});
