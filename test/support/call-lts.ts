import { expect } from '@jest/globals';
import { DEMO } from '../../src/embedded-lts/store.ts';

export const GROUPS = `/v2/${DEMO.projectId}/groups`;
export const STREAMS = `${GROUPS}/${DEMO.groupId}/streams`;
export const ALL_STREAMS = `/v2/${DEMO.projectId}/log-streams`;
export const HEADERS = { 'X-Auth-Token': 'any', 'Content-Type': 'application/json;charset=UTF-8' };

/** Calls the embedded LTS, as any client of LTS would. */
export async function callLts(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = HEADERS,
) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${url}${path}`, { method, headers, body: text ?? null });
  const answer = await response.text();
  return {
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    body: answer === '' ? null : JSON.parse(answer),
  };
}

export const refusal = (status: number, error_code: string, error_msg: string) => ({
  status,
  requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
  body: { error_code, error_msg },
});
