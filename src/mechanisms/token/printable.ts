// Untrusted text made safe for a log line, a terminal or a report.

// Controls, format characters (bidi, zero width), lone surrogates, unassigned and private use, fillers, line separators, odd spaces;
// and the backslash, so that an escape cannot be forged.
const unsafe = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\\]|(?! )\p{Zs}/u;

function escape(character: string): string {
  if (!unsafe.test(character)) return character;
  if (character === '\\') return '\\\\';
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/**
 * `text` with every character that does not show as itself written as `\u{hex}`, and a backslash doubled.
 * @param max  most characters (UTF-16 units) of the result, at least 1; a longer one is cut between characters and ends in `…`
 */
export function printable(text: string, max = 200): string {
  const pieces: string[] = [];
  let length = 0;
  for (const character of text) {
    const piece = escape(character);
    pieces.push(piece);
    length += piece.length;
    if (length > max) return cut(pieces, length, max);
  }
  return pieces.join('');
}

function cut(pieces: string[], length: number, max: number): string {
  for (let left = length; left >= max; ) left -= pieces.pop()?.length ?? left;
  return `${pieces.join('')}…`;
}
