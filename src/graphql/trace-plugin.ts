import type { ApolloServerPlugin } from '@apollo/server';
import { SpanKind, trace } from '@opentelemetry/api';
import { endSpan, tracer } from '../telemetry/traces.ts';
import type { GatewayContext } from './context.ts';

/** Gives every operation a span within its request's; calls to LTS are within it. None for fields. */
export const tracePlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart({ contextValue: { record } }) {
    return {
      async executionDidStart({ operation }) {
        if (!operation) return; // none of the name that was asked for: an error, but Apollo Server comes by here
        const span = tracer.startSpan(
          operation.operation, // its name is the caller's to choose
          {
            kind: SpanKind.SERVER,
            attributes: {
              'graphql.operation.type': operation.operation,
              ...(record.operation?.name && { 'graphql.operation.name': record.operation.name }),
            },
          },
          record.trace,
        );
        record.trace = trace.setSpan(record.trace, span);
        return {
          async executionDidEnd() {
            endSpan(span, record.failure?.code);
          },
        };
      },
    };
  },
};
