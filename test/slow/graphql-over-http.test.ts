import { describe, expect, test } from '@jest/globals';
import { serverAudits } from 'graphql-http';
import { useGatewayOnEmbeddedLts } from '../support/use-gateways.ts';

const { gateway } = useGatewayOnEmbeddedLts();

/**
 * Audits that may end in a warning. A document or variables that do not fit are a mistake of the app, answered 400
 * whatever it accepts, as Apollo Server does: monitoring that knows nothing of GraphQL then sees it.
 */
const ACCEPTED = ['572B', 'FDE2', '7B9B'];

describe('the gateway passes the graphql-http audit', () => {
  // The audits read the URL when they run, so that the gateway can have any port.
  const audits = serverAudits({
    url: () => `${gateway.url}/graphql`,
    // GETs need a header that no simple cross-site request can have.
    fetchFn: (url: string, init: RequestInit) =>
      fetch(url, { ...init, headers: { ...(init?.headers as object), 'apollo-require-preflight': '1' } }),
  });

  test('suite, which has more than 50 audits', () => expect(audits.length).toBeGreaterThan(50));

  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))(
    '%s %s',
    async (id, _name, audit) => {
      const result = await audit.fn();
      expect(result).toMatchObject({ status: ACCEPTED.includes(id) ? 'warn' : 'ok' });
    },
  );
});
