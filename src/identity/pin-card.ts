// PINs and card numbers: their one spelling, and the keyed digests under which the store finds whose they are.

import { createHmac, randomInt, type KeyObject } from 'node:crypto';

const MIN_DIGITS = 6;
const MAX_DIGITS = 12;

/** The PIN if it has 6 to 12 ASCII digits, else undefined. Leading zeros count. */
export function normalisePin(text: string): string | undefined {
  return /^[0-9]{6,12}$/.test(text) ? text : undefined;
}

/**
 * The number of a card, or undefined if it has not 4 to 64 printable ASCII characters without blanks. Some readers send
 * hexadecimal digits in small letters and some in capitals, so that case does not count.
 */
export function normaliseCard(text: string): string | undefined {
  return /^[\x21-\x7E]{4,64}$/.test(text) ? text.toUpperCase() : undefined;
}

/** Why this cannot be a new PIN, as the end of a sentence; undefined if it can. What people try first is refused. */
export function pinFault(text: string): string | undefined {
  const pin = normalisePin(text);
  if (pin === undefined) return `a PIN has ${String(MIN_DIGITS)} to ${String(MAX_DIGITS)} digits`;
  // In runs 0 follows 9, as on a keyboard.
  const steps = new Set(Array.from(pin.slice(1), (digit, index) => (Number(digit) - Number(pin[index]) + 10) % 10));
  if (steps.size > 1) return undefined;
  if (steps.has(0)) return 'a PIN of one digit only is guessed at once';
  return steps.has(1) || steps.has(9) ? 'a PIN of digits in a row is guessed at once' : undefined;
}

/** A random PIN of six digits without a `pinFault`; all are equally likely. */
export function newPin(): string {
  for (;;) {
    const pin = String(randomInt(10 ** MIN_DIGITS)).padStart(MIN_DIGITS, '0');
    if (pinFault(pin) === undefined) return pin;
  }
}

/** HMAC-SHA-256 of a normalised PIN, base64url. Without the key a PIN cannot be guessed from it. */
export function pinDigest(key: KeyObject, pin: string): string {
  return digest(key, 'pin', pin);
}

/** The same of a normalised card number. A PIN and a card of the same digits have different digests. */
export function cardDigest(key: KeyObject, card: string): string {
  return digest(key, 'card', card);
}

function digest(key: KeyObject, kind: 'pin' | 'card', text: string): string {
  return createHmac('sha256', key).update(`${kind}\0${text}`).digest('base64url');
}
