// Names inside commands that an admin may copy from the log into a shell, or into cmd.

/** The name if no shell reads anything into it, else the placeholder: quoting would have to know which shell it will be. */
export function plainWord(name: string, placeholder: string): string {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.@-]*$/u.test(name) ? name : placeholder;
}

/** A path of our own configuration as one word of a POSIX shell (§2.2.2). */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
