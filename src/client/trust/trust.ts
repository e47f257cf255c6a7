// Whom this client trusts: Strict ends the connection at the first fault, Normal lets a person decide and remembers his yes.

import { ClientError, type ClientReason } from '../error.ts';
import { endOf } from '../until-ended.ts';
import { authorities, type Authorities } from './authorities.ts';
import type { CertificateCheck } from './certificate.ts';
import type { AcceptedCertificate, AcceptedCertificates, AskPerson, CertificateQuestion } from './question.ts';

export type ValidationMode = 'strict' | 'normal';

export interface TrustOptions {
  /** Default `strict`. */
  readonly mode?: ValidationMode | undefined;
  /** Certificates in PEM that alone may vouch; undefined: those that this computer trusts. */
  readonly caFile?: string | undefined;
  /** Normal mode remembers there. Without it what is accepted counts until this program ends. */
  readonly accepted?: AcceptedCertificates | undefined;
  /** Normal mode asks so. Without it what is not known is refused. */
  readonly ask?: AskPerson | undefined;
}

export interface Trust {
  readonly authorities: Authorities;
  /** Whether this very certificate was accepted for this host and port. Always false in Strict mode. */
  isAccepted(question: Omit<CertificateQuestion, 'before'>): Promise<boolean>;
  /** Asks, and remembers a yes; throws CertificateError for a no, and where nobody may or can be asked. */
  askFor(question: Omit<CertificateQuestion, 'before'>): Promise<void>;
}

/** The certificate was not trusted: `question` says what it is, and what is wrong with it. */
export class CertificateError extends ClientError {
  readonly question: CertificateQuestion;

  constructor(reason: ClientReason, question: CertificateQuestion, cure: string, cause?: unknown) {
    super(reason, `${sentenceOf(reason, question)}: ${question.faults.map(({ text }) => text).join('; ')} (SHA-256 ${question.certificate.fingerprint})`, { cure, cause });
    this.name = 'CertificateError';
    this.question = question;
  }
}

function sentenceOf(reason: ClientReason, { host, port, before }: CertificateQuestion): string {
  const whose = `the certificate of ${host}:${String(port)}`;
  if (reason === 'certificate_declined') return `${whose} was not accepted`;
  return before.length > 0 ? `${whose} is not the one that was accepted before, and is not trusted` : `${whose} is not trusted`;
}

/** Opens it; reads the authorities at once. Throws ClientError if their file cannot be used. */
export function openTrust({ mode = 'strict', caFile, accepted = forNow(), ask }: TrustOptions = {}): Trust {
  const asked = new Map<string, Promise<void>>();
  let turn: Promise<unknown> = Promise.resolve();
  // Only the very word makes it lax, whatever else a program without types gives.
  const isLax = mode === 'normal';
  const before = async ({ host, port }: Pick<CertificateQuestion, 'host' | 'port'>): Promise<CertificateQuestion['before']> =>
    (isLax ? accepted.of(host, port) : []);
  const decide = async (question: CertificateQuestion): Promise<void> => {
    const isChange = question.before.length > 0;
    if (!isLax) throw new CertificateError('certificate_untrusted', question, cureOf(question));
    if (ask === undefined) throw new CertificateError(isChange ? 'certificate_changed' : 'certificate_not_asked', question, isChange ? changeCure : notAskedCure);
    if (!await answerOf(ask, question)) throw new CertificateError('certificate_declined', question, isChange ? changeCure : cureOf(question));
    const { host, port, certificate: { subject, issuer, fingerprint, notAfter } } = question;
    await accepted.accept({ host, port, fingerprint, subject, issuer, notAfter, acceptedAt: Date.now() });
  };
  return {
    authorities: authorities(caFile),
    isAccepted: async (question) => (await before(question)).some(isThisOne(question)),
    // Connections that are opened at once ask once, and a person has one question before him at a time.
    askFor: (question) => {
      const key = `${question.host}:${String(question.port)} ${question.certificate.fingerprint}`;
      const running = asked.get(key);
      if (running) return running;
      const answer = turn.then(() => before(question))
        // Another connection, or another program, may have been told yes in the meantime.
        .then((known) => (known.some(isThisOne(question)) ? undefined : decide({ ...question, before: known })))
        .finally(() => { asked.delete(key); });
      asked.set(key, answer);
      turn = answer.catch(() => { /* whoever asked is told */ });
      return answer;
    },
  };
}

const isThisOne = ({ certificate }: Pick<CertificateQuestion, 'certificate'>) =>
  ({ fingerprint }: AcceptedCertificate): boolean => fingerprint === certificate.fingerprint;

/** Only `true` is a yes; a question that fails is none. */
async function answerOf(ask: AskPerson, question: CertificateQuestion): Promise<boolean> {
  try {
    const answer: unknown = await ask(question);
    return answer === true;
  } catch (cause) {
    if (cause instanceof ClientError) throw cause;
    if ((cause as Partial<Error> | undefined)?.name === 'AbortError') throw endOf(cause);
    throw new CertificateError('certificate_not_asked', question, notAskedCure, cause);
  }
}

function forNow(): AcceptedCertificates {
  const list: AcceptedCertificate[] = [];
  return {
    of: async (host, port) => list.filter((one) => one.host === host && one.port === port),
    accept: async (certificate) => { list.push(certificate); },
  };
}

/** By the gravest fault: a name that was typed wrongly needs no authority. */
function cureOf({ faults }: CertificateQuestion): string {
  const check = checks.find((one) => faults.some((fault) => fault.check === one)) ?? 'chain';
  return cures[check];
}

const checks: readonly CertificateCheck[] = ['chain', 'usage', 'dates', 'name'];

const cures: Readonly<Record<CertificateCheck, string>> = {
  chain: 'Have this computer trust its authority (by group policy, for one, or with --ca-file; a gateway\'s own is tls/ca.pem), or accept it in Normal mode (--validation normal).',
  usage: 'Give the server a certificate that is made for servers, by an authority that may vouch.',
  dates: 'Renew the certificate of the server, and check the clock of this computer.',
  name: 'Connect by a name that the certificate is for, or give the server a certificate for this one.',
};

const notAskedCure = 'Compare the fingerprint with the admin and accept it where a person can answer, or have this computer trust its authority.';
const changeCure = 'Ask the admin whether the server has a new certificate: if not, somebody stands in between. `myq-signin trust list` shows the accepted ones.';
