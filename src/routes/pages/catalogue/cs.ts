// The pages in Czech.

import type { Catalogue } from './texts.ts';

export const cs: Catalogue = {
  lang: 'cs',
  name: 'Čeština',
  languageList: 'Jazyk',
  errorTitle: 'Chyba',
  signIn: {
    title: 'Přihlášení',
    continueTo: ['pro pokračování v aplikaci ', ''],
    user: 'Uživatelské jméno',
    password: 'Heslo',
    submit: 'Přihlásit se',
    or: 'nebo',
    pin: 'PIN nebo číslo karty',
    pinHint: 'Zadejte PIN, nebo přiložte kartu ke čtečce připojené k tomuto počítači.',
    pinSubmit: 'Přihlásit se PINem nebo kartou',
    windows: 'Přihlásit se přes Windows',
    windowsHint: 'účtem, který používáte na tomto počítači',
    microsoft: 'Přihlásit se přes Microsoft',
    microsoftSwitch: 'Použít jiný účet Microsoft',
  },
  notices: {
    wrongPassword: 'Uživatelské jméno nebo heslo není správné, nebo je přihlašování pozastaveno. Zkuste to prosím znovu za několik minut.',
    wrongCredentials: 'Jméno, heslo, PIN nebo karta nejsou správné, nebo je přihlašování pozastaveno. Zkuste to prosím znovu za několik minut.',
    windowsRefused: 'Vaše přihlášení z Windows zde nebylo přijato. Přihlaste se prosím svým jménem.',
    windowsNoTicket: 'Přihlášení přes Windows se nezdařilo. Použijte prosím své jméno a heslo.',
    staleForm: 'Tato stránka byla otevřená příliš dlouho. Přihlaste se prosím znovu.',
    microsoftUnknown: 'Microsoft vás zná, ale váš účet v této tiskové službě nikomu nepatří. Použijte jiný účet nebo se obraťte na správce tisku.',
    microsoftCancelled: 'Přihlášení přes Microsoft bylo zrušeno. Můžete to zkusit znovu nebo se přihlásit svým jménem.',
    microsoftNotAssigned: 'Vaše organizace nedala vašemu účtu přístup k této tiskové službě. Použijte jiný účet nebo se obraťte na oddělení IT.',
    microsoftConditions: 'Vaše organizace toto přihlášení nepovoluje, například kvůli vašemu zařízení nebo proto, že chybí druhé ověření. Obraťte se prosím na oddělení IT.',
    microsoftOtherAccount: 'Tento účet zde nelze použít. Použijte prosím pracovní nebo školní účet své organizace.',
    microsoftOut: 'Microsoft je teď nedostupný. Zkuste to za minutu znovu nebo se přihlaste svým jménem.',
    microsoftMisconfigured: 'Přihlášení přes Microsoft zde není správně nastaveno. Řekněte to prosím správci tisku a zatím se přihlaste svým jménem.',
    microsoftRefused: 'Microsoft vás nepřihlásil. Zkuste to prosím znovu nebo se přihlaste svým jménem.',
  },
  messages: {
    unknownClient: {
      title: 'Tuto aplikaci zde neznáme',
      text: 'Aplikace, která vás sem poslala, není u této tiskové služby zaregistrovaná, a proto se do ní nemůžete přihlásit.',
      hint: 'Sdělte prosím správci tisku, o kterou aplikaci šlo.',
    },
    redirectNotRegistered: {
      title: 'Adresa pro návrat není zaregistrovaná',
      text: 'Aplikace vás chce poslat na adresu, kterou nemá zaregistrovanou. Pro vaše bezpečí jsme tam nic neodeslali.',
      hint: 'Sdělte prosím správci tisku, o kterou aplikaci šlo.',
    },
    faultyRequest: {
      title: 'Aplikace poslala chybný požadavek',
      text: 'Aplikace, která vás sem poslala, nepožádala o přihlášení správným způsobem.',
      hint: 'Vraťte se do aplikace a zkuste to znovu. Pokud se to bude opakovat, nahlaste prosím údaje uvedené níže.',
    },
    otherSite: {
      title: 'Požadavek přišel z jiného webu',
      text: 'Vaše přihlášení se zde pokusil použít jiný web. To není dovoleno a nic se neprovedlo.',
      hint: 'Pokud se chcete přihlásit, začněte v aplikaci nebo na své stránce pro tisk.',
    },
    staleForm: {
      title: 'Stránka byla otevřená příliš dlouho',
      text: 'Pro vaše bezpečí stránka čeká jen omezenou dobu, a to pouze v prohlížeči, který ji otevřel.',
      hint: 'Vraťte se do aplikace a přihlaste se znovu. Prohlížeč musí pro tento web povolovat soubory cookie.',
    },
    notFound: {
      title: 'Tady nic není',
      text: 'Na této adrese nemá tisková služba žádnou stránku.',
      hint: 'Zkontrolujte, zda v adrese není překlep, nebo začněte v aplikaci, kterou chcete používat.',
    },
    unavailable: {
      title: 'Přihlášení teď není dostupné',
      text: 'Tisková služba teď nemůže přihlášení ověřit. Není to vaše chyba a nic se neztratilo.',
      hint: 'Zkuste to prosím za chvíli znovu. Pokud potíže potrvají, dejte vědět správci tisku.',
    },
    unexpected: {
      title: 'Něco se nepovedlo',
      text: 'Tisková služba nemohla požadavek dokončit, protože u ní došlo k chybě.',
      hint: 'Zkuste to prosím znovu. Pokud se to bude opakovat, nahlaste prosím údaje uvedené níže.',
    },
    userDisabled: {
      title: 'Váš účet je zablokovaný',
      text: 'Váš účet u této tiskové služby je zablokovaný, a proto se nemůžete přihlásit.',
      hint: 'Požádejte prosím správce tisku o jeho odblokování.',
    },
    windowsAccountUnknown: {
      title: 'Váš účet Windows zde neznáme',
      text: 'Systém Windows nám sdělil, kdo jste, ale tento účet u této tiskové služby nikomu nepatří.',
      hint: 'Přihlaste se svým jménem, nebo požádejte správce tisku, aby váš účet Windows přidal.',
    },
    signedOut: {
      title: 'Odhlášení proběhlo v pořádku',
      text: 'Vaše přihlášení k této tiskové službě v tomto prohlížeči skončilo.',
      hint: 'Na sdíleném počítači prosím zavřete i prohlížeč.',
    },
    stillSignedIn: {
      title: 'Vaše přihlášení trvá',
      text: 'Nic se nezměnilo. Tuto stránku můžete zavřít.',
    },
    microsoftFlow: {
      title: 'V tomto přihlášení nelze pokračovat',
      text: 'Nezačalo v tomto prohlížeči, trvalo příliš dlouho nebo už bylo dokončeno.',
      hint: 'Vraťte se do aplikace a přihlaste se znovu. Váš prohlížeč musí pro tento web povolit soubory cookie.',
    },
  },
  faults: {
    missing: (parameter) => `V požadavku aplikace chybí parametr „${parameter}“.`,
    doubled: (parameter) => `V požadavku aplikace je parametr „${parameter}“ uveden více než jednou.`,
    wrong: (parameter) => `V požadavku aplikace má parametr „${parameter}“ hodnotu, která zde není možná.`,
  },
  signOut: {
    title: 'Chcete se odhlásit?',
    text: 'Pokud se odhlásíte, aplikace otevřené s tímto přihlášením vás požádají, abyste se přihlásili znovu.',
    signedInAs: ['Přihlášený uživatel: ', ''],
    confirm: 'Odhlásit se',
    stay: 'Neodhlašovat se',
  },
  formPost: {
    title: 'Okamžik prosím',
    text: ['Vracíme vás do aplikace ', '.'],
    hint: 'Pokud se nic nestane, stiskněte tlačítko Pokračovat.',
    submit: 'Pokračovat',
  },
  technical: { code: 'Kód chyby', requestId: 'ID požadavku' },
};
