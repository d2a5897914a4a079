import createError from '@fastify/error';
import type { FastifyInstance } from 'fastify';
import Negotiator from 'negotiator';
import { LIMITS } from '../limits.ts';
import { MEDIA_TYPES } from './media-type.ts';

const TokenTooLarge = createError(
  'LIMIT_EXCEEDED',
  `The token is too large: at most ${LIMITS.tokenBytes} bytes.`,
  431,
);
const AcceptTooLarge = createError(
  'LIMIT_EXCEEDED',
  `The Accept header is too large: at most ${LIMITS.acceptCharacters} characters.`,
  431,
);
const UnsupportedTransferEncoding = createError(
  'BAD_REQUEST',
  'HTTP/1.0 has no Transfer-Encoding: send a Content-Length.',
  400,
);
const UnreadableHost = createError('BAD_REQUEST', 'The Host header cannot be read.', 400);
const NotAcceptable = createError(
  'BAD_REQUEST',
  'The response is application/json, which the Accept header does not allow.',
  406,
);

/** Refuses requests that would otherwise be found wrong too late or not at all. */
export function registerRequestChecks(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { raw, headers } = request;
    const { 'x-auth-token': token = '', authorization = '' } = headers;
    if (Math.max(token.length, authorization.length) > LIMITS.tokenBytes) throw new TokenTooLarge();
    if ((headers.accept?.length ?? 0) > LIMITS.acceptCharacters) throw new AcceptTooLarge();
    // HTTP/1.0 has no bodies in chunks: two servers may disagree on the length of one.
    if (raw.httpVersion === '1.0' && headers['transfer-encoding'] !== undefined)
      throw new UnsupportedTransferEncoding();
    // The integration of Fastify with Apollo Server throws on a host that it cannot parse.
    if (!URL.canParse(`http://${request.hostname}/`)) throw new UnreadableHost();
    // Apollo Server executes a POST before it notices that the caller does not accept its response.
    if (request.method === 'POST' && new Negotiator(raw).mediaType(MEDIA_TYPES) === undefined)
      throw new NotAcceptable();
  });
}
