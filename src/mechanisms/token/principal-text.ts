// How the components of a Kerberos name are written as one text.

const escapes: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\t', '\\t'],
  ['\b', '\\b'],
  ['\0', '\\0'],
]);

/**
 * Components joined by `/`, with `/`, `@`, `\` and four controls inside a component escaped as MIT's `krb5_unparse_name` does, so that
 * two different names never read the same: `['HTTP', 'print.myq.test']` → `HTTP/print.myq.test`.
 */
export function principalText(components: readonly string[]): string {
  return components.map((component) => component.replace(/[\\/@\n\t\b\0]/g, (c) => escapes.get(c) ?? `\\${c}`)).join('/');
}
