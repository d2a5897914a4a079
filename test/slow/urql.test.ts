import { expect, test } from '@jest/globals';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { DEMO } from '../../src/embedded-lts/store.ts';
import { TOKEN } from '../support/gateway.ts';
import { CREATE_LOG_STREAM, LOG_STREAMS } from '../support/operations.ts';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { projectId, groupId } = DEMO;

const { gateway } = useGatewayOnEmbeddedLts({ production: true, introspection: false });

test.each<[string, Record<string, string>]>([
  ['X-Auth-Token', { 'x-auth-token': TOKEN }],
  ['Authorization', { authorization: `Bearer ${TOKEN}` }],
])(
  'urql with its default settings and the token in %s queries by GET, and mutates',
  async (header, headers) => {
    const methods: (string | undefined)[] = [];
    const client = new Client({
      url: `${gateway.url}/graphql`,
      exchanges: [cacheExchange, fetchExchange],
      fetchOptions: { headers },
      fetch: (input, init) => {
        methods.push(init?.method);
        return fetch(input, init);
      },
    });
    const list = await client.query(LOG_STREAMS, { projectId, groupId }).toPromise();
    expect(list.error).toBeUndefined();
    expect(list.data.logStreams).toContainEqual(expect.objectContaining({ name: 'access' }));
    const input = { name: `by-${header}` };
    const created = await client.mutation(CREATE_LOG_STREAM, { projectId, groupId, input }).toPromise();
    expect(created.data.createLogStream.__typename).toBe('LogStreamCreated');
    expect(methods).toEqual(['GET', 'POST']);
  },
);
