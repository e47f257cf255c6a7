// Reads the authorization request of a page's address; whoever must be told that it is wrong is told.

import { parse } from 'node:querystring';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequestError } from '../../errors.ts';
import type { AuthorizationRequest, PageFault } from '../../authorization/request.ts';
import { faultyRequest } from '../pages/catalogue.ts';
import { pageModel, type Place, placeOf, sendMessage, sendReply } from './view.ts';

/** The page has it in several places, and grows with it. */
const MAX_URL = 16 * 1024;

/** The request if it is right; undefined if the answer is already on its way: an error to the client, or a page for the person. */
export async function readAsked(
  request: FastifyRequest, reply: FastifyReply, place: Place = placeOf(request),
): Promise<AuthorizationRequest | undefined> {
  const { browser } = request.server.gateway;
  if (request.url.length > MAX_URL) throw new RequestError('invalid_request', 'the address is too long', { statusCode: 414 });
  const asked = await browser.readRequest(parse(place.query, undefined, undefined, { maxKeys: 0 }));
  if (asked.kind === 'request') return asked;
  if (asked.kind === 'page') {
    sendPageFault(request, reply, asked, place);
    return undefined;
  }
  sendReply(request, reply, browser.authorizer.fault(asked), asked.client, place);
  return undefined;
}

function sendPageFault(request: FastifyRequest, reply: FastifyReply, fault: PageFault, place: Place): FastifyReply {
  request.log.info({ outcome: 'refused', error: fault.fault, detail: fault.detail, client: request.ip }, 'authorization request refused');
  const { catalogue } = pageModel(request, place);
  const message = 'parameter' in fault ? faultyRequest(catalogue, fault.fault, fault.parameter)
    : fault.fault === 'unknown_client' ? catalogue.messages.unknownClient : catalogue.messages.redirectNotRegistered;
  return sendMessage(request, reply, 400, { message, tone: 'error', technical: { code: fault.fault, requestId: request.id } }, place);
}
