// The door of the GSSAPI room: Kerberos handshakes over MIT's libgssapi_krb5, both halves. It knows nothing else of the gateway.
export { Acceptor, type AcceptStep } from './acceptor.ts';
export { Flag } from './context.ts';
export { Credential } from './credential.ts';
export { GssError, Major } from './error.ts';
export { Initiator, type InitiatorOptions, type InitStep } from './initiator.ts';
export { SourceName, type NameAttribute } from './name.ts';
export { Mechanism } from './oid.ts';
