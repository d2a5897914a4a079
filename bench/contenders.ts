import path from 'node:path';

/** A program that is measured, how it is started, and which parts it is in. */
export interface Contender {
  readonly name: string;
  /** Arguments of Node.js. */
  readonly command: readonly string[];
  readonly env: (upstream: string) => Record<string, string>;
  readonly graphqlPath: string;
  /** A GET of it answers 200 as soon as the program is up, and costs next to nothing. */
  readonly probePath: string;
  readonly parts: readonly Part[];
}

export const PARTS = ['create', 'latency', 'lists', 'start-up'] as const;
export type Part = (typeof PARTS)[number];

const script = (name: string) => [path.join(import.meta.dirname, 'contenders', `${name}.ts`)];
const upstreamEnv = (upstream: string) => ({ UPSTREAM: upstream });

/** In the order of the report: what the others are compared with comes first. */
export const CONTENDERS: readonly Contender[] = [
  {
    name: 'floor',
    command: script('floor'),
    env: upstreamEnv,
    graphqlPath: '/',
    probePath: '/',
    parts: ['create', 'latency'],
  },
  {
    name: 'plain',
    command: script('plain'),
    env: upstreamEnv,
    graphqlPath: '/',
    probePath: '/',
    parts: ['lists'],
  },
  {
    name: 'bare',
    // No file of TypeScript: removing the types takes time as well.
    command: [
      '-e',
      "require('http').createServer((_, response) => response.end()).listen(process.env.PORT, '127.0.0.1')",
    ],
    env: () => ({}),
    graphqlPath: '/',
    probePath: '/',
    parts: ['start-up'],
  },
  {
    name: 'assembled',
    // Compiled, since Node.js runs no decorators.
    command: [path.join(import.meta.dirname, 'dist/assembled/main.js')],
    env: upstreamEnv,
    graphqlPath: '/graphql',
    probePath: '/readyz',
    parts: PARTS,
  },
  {
    name: 'mercurius',
    command: script('mercurius'),
    env: upstreamEnv,
    graphqlPath: '/graphql',
    probePath: '/',
    parts: ['create', 'latency'],
  },
  {
    name: 'apollo',
    command: script('apollo'),
    env: upstreamEnv,
    graphqlPath: '/',
    probePath: '/?query={__typename}',
    parts: ['create', 'latency', 'lists'],
  },
  {
    name: 'yoga',
    command: script('yoga'),
    env: upstreamEnv,
    graphqlPath: '/graphql',
    probePath: '/health',
    parts: ['create', 'latency'],
  },
  {
    name: 'gateway',
    command: [
      // As in the image.
      ...['--max-semi-space-size=8', '--heap-growing-percent=100'],
      path.join(import.meta.dirname, '../bundle/main.js'),
    ],
    env: (upstream) => ({
      HOST: '127.0.0.1',
      LTS_ENDPOINT: upstream,
      // Both count, and refuse nobody.
      RATE_LIMIT: '1000000',
      RATE_LIMIT_ADDRESS: '10000000',
      SHUTDOWN_DELAY_MS: '0',
    }),
    graphqlPath: '/graphql',
    probePath: '/readyz',
    parts: PARTS,
  },
];
