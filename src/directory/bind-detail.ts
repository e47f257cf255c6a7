// Why a domain controller refused a bind, read from its diagnostic message (Windows error codes of MS-ERREF §2.2, in hexadecimal).

const words: Readonly<Record<string, string>> = {
  '525': 'there is no such account',
  '52e': 'the password is wrong',
  '52f': 'a restriction of the account forbids it',
  '530': 'the account may not sign in at this time',
  '531': 'the account may not sign in from this machine',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '534': 'the account may not sign in this way',
  '568': 'the account is in too many groups',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked out',
};

/** For the log: as in `the password has expired (data 532)`. */
export function bindDetail({ code, diagnostic }: { readonly code: number; readonly diagnostic: string }): string {
  const data = /\bdata ([0-9a-f]{1,8})\b/i.exec(diagnostic)?.[1]?.toLowerCase();
  if (data === undefined) return `the directory refused the bind (result ${code})`;
  return `${words[data] ?? 'the directory refused the bind'} (data ${data})`;
}
