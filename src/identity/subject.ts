// Who was proved, as far as a mechanism can tell.

import type { Principal } from './principal.ts';

/** Somebody of a Kerberos realm, who may be nobody here, or the owner of a secret that this gateway keeps. */
export type Subject =
  | { readonly kind: 'principal'; readonly principal: Principal }
  | {
    readonly kind: 'user';
    readonly id: string;
    readonly name: string;
    /** What it was before his secret was looked at: a check takes a while, and the secret may be changed meanwhile. */
    readonly epoch: number;
  };

/** His canonical name, for the log. */
export function subjectName(subject: Subject): string {
  return subject.kind === 'principal' ? subject.principal.canonical : subject.name;
}
