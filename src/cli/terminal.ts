// Text that is not the program's own, made harmless for a terminal.

/** Would move the cursor, start a line or turn the direction of writing. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Besides that: what shows nothing, has no agreed look, or is a blank that is none. Some languages need some of it in people's names. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

const escape = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** The text on one line, with controls and what turns the direction of writing as `\u{hex}`. */
export function oneLine(text: string): string {
  return text.replace(unsafe, escape);
}

/** The text of a complaint: whatever cannot be seen, and may be what is wrong, as `\u{hex}`. */
export function visible(text: string): string {
  return text.replace(invisible, escape);
}

/** True if the text can be shown as it is. */
export function isOneLine(text: string): boolean {
  return text.search(unsafe) < 0;
}
