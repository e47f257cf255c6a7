// How the stand-in for Entra ID reads requests and answers them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

/** Answers JSON. */
export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

/** The request with its body, which was read, to be read again, below a path of its own, as Express mounts an application. */
export function again(request: IncomingMessage, body: string, mounted: string): IncomingMessage {
  const { method, headers, rawHeaders, socket, httpVersion, httpVersionMajor, httpVersionMinor, url = '/' } = request;
  return Object.assign(Readable.from(body === '' ? [] : [Buffer.from(body)], { objectMode: false }), {
    method, headers, rawHeaders, socket, httpVersion, httpVersionMajor, httpVersionMinor, connection: socket,
    originalUrl: url, url: url.slice(mounted.length) || '/', complete: true,
  }) as unknown as IncomingMessage;
}
