// The pages in German.

import type { Catalogue } from './texts.ts';

export const de: Catalogue = {
  lang: 'de',
  name: 'Deutsch',
  languageList: 'Sprache',
  errorTitle: 'Fehler',
  signIn: {
    title: 'Anmelden',
    continueTo: ['um mit ', ' fortzufahren'],
    user: 'Benutzername',
    password: 'Passwort',
    submit: 'Anmelden',
    or: 'oder',
    pin: 'PIN oder Kartennummer',
    pinHint: 'Geben Sie Ihre PIN ein oder halten Sie Ihre Karte an ein Lesegerät, das mit diesem Computer verbunden ist.',
    pinSubmit: 'Anmelden mit PIN oder Karte',
    windows: 'Mit Windows anmelden',
    windowsHint: 'mit dem Konto, das Sie an diesem Computer verwenden',
    microsoft: 'Mit Microsoft anmelden',
    microsoftSwitch: 'Anderes Microsoft-Konto verwenden',
  },
  notices: {
    wrongPassword: 'Benutzername oder Passwort stimmt nicht, oder die Anmeldung ist vorübergehend ausgesetzt. Bitte versuchen Sie es in einigen Minuten erneut.',
    wrongCredentials: 'Name, Passwort, PIN oder Karte stimmt nicht, oder die Anmeldung ist vorübergehend ausgesetzt. Bitte versuchen Sie es in einigen Minuten erneut.',
    windowsRefused: 'Ihre Windows-Anmeldung wurde hier nicht akzeptiert. Bitte melden Sie sich stattdessen mit Ihrem Namen an.',
    windowsNoTicket: 'Windows hat Sie nicht angemeldet. Bitte verwenden Sie Ihren Namen und Ihr Passwort.',
    staleForm: 'Diese Seite war zu lange geöffnet. Bitte melden Sie sich erneut an.',
    microsoftUnknown: 'Microsoft kennt Sie, aber Ihr Konto gehört bei diesem Druckdienst zu niemandem. Verwenden Sie ein anderes Konto, oder fragen Sie Ihre Druckadministration.',
    microsoftCancelled: 'Die Anmeldung mit Microsoft wurde abgebrochen. Sie können es noch einmal versuchen oder sich mit Ihrem Namen anmelden.',
    microsoftNotAssigned: 'Ihre Organisation hat Ihrem Konto keinen Zugang zu diesem Druckdienst gegeben. Verwenden Sie ein anderes Konto, oder fragen Sie Ihre IT-Abteilung.',
    microsoftConditions: 'Ihre Organisation erlaubt diese Anmeldung nicht, etwa wegen Ihres Geräts oder weil eine zweite Bestätigung fehlt. Bitte fragen Sie Ihre IT-Abteilung.',
    microsoftOtherAccount: 'Dieses Konto kann hier nicht verwendet werden. Bitte nehmen Sie das Geschäfts-, Schul- oder Unikonto Ihrer Organisation.',
    microsoftOut: 'Microsoft ist zurzeit nicht erreichbar. Versuchen Sie es in einer Minute noch einmal, oder melden Sie sich mit Ihrem Namen an.',
    microsoftMisconfigured: 'Die Anmeldung mit Microsoft ist hier nicht richtig eingerichtet. Bitte sagen Sie es Ihrer Druckadministration, und melden Sie sich inzwischen mit Ihrem Namen an.',
    microsoftRefused: 'Microsoft hat Sie nicht angemeldet. Bitte versuchen Sie es noch einmal, oder melden Sie sich mit Ihrem Namen an.',
  },
  messages: {
    unknownClient: {
      title: 'Diese Anwendung ist hier nicht bekannt',
      text: 'Die Anwendung, die Sie hierher geschickt hat, ist bei diesem Druckdienst nicht registriert. Sie können sich deshalb nicht bei ihr anmelden.',
      hint: 'Bitte teilen Sie Ihrem IT-Support mit, welche Anwendung es war.',
    },
    redirectNotRegistered: {
      title: 'Der Rückweg ist nicht registriert',
      text: 'Die Anwendung möchte Sie an eine Adresse schicken, die nicht für sie registriert ist. Zu Ihrer Sicherheit wurde nichts dorthin gesendet.',
      hint: 'Bitte teilen Sie Ihrem IT-Support mit, welche Anwendung es war.',
    },
    faultyRequest: {
      title: 'Die Anfrage der Anwendung ist fehlerhaft',
      text: 'Die Anwendung, die Sie hierher geschickt hat, hat Ihre Anmeldung nicht richtig angefordert.',
      hint: 'Kehren Sie zur Anwendung zurück und versuchen Sie es erneut. Wenn das wieder geschieht, melden Sie bitte die Angaben unten.',
    },
    otherSite: {
      title: 'Das kam von einer anderen Website',
      text: 'Eine andere Website hat versucht, Ihre Anmeldung hier zu benutzen. Das ist nicht erlaubt, und es ist nichts geschehen.',
      hint: 'Wenn Sie sich anmelden wollten, beginnen Sie in der Anwendung oder auf Ihrer Druckseite.',
    },
    staleForm: {
      title: 'Diese Seite war zu lange geöffnet',
      text: 'Zu Ihrer Sicherheit wartet eine Seite nur eine gewisse Zeit, und nur in dem Browser, der sie geöffnet hat.',
      hint: 'Kehren Sie zur Anwendung zurück und melden Sie sich erneut an. Ihr Browser muss Cookies für diese Website zulassen.',
    },
    notFound: {
      title: 'Hier gibt es nichts',
      text: 'Unter dieser Adresse hat der Druckdienst keine Seite.',
      hint: 'Prüfen Sie die Adresse auf Tippfehler oder beginnen Sie in der Anwendung, die Sie verwenden möchten.',
    },
    unavailable: {
      title: 'Die Anmeldung ist zurzeit nicht verfügbar',
      text: 'Der Druckdienst kann Anmeldungen im Moment nicht prüfen. Das liegt nicht an Ihnen, und es ist nichts verloren gegangen.',
      hint: 'Bitte versuchen Sie es in einer Minute erneut. Dauert es länger, sagen Sie bitte Ihrem IT-Support Bescheid.',
    },
    unexpected: {
      title: 'Etwas ist schiefgegangen',
      text: 'Der Druckdienst konnte das wegen eines eigenen Fehlers nicht ausführen.',
      hint: 'Bitte versuchen Sie es erneut. Wenn das wieder geschieht, melden Sie bitte die Angaben unten.',
    },
    userDisabled: {
      title: 'Ihr Konto ist deaktiviert',
      text: 'Ihr Konto bei diesem Druckdienst ist deaktiviert. Sie können sich deshalb nicht anmelden.',
      hint: 'Bitte wenden Sie sich an Ihren IT-Support, um es wieder aktivieren zu lassen.',
    },
    windowsAccountUnknown: {
      title: 'Ihr Windows-Konto ist hier nicht bekannt',
      text: 'Windows hat uns mitgeteilt, wer Sie sind, aber dieses Konto gehört bei diesem Druckdienst zu niemandem.',
      hint: 'Melden Sie sich mit Ihrem Namen an oder lassen Sie Ihr Windows-Konto von Ihrem IT-Support hinzufügen.',
    },
    signedOut: {
      title: 'Sie sind abgemeldet',
      text: 'Ihre Anmeldung bei diesem Druckdienst ist in diesem Browser beendet.',
      hint: 'An einem gemeinsam genutzten Computer schließen Sie bitte auch den Browser.',
    },
    stillSignedIn: {
      title: 'Sie sind weiterhin angemeldet',
      text: 'Es wurde nichts geändert. Sie können diese Seite schließen.',
    },
    microsoftFlow: {
      title: 'Diese Anmeldung lässt sich nicht fortsetzen',
      text: 'Sie wurde nicht in diesem Browser begonnen, hat zu lange gedauert oder ist schon abgeschlossen.',
      hint: 'Gehen Sie zur Anwendung zurück, und melden Sie sich noch einmal an. Ihr Browser muss Cookies für diese Seite erlauben.',
    },
  },
  faults: {
    missing: (parameter) => `In der Anfrage der Anwendung fehlt der Parameter „${parameter}“.`,
    doubled: (parameter) => `In der Anfrage der Anwendung kommt der Parameter „${parameter}“ mehr als einmal vor.`,
    wrong: (parameter) => `In der Anfrage der Anwendung hat der Parameter „${parameter}“ einen Wert, der hier nicht möglich ist.`,
  },
  signOut: {
    title: 'Möchten Sie sich abmelden?',
    text: 'Wenn Sie sich abmelden, müssen Sie sich in den Anwendungen, die Sie mit dieser Anmeldung geöffnet haben, erneut anmelden.',
    signedInAs: ['Sie sind angemeldet als ', '.'],
    confirm: 'Abmelden',
    stay: 'Angemeldet bleiben',
  },
  formPost: {
    title: 'Einen Moment bitte',
    text: ['Wir bringen Sie zurück zu ', '.'],
    hint: 'Wenn nichts geschieht, klicken Sie auf „Weiter“.',
    submit: 'Weiter',
  },
  technical: { code: 'Fehlercode', requestId: 'Anfrage-ID' },
};
