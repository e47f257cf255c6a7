// Shows a certificate at the terminal and asks whether to accept it.

import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { oneLine } from '../error.ts';
import type { AskPerson, CertificateQuestion } from '../trust/question.ts';

/** Anything but the whole word is a no. */
export function askAt(input: Readable, output: Writable, signal: AbortSignal): AskPerson {
  return async (question) => {
    output.write(describe(question));
    const terminal = createInterface({ input, output });
    // Whoever closes the input has not said yes.
    const closed = new Promise<string>((resolve) => { terminal.once('close', () => { resolve(''); }); });
    try {
      const answer = await Promise.race([terminal.question('Accept it from now on? Type yes or no: ', { signal }), closed]);
      return answer.trim().toLowerCase() === 'yes';
    } finally {
      terminal.close();
    }
  };
}

/** Subject, names, issuer, validity, fingerprint, and what is wrong. */
export function describe({ host, port, certificate, faults, before }: CertificateQuestion): string {
  const { subject, names, issuer, notBefore, notAfter, fingerprint } = certificate;
  const lines = [
    `The certificate of ${host}:${String(port)} is not trusted:`,
    ...faults.map(({ text }) => `  - ${text}`),
    `  subject      ${short(subject)}`,
    `  names        ${short(names.join(', ')) || '(none)'}`,
    `  issuer       ${short(issuer)}`,
    `  valid        ${day(notBefore)} to ${day(notAfter)}`,
    `  SHA-256      ${colons(fingerprint)}`,
    // Last, so that no certificate is long enough to push it out of sight.
    ...(before.length === 0 ? [] : [
      'Accepted before:',
      ...before.slice(-MAX_BEFORE).map((one) => `  - ${colons(one.fingerprint)} (${short(oneLine(one.subject))}), accepted ${day(one.acceptedAt)}`),
      'IT HAS CHANGED. Somebody may stand between you and the server.',
    ]),
    'Compare the fingerprint with the one that your admin tells you.',
  ];
  return `${lines.join('\n')}\n`;
}

const MAX_BEFORE = 5;

/** As much as fits on the screen beside the rest. */
const short = (text: string): string => (text.length <= 400 ? text : `${text.slice(0, 400)}…`);

const day = (milliseconds: number): string => new Date(milliseconds).toISOString().replace('T', ' ').replace(/\.\d+Z$/, ' UTC');

/** As other programs show it. */
export const colons = (fingerprint: string): string => fingerprint.toUpperCase().match(/../g)?.join(':') ?? '';
