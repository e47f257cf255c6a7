// What a catalogue holds: every text of every page, so that the compiler finds the one that a language lacks.

/** What stands before and after a name inside a sentence. */
export type Around = readonly [before: string, after: string];

/** What a page without a form says. */
export interface Message {
  readonly title: string;
  readonly text: string;
  /** What the reader can do, or whom to ask. */
  readonly hint?: string;
}

/** The messages by name. */
export type MessageName =
  | 'unknownClient' | 'redirectNotRegistered' | 'faultyRequest' | 'otherSite' | 'staleForm' | 'notFound'
  | 'unavailable' | 'unexpected' | 'userDisabled' | 'windowsAccountUnknown' | 'signedOut' | 'stillSignedIn' | 'microsoftFlow';

export interface Catalogue {
  /** BCP 47 tag. */
  readonly lang: string;
  /** The language's name in itself. */
  readonly name: string;
  /** Names the list of languages for screen readers. */
  readonly languageList: string;
  /** Before the title of a page that reports an error. */
  readonly errorTitle: string;
  readonly signIn: {
    readonly title: string;
    readonly continueTo: Around;
    readonly user: string;
    readonly password: string;
    readonly submit: string;
    readonly or: string;
    readonly pin: string;
    readonly pinHint: string;
    /** What a screen reader says of the button beside the field; begins with `submit`. */
    readonly pinSubmit: string;
    readonly windows: string;
    readonly windowsHint: string;
    readonly microsoft: string;
    /** Leads to the choice of another account there. */
    readonly microsoftSwitch: string;
  };
  readonly notices: {
    /** Where the page takes nothing else. */
    readonly wrongPassword: string;
    readonly wrongCredentials: string;
    readonly windowsRefused: string;
    readonly windowsNoTicket: string;
    readonly staleForm: string;
    /** Microsoft knows the person, and this service does not. */
    readonly microsoftUnknown: string;
    readonly microsoftCancelled: string;
    readonly microsoftNotAssigned: string;
    /** Conditional Access. */
    readonly microsoftConditions: string;
    /** A personal account, a guest, or somebody of another organisation. */
    readonly microsoftOtherAccount: string;
    readonly microsoftOut: string;
    readonly microsoftMisconfigured: string;
    readonly microsoftRefused: string;
  };
  readonly messages: Readonly<Record<MessageName, Message>>;
  /** Sentences about a parameter of a request, by what is wrong with it. */
  readonly faults: Readonly<Record<'missing' | 'doubled' | 'wrong', (parameter: string) => string>>;
  readonly signOut: {
    readonly title: string;
    readonly text: string;
    readonly signedInAs: Around;
    readonly confirm: string;
    readonly stay: string;
  };
  /** The page that carries an answer back to the client (form post). */
  readonly formPost: {
    readonly title: string;
    readonly text: Around;
    readonly hint: string;
    readonly submit: string;
  };
  readonly technical: {
    readonly code: string;
    readonly requestId: string;
  };
}
