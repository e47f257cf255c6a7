// Text that is not the program's own, made harmless for a terminal.

const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** The text on one line, with controls and what turns the direction of writing as `\u{hex}`. */
export function oneLine(text: string): string {
  return text.replace(unsafe, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** True if the text can be shown as it is. */
export function isOneLine(text: string): boolean {
  return text.search(unsafe) < 0;
}
