// Loaded into a gateway's process before it starts (node --import): tells on its standard output of every answer that it gave.

import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';

subscribe('http.server.response.finish', (message) => {
  const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
  const { method, url, headers } = request;
  const line = { msg: 'answered', method, url, status: response.statusCode, hasTicket: headers.authorization !== undefined };
  writeSync(1, `${JSON.stringify(line)}\n`);
});
