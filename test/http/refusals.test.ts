import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { useGateway, useGateways } from '../support/use-gateways.ts';

const ZH = JSON.parse(readFileSync('src/messages/zh-Hans.json', 'utf8'));

const { gateway } = useGateway();
const startGateway = useGateways();

const json = { 'content-type': 'application/json' };
const QUERY = '{"query":"{__typename}"}';
const posting = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', headers, body });
const withToken = (token: string) => posting(QUERY, { ...json, 'x-auth-token': token });
const ANY = expect.any(String);
const UNKNOWN_PATH = 'Not found. GraphQL is at /graphql.';
const EMPTY = 'The body is empty: send {"query": "…"} as JSON.';
const NO_JSON = 'Send the operation as application/json.';

const REFUSALS: [string, number, string, unknown, string, RequestInit][] = [
  ['an unknown path', 404, 'NOT_FOUND', UNKNOWN_PATH, '/grahpql', posting(QUERY)],
  ['a path that cannot be decoded', 400, 'BAD_REQUEST', 'The request cannot be read.', '/graphql/%ZZ', {}],
  ['another method', 405, 'METHOD_NOT_ALLOWED', ANY, '/graphql', { ...posting(QUERY), method: 'PUT' }],
  ['a large body', 413, 'LIMIT_EXCEEDED', ANY, '/graphql', posting('x'.repeat(200_000))],
  ['another type', 415, 'BAD_REQUEST', NO_JSON, '/graphql', posting(QUERY, { 'content-type': 'text/csv' })],
  ['no JSON', 400, 'BAD_REQUEST', 'Invalid JSON: the body cannot be read.', '/graphql', posting('{')],
  ['an empty body', 400, 'BAD_REQUEST', EMPTY, '/graphql', posting('')],
  ['no document', 400, 'GRAPHQL_PARSE_FAILED', ANY, '/graphql', posting('{"query":"{ logGroups("}')],
  ['a large token', 431, 'LIMIT_EXCEEDED', ANY, '/graphql', withToken('x'.repeat(17_000))],
  ['too many requests', 429, 'RATE_LIMITED', ANY, '/graphql', posting(QUERY)],
];

/** Sends one of the above with more headers, to a gateway that refuses it. */
async function refused(
  [, status, , , path, init]: (typeof REFUSALS)[number],
  headers: Record<string, string>,
) {
  const { url } = status === 429 ? await startGateway('http://127.0.0.1:1', { rateLimit: 1 }) : gateway;
  const send = () => fetch(url + path, { ...init, headers: { ...init.headers, ...headers } });
  if (status === 429) await send(); // the one that is allowed
  const response = await send();
  return { response, errors: ((await response.json()) as any).errors };
}

const GRAPHQL = 'application/graphql-response+json';
const JSON_TYPE = 'application/json';
describe.each([
  [GRAPHQL, GRAPHQL],
  [`${GRAPHQL}, application/json;q=0.9`, GRAPHQL],
  [`application/json, ${GRAPHQL};q=0.5`, JSON_TYPE],
  [`multipart/mixed;subscriptionSpec=1.0, ${GRAPHQL}, application/json`, GRAPHQL], // Apollo Kotlin
  [`multipart/mixed;deferSpec=20220824,${GRAPHQL},application/json`, GRAPHQL], // Apollo iOS
  ['*/*', JSON_TYPE],
])('with Accept: %s', (accept, type) => {
  test.each(REFUSALS)('%s is refused with %i and %s in that media type', async (...refusal) => {
    const [, status, code, message] = refusal;
    const { response, errors } = await refused(refusal, { accept });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
    const requestId = response.headers.get('x-request-id');
    expect(errors[0]).toMatchObject({ message, extensions: { code, requestId } });
  });
});

test.each(REFUSALS)('%s is refused with a sentence in the language of the caller', async (...refusal) => {
  const { response, errors } = await refused(refusal, { 'accept-language': 'zh' });
  expect(response.headers.get('content-language')).toBe('zh-Hans');
  expect(response.headers.get('vary')).toBe('Accept-Language');
  expect(errors[0].extensions.localizedMessage).toBe(ZH[`error.${refusal[2]}`]);
  expect(errors[0].message).not.toMatch(/[\u4e00-\u9fff]/u);
});

test.each(['DELETE', 'OPTIONS', 'PATCH', 'PUT'])('%s /graphql is answered 405 with Allow', async (method) => {
  const response = await fetch(`${gateway.url}/graphql`, { method });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] });
});
