// How lists and authentications are kept in columns of the embedded store.

import type { Authentication } from '../identity/authentication.ts';

/** The words of a list that was joined by spaces. */
export const words = (text: string): readonly string[] => text.split(' ').filter(Boolean);

/** The columns of an authentication, as a query names them. */
export const authenticationColumns = 'auth_time, amr, channel_binding, groups, entra_tenant, entra_at';

export interface AuthenticationRow {
  readonly auth_time: number;
  readonly amr: string;
  readonly channel_binding: 'bound' | 'none' | null;
  readonly groups: string | null;
  readonly entra_tenant: string | null;
  readonly entra_at: number | null;
}

/** The values for `authenticationColumns`, in their order. */
export const authenticationValues = (
  { at, methods, channelBinding, groups, entra }: Authentication,
): [number, string, string | null, string | null, string | null, number | null] =>
  [at, methods.join(' '), channelBinding ?? null, groups?.join(' ') ?? null, entra?.tenant ?? null, entra?.at ?? null];

/** The authentication that a row holds. */
export const authenticationOf = (row: AuthenticationRow): Authentication => ({
  at: row.auth_time,
  methods: words(row.amr),
  ...(row.channel_binding === null ? {} : { channelBinding: row.channel_binding }),
  ...(row.groups === null ? {} : { groups: words(row.groups) }),
  ...(row.entra_tenant === null || row.entra_at === null ? {} : { entra: { tenant: row.entra_tenant, at: row.entra_at } }),
});
