// The door of the Desktop Client's half: the package's entry `./client`.

export { signIn, SignInError, type PassedOver, type SignedIn, type SignInOptions } from './sign-in.ts';
export { DESKTOP_CLIENT } from './way.ts';
export type { ClientMode, EndOfSession, Session } from './session.ts';
export type { Tokens } from './tokens.ts';
export type { Claims } from './claims.ts';
export { ClientError, clientReasons, type ClientReason, type ServerRefusal } from './error.ts';
export { methodNames, type MethodName, type Tell } from './method.ts';
export type { LockOptions } from './keep/lock.ts';
export { openCertStore, type CertStore, type WhichCertificates } from './trust/cert-store.ts';
export type { CertificateCheck, CertificateFault, ShownCertificate } from './trust/certificate.ts';
export type { AcceptedCertificate, AcceptedCertificates, AskPerson, CertificateQuestion } from './trust/question.ts';
export { CertificateError, type TrustOptions, type ValidationMode } from './trust/trust.ts';
export { openTokenFile, type KeptSignIn, type SignInFile, type TokenStore } from './keep/token-store.ts';
export { usualPlaces, type Places } from './places.ts';
export type { WindowsOptions } from './windows/windows.ts';
export type { EntraOptions } from './entra/entra.ts';
export type { EntraApplication } from './entra/application.ts';
export type { MsalOptions, NativeBroker } from './entra/msal.ts';
export type { AcquireOptions, IdTokens } from './entra/id-tokens.ts';
export type { BrowserOptions } from './browser/browser.ts';
