// What an admin, a file or a directory may say of a user, in one form: his e-mail address, full name and personal number.

import { isOneLine } from './terminal.ts';

/** RFC 5321 §4.5.3.1.3 caps the length; whether anybody reads it only a mail can tell. */
export const isEmail = (text: string): boolean => text.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(text) && isOneLine(text);

export const isFullName = (text: string): boolean => isLineUpTo(256, text);

export const isPersonalNumber = (text: string): boolean => isLineUpTo(64, text);

const isLineUpTo = (length: number, text: string): boolean => text.trim() !== '' && text.length <= length && isOneLine(text);

/** How each must be, as the end of a sentence. */
export const form = {
  email: 'is no e-mail address',
  fullName: 'must be one line of 1 to 256 characters',
  personalNumber: 'must be one line of 1 to 64 characters',
  card: 'must be 4 to 64 printable ASCII characters without blanks',
} as const;

/** The parts of a value that may hold several, separated by semicolons. */
export function severalIn(text: string): readonly string[] {
  return text.split(';').map((part) => part.trim()).filter((part) => part !== '');
}
