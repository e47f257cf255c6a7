// What a person types or holds to a reader, as credentials.

/** What was typed or read, as it came. */
export type SecretCredential =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  | { readonly kind: 'pin'; readonly pin: string }
  | { readonly kind: 'card'; readonly card: string }
  | { readonly kind: 'card-pin'; readonly card: string; readonly pin: string }
  | { readonly kind: 'card-password'; readonly card: string; readonly password: string };

/** One field of a page takes both a PIN and a card number. */
export type TypedCredential = SecretCredential | { readonly kind: 'pin-or-card'; readonly text: string };
