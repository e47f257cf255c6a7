// How the program tells a failure: a line, fields for --json, and an exit code.

import type { ClientError } from '../error.ts';
import { CertificateError } from '../trust/trust.ts';

/** The sentence, and what to do. */
export const failureLine = ({ message, cure }: ClientError): string => `${message}${cure === undefined ? '' : `. ${cure}`}`;

/** What --json tells of it; of a certificate also what a script could compare. */
export function failureFields(error: ClientError) {
  const { reason, message, cure, server } = error;
  return { reason, message, cure, server, ...certificateOf(error) };
}

/** What is thrown for a sign-in has the certificate's own failure as its cause. */
function certificateOf(error: ClientError) {
  const found = [error, error.cause].find((one) => one instanceof CertificateError);
  if (found === undefined) return {};
  const { certificate: { notBefore, notAfter, ...shown }, faults, before } = found.question;
  const dates = { not_before: new Date(notBefore).toISOString(), not_after: new Date(notAfter).toISOString() };
  return { certificate: { ...shown, ...dates, faults, accepted_before: before.map(({ fingerprint }) => fingerprint) } };
}

/** 2 for what was typed wrongly, as for wrong use; else 1. */
export const exitCode = ({ reason }: ClientError): number => (['address_invalid', 'authorities_unusable'].includes(reason) ? 2 : 1);

/** What JSON leaves as it is, and a terminal does not. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const escaped = (text: string): string =>
  text.split('').map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

/** A value as JSON in lines, with a line end. */
export const json = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replace(unseen, (one) => (one === '\n' ? one : escaped(one)))}\n`;
