// Stands for ntlm_auth where it shall fail as the real one cannot be brought to: it does what a file says, read anew for each message.

import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/**
 * What to do at the start, and with a first and a further message: 'echo' gives a YR's token as the challenge and accepts a KK as the
 * user DOMAIN\<its token>; 'ignore' gives no answer; 'exit N' ends; 'deaf' ends at no signal but SIGKILL; any other text is written.
 */
export interface Plan {
  readonly start?: string;
  readonly YR?: string;
  readonly KK?: string;
  /** Written to standard error at the start. */
  readonly complaint?: string;
}

if (import.meta.main) {
  const [directory = ''] = process.argv.slice(2);
  const plan = (): Plan => JSON.parse(readFileSync(join(directory, 'plan.json'), 'utf8')) as Plan;
  appendFileSync(join(directory, 'started'), `${String(process.pid)} ${process.argv.slice(3).join(' ')}\n`);
  const act = (what: string): void => {
    const code = /^exit (\d+)$/.exec(what)?.[1];
    if (code !== undefined) process.exit(Number(code));
    if (what === 'deaf') process.on('SIGTERM', () => { /* it stays */ });
    else if (what !== 'ignore') process.stdout.write(what);
  };
  process.stderr.write(plan().complaint ?? '');
  act(plan().start ?? 'ignore');
  for await (const line of createInterface({ input: process.stdin })) {
    appendFileSync(join(directory, 'asked'), `${line}\n`);
    const [word = '', token = ''] = line.split(' ');
    const what = plan()[word as 'YR' | 'KK'] ?? 'echo';
    const user = Buffer.from(token, 'base64').toString();
    if (what !== 'echo') act(what);
    else process.stdout.write(word === 'YR' ? `TT ${token} *\n` : `AF * DOMAIN\\${user}\n`);
  }
}
