import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { CreateLogStreamDocument } from '../typescript/operations.ts';
import type { SendCreate } from './create-log-stream.ts';

/** @param token returns the IAM token of the user who is signed in; it is asked before each request */
export function createUrqlClient(url: string, token: () => string): Client {
  return new Client({
    url,
    exchanges: [cacheExchange, fetchExchange],
    fetchOptions: () => ({ headers: { 'X-Auth-Token': token() } }),
  });
}

export function createWithUrql(client: Client): SendCreate {
  return async (variables) => {
    const { data, error } = await client.mutation(CreateLogStreamDocument, variables).toPromise();
    if (!error) return { result: data?.createLogStream };
    return error.networkError ? { isConnectionLost: true } : { errors: error.graphQLErrors };
  };
}
