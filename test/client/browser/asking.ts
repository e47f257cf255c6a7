// Brings answers to the listener of a sign-in, as a browser does and as it never would.

import { request, type IncomingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Shown {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The heading of the page. */
  readonly title: string;
  /** What stands under it, as it is written in the page. */
  readonly sentence: string;
  readonly text: string;
}

export interface Bringing {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

/** Requests this address and gives the page that comes back, on a connection of its own. */
export function bring(address: string, { method = 'GET', headers = {}, body }: Bringing = {}): Promise<Shown> {
  return new Promise((resolve, reject) => {
    request(address, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => { text += piece; }).once('error', reject).once('end', () => {
        const [, title = '', sentence = ''] = /<h1>(.*)<\/h1><p>(.*)<\/p>/.exec(text) ?? [];
        resolve({ status: response.statusCode ?? 0, headers: response.headers, title, sentence, text });
      });
    }).once('error', reject).end(body);
  });
}

/** A connection there; resolves when it is open. */
export function connected(address: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    const socket = connect(Number(port), hostname, () => { resolve(socket); }).once('error', reject);
  });
}

/** What comes back to these bytes until the other side closes the connection. */
export async function exchanged(address: string, bytes: string): Promise<string> {
  const socket = await connected(address);
  let text = '';
  socket.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
  socket.write(bytes);
  return new Promise((resolve) => {
    socket.once('error', () => undefined).once('close', () => { resolve(text); });
  });
}

/** Whether something still listens there. */
export async function isListening(address: string): Promise<boolean> {
  return connected(address).then((socket) => {
    socket.destroy();
    return true;
  }, (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return false;
    throw error;
  });
}
