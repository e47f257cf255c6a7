// Walks a person through Microsoft's pages as a browser would, without one.

import { request } from 'node:https';
import type { EntraStandIn, Person } from './entra.ts';

interface Step {
  readonly status: number;
  readonly location: string | undefined;
  readonly cookies: readonly string[];
  readonly body: string;
}

/** Somebody's browser at Microsoft: it stays signed in there. */
export interface EntraVisitor {
  /** Follows the address, chooses this person where a page asks (null: goes back), and gives the address to which it is led away. */
  walk(url: string, person: Person | null): Promise<string>;
  /** How many pages were shown so far. */
  readonly pages: number;
}

export function entraVisitor({ authority, ca }: EntraStandIn): EntraVisitor {
  const jar = new Map<string, string>();
  let pages = 0;
  const ask = (url: string, form?: string): Promise<Step> => new Promise((resolve, reject) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }) };
    request(url, { ca, headers, method: form === undefined ? 'GET' : 'POST', agent: false }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on('data', (piece: Buffer) => pieces.push(piece)).once('error', reject).once('end', () => {
        const { statusCode: status = 0, headers: { location, 'set-cookie': cookies = [] } } = answer;
        resolve({ status, location, cookies, body: Buffer.concat(pieces).toString('utf8') });
      });
    }).once('error', reject).end(form);
  });
  return {
    get pages() { return pages; },
    walk: async (start, person) => {
      let url = start;
      let form: string | undefined;
      for (let hop = 0; hop < 12; hop++) {
        const step = await ask(url, form);
        form = undefined;
        for (const line of step.cookies) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
          if (value === '') jar.delete(name);
          else jar.set(name, value);
        }
        if (step.location !== undefined) {
          url = new URL(step.location, url).href;
          if (new URL(url).origin !== authority) return url;
        } else if (step.body.includes('document.forms[0].submit()')) {
          // Whoever chooses another account is signed out first.
          url = new URL(/action="([^"]+)"/.exec(step.body)?.[1] ?? '', url).href;
          form = new URLSearchParams(hiddenFields(step.body)).toString();
        } else {
          if (step.status !== 200 || !step.body.includes('name="account"')) throw new Error(`Microsoft's page says ${String(step.status)}: ${step.body}`);
          pages++;
          form = new URLSearchParams({ account: person?.object ?? '' }).toString();
        }
      }
      throw new Error('Microsoft leads round and round');
    },
  };
}

function hiddenFields(page: string): [string, string][] {
  return [...page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]+)"/g)].map(([, name = '', value = '']) => [name, value]);
}
