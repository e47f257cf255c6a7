// Who was proved, as far as a mechanism can tell.

import { type EntraPerson, shownPerson } from './entra-people.ts';
import type { Principal } from './principal.ts';

/** Somebody of a Kerberos realm or of Entra ID, who may be nobody here, or the owner of a secret that this gateway keeps. */
export type Subject =
  | { readonly kind: 'principal'; readonly principal: Principal }
  | { readonly kind: 'entra'; readonly person: EntraPerson }
  | {
    readonly kind: 'user';
    readonly id: string;
    readonly name: string;
    /** What it was before his secret was looked at: a check takes a while, and the secret may be changed meanwhile. */
    readonly epoch: number;
  };

/** His canonical name, for the log. */
export function subjectName(subject: Subject): string {
  switch (subject.kind) {
    case 'principal': return subject.principal.canonical;
    case 'entra': return shownPerson(subject.person);
    case 'user': return subject.name;
  }
}
