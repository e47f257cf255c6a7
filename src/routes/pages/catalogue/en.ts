// The pages in English.

import type { Catalogue } from './texts.ts';

export const en: Catalogue = {
  lang: 'en',
  name: 'English',
  languageList: 'Language',
  errorTitle: 'Error',
  signIn: {
    title: 'Sign in',
    continueTo: ['to continue to ', ''],
    user: 'User name',
    password: 'Password',
    submit: 'Sign in',
    or: 'or',
    pin: 'PIN or card number',
    pinHint: 'Type your PIN, or hold your card to a reader that is connected to this computer.',
    pinSubmit: 'Sign in with PIN or card',
    windows: 'Sign in with Windows',
    windowsHint: 'with the account that you use on this computer',
    microsoft: 'Sign in with Microsoft',
    microsoftSwitch: 'Use another Microsoft account',
  },
  notices: {
    wrongPassword: 'The user name or password is not right, or sign-in is paused; try again in some minutes.',
    wrongCredentials: 'The name, password, PIN or card is not right, or sign-in is paused; try again in some minutes.',
    windowsRefused: 'Your Windows sign-in was not accepted here. Please sign in with your name instead.',
    windowsNoTicket: 'Windows did not sign you in. Please use your name and password.',
    staleForm: 'This page had been open for too long. Please sign in again.',
    microsoftUnknown: 'Microsoft knows you, but your account does not belong to anybody at this print service. Use another account, or ask your print administrator.',
    microsoftCancelled: 'The sign-in with Microsoft was cancelled. You can try again, or sign in with your name.',
    microsoftNotAssigned: 'Your organisation has not given your account access to this print service. Use another account, or ask your IT department.',
    microsoftConditions: 'Your organisation does not allow this sign-in, for instance because of your device, or because a second confirmation is missing. Please ask your IT department.',
    microsoftOtherAccount: 'This account cannot be used here. Please use the work or school account of your organisation.',
    microsoftOut: 'Microsoft cannot be reached at the moment. Try again in a minute, or sign in with your name.',
    microsoftMisconfigured: 'Sign-in with Microsoft is not set up rightly here. Please tell your print administrator, and sign in with your name meanwhile.',
    microsoftRefused: 'Microsoft did not sign you in. Please try again, or sign in with your name.',
  },
  messages: {
    unknownClient: {
      title: 'This application is not known here',
      text: 'The application that sent you here is not registered with this print service, so you cannot sign in to it.',
      hint: 'Please tell your print administrator which application it was.',
    },
    redirectNotRegistered: {
      title: 'The way back is not registered',
      text: 'The application wants you to be sent to an address that is not registered for it. To keep you safe, nothing was sent there.',
      hint: 'Please tell your print administrator which application it was.',
    },
    faultyRequest: {
      title: 'The application’s request is faulty',
      text: 'The application that sent you here did not ask for your sign-in in the right way.',
      hint: 'Go back to the application and try again. If this happens again, please report the details below.',
    },
    otherSite: {
      title: 'This came from another site',
      text: 'Another web site tried to use your sign-in here. That is not allowed, and nothing was done.',
      hint: 'If you wanted to sign in, start from the application or from your printing page.',
    },
    staleForm: {
      title: 'This page was open for too long',
      text: 'For your safety a page waits only for a while, and only in the browser that opened it.',
      hint: 'Go back to the application and sign in again. Your browser must allow cookies for this site.',
    },
    notFound: {
      title: 'There is nothing here',
      text: 'This address leads to no page of the print service.',
      hint: 'Check the address for typing errors, or start from the application that you want to use.',
    },
    unavailable: {
      title: 'Sign-in is not available right now',
      text: 'The print service cannot check sign-ins at the moment. It is not your fault, and nothing is lost.',
      hint: 'Please try again in a minute. If it takes longer, please tell your print administrator.',
    },
    unexpected: {
      title: 'Something went wrong',
      text: 'The print service could not do this because of an error of its own.',
      hint: 'Please try again. If this happens again, please report the details below.',
    },
    userDisabled: {
      title: 'Your account is disabled',
      text: 'Your account at this print service is disabled, so you cannot sign in.',
      hint: 'Please ask your print administrator to enable it.',
    },
    windowsAccountUnknown: {
      title: 'Your Windows account is not known here',
      text: 'Windows told us who you are, but that account does not belong to anybody at this print service.',
      hint: 'Sign in with your name instead, or ask your print administrator to add your Windows account.',
    },
    signedOut: {
      title: 'You are signed out',
      text: 'Your sign-in at this print service has ended in this browser.',
      hint: 'On a shared computer, please close the browser as well.',
    },
    stillSignedIn: {
      title: 'You are still signed in',
      text: 'Nothing was changed. You can close this page.',
    },
    microsoftFlow: {
      title: 'This sign-in cannot be continued',
      text: 'It was not begun in this browser, took too long, or was finished already.',
      hint: 'Go back to the application and sign in again. Your browser must allow cookies for this site.',
    },
  },
  faults: {
    missing: (parameter) => `The request of the application lacks the parameter “${parameter}”.`,
    doubled: (parameter) => `The request of the application has the parameter “${parameter}” more than once.`,
    wrong: (parameter) => `The request of the application has a value for the parameter “${parameter}” that is not possible here.`,
  },
  signOut: {
    title: 'Sign out?',
    text: 'If you sign out, the applications that you opened with this sign-in will ask you to sign in again.',
    signedInAs: ['You are signed in as ', '.'],
    confirm: 'Sign out',
    stay: 'Stay signed in',
  },
  formPost: {
    title: 'One moment',
    text: ['We are taking you back to ', '.'],
    hint: 'If nothing happens, press Continue.',
    submit: 'Continue',
  },
  technical: { code: 'Error code', requestId: 'Request ID' },
};
