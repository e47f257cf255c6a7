// Tables of what a kind of value accepts and refuses.
import t from 'tap';
import type { Kind } from '../../src/config/values.ts';

/** Checks accepted texts with their values, then refused texts with what the fault must say. */
export function table<T>(
  name: string, kind: Kind<T>, good: readonly (readonly [string, T])[], bad: readonly (readonly [string, RegExp])[],
): void {
  t.test(name, async (t) => {
    for (const [text, value] of good) t.strictSame(kind.read(text, '/etc/gw'), { value }, text);
    for (const [text, wrong] of bad) t.match(kind.read(text, '/etc/gw'), { wrong }, text);
  });
}
