// The keys of [Entra] and [Entra:name]: one tenant of Microsoft Entra ID whose people may sign in.

import { guidOf, PERSONAL_ACCOUNTS } from '../guid.ts';
import { hostname, httpsOrigin } from './addresses.ts';
import { key, optional, optionalSecret, required } from './keys.ts';
import { boolean, choice, duration, type Kind, path, quote, secretText } from './values.ts';

/** In lower case, as tokens have it. A name of a tenant may be given to another one; its id is not. */
const tenantId: Kind<string> = {
  expected: 'the Directory (tenant) ID, a GUID such as 72f988bf-86f1-41af-91ab-2d7cd011db47',
  read(text) {
    const value = guidOf(text);
    if (value === undefined) return { wrong: `${quote(text)} is not a GUID` };
    return value === PERSONAL_ACCOUNTS ? { wrong: 'this is the tenant of personal accounts, in which anybody can be' } : { value };
  },
};

/** In lower case, as tokens have it. */
const clientId: Kind<string> = {
  expected: 'the Application (client) ID, a GUID such as 6731de76-14a6-49ae-97bc-6eba6914391e',
  read(text) {
    const value = guidOf(text);
    return value === undefined ? { wrong: `${quote(text)} is not a GUID` } : { value };
  },
};

const domains: Kind<readonly string[]> = {
  expected: 'domain names separated by commas or blanks, each once, such as example.com',
  mayBeEmpty: true,
  read(text) {
    const names = text.toLowerCase().split(/[\s,]+/).filter((name) => name !== '');
    const odd = names.find((name) => !name.includes('.') || 'wrong' in hostname.read(name, ''));
    if (odd !== undefined) return { wrong: `${quote(odd)} is not a domain name` };
    const twice = names.find((name, index) => names.indexOf(name) < index);
    return twice === undefined ? { value: names } : { wrong: `${quote(twice)} is named twice` };
  },
};

/** Authentication contexts as Conditional Access knows them (Microsoft: "ID token claims", `acrs`). */
const contexts: Kind<readonly string[]> = {
  expected: 'authentication contexts separated by commas or blanks, such as c1',
  mayBeEmpty: true,
  read(text) {
    const names = text.split(/[\s,]+/).filter((name) => name !== '');
    const odd = names.find((name) => !/^[\w.:/-]{1,255}$/.test(name));
    return odd === undefined ? { value: [...new Set(names)] } : { wrong: `${quote(odd)} is not an authentication context` };
  },
};

export const entra = {
  plural: 'tenants',
  help: 'A tenant of Microsoft Entra ID. Without this section nobody comes in through Entra ID. For a further tenant, or a further application of '
    + 'the same, write the section again with a name of letters, digits and hyphens, as in [Entra:sales]; its secret is then also taken from '
    + 'MYQ_GATEWAY_ENTRA_SALES_CLIENTSECRET.',
  keys: {
    TenantId: required(tenantId, '72f988bf-86f1-41af-91ab-2d7cd011db47',
      'The tenant whose people may sign in: "Directory (tenant) ID" in the app registration. Tokens of every other tenant are refused.'),
    ClientId: required(clientId, '6731de76-14a6-49ae-97bc-6eba6914391e',
      'The app registration that ID tokens must be made out to: "Application (client) ID". The Desktop Client and the login page use the same.'),
    ClientSecret: optionalSecret(secretText, 'none', 'data/entra-client-secret',
      'A secret of the app registration: its Value, not its Secret ID. Needed for "Sign in with Microsoft" and for questions to Microsoft Graph, '
      + 'not for tokens that the Desktop Client brings.'),
    EnableSignInWithMicrosoft: key(boolean, 'False',
      'True: the login page offers "Sign in with Microsoft". The app registration needs the redirect URI https://<Hostname>:<Port>/auth, or <PublicUrl>/auth. False: '
      + 'only the Desktop Client\'s silent sign-in is taken.'),
    UserName: key(choice('userPrincipalName', 'displayName', 'upnPrefix', 'onPremisesSamAccountName'), 'userPrincipalName',
      'Which name of a person is his user name here: it finds the user whom he becomes at his first sign-in, and names a new one. After that his '
      + 'object ID alone counts. The last one is asked of Microsoft Graph.'),
    PairByObjectId: key(boolean, 'False',
      'True: a name alone makes nobody a user who is there already; only an object ID does (users set --entra-id, users import), or the SID of the '
      + 'domain account.'),
    TrustOnPremisesSids: optional(boolean, 'True with one tenant, False with several', 'True',
      'True: SIDs that the tenant tells of people and groups count, since it is synchronised from the domain whose they are: a person is then the '
      + 'user who was mirrored from that account. An administrator of the tenant can make it tell any: with several tenants only for your own.'),
    AllowGuests: key(boolean, 'False',
      'True: guests of the tenant may sign in, too. They are never taken for somebody by their name.'),
    Domains: key(domains, '',
      'The domains of the names of its people. An application that sends one of them as domain_hint is led there without a page; with several '
      + 'tenants a login name in one of them puts this tenant first on the page.'),
    AllowRefresh: key(boolean, 'False',
      'True: who came in through this tenant may stay signed in for RefreshTokenLifetime, through applications that ask for it. Entra ID is then '
      + 'not asked again: whoever is blocked there goes on here until then. False: nobody gets a refresh token, and those given before end.'),
    Replay: key(choice('Allow', 'Once'), 'Allow',
      'Allow: the same application may bring the same ID token again until it expires, since the Microsoft library hands it out again. Once: '
      + 'every ID token is good for one sign-in.'),
    MaxTokenAge: optional(duration(60, 86_400), 'until the token expires', '30m',
      'An ID token that was issued longer ago is refused, though it has not expired.'),
    RequireAcrs: key(contexts, '',
      'Only sign-ins that Conditional Access has found good for all of these authentication contexts. The app registration must have the optional '
      + 'claim acrs.'),
    Authority: key(httpsOrigin, 'https://login.microsoftonline.com',
      'Where Entra ID is. National clouds have their own, such as https://login.microsoftonline.us.'),
    CaFile: optional(path, 'the authorities that this machine trusts', 'tls/proxy-ca.pem',
      'The authorities in PEM that sign the certificates of Authority and of Microsoft Graph, where this machine does not trust them anyway, as with '
      + 'a proxy that looks into TLS. They take the place of those that it trusts.'),
  },
} as const;
