/** What a browser gets. */
export interface PageResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** 400, because a GET without an operation is no request of GraphQL over HTTP. */
export const NO_EXPLORER: PageResponse = {
  status: 400,
  headers: { 'Content-Type': 'text/plain; charset=utf-8' },
  body: `LTS gateway

This is a GraphQL API for Huawei Cloud Log Tank Service (LTS). It is for apps, and has no page for browsers.
An app sends its operations here as POST, with Content-Type: application/json and the user's token in X-Auth-Token.
`,
};

/** On top of what each page needs. */
const CSP_OF_PAGES = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
  'connect-src': "'self'",
  'img-src': "'self'",
};

/** @param example JSON without `<` */
export const sandboxPage = (example: string) =>
  page({
    csp: {
      'script-src': "'self' https://embeddable-sandbox.cdn.apollographql.com",
      'style-src': "'self'",
      'frame-src': 'https://sandbox.embed.apollographql.com',
    },
    head: '<script src="explorer/sandbox-page.js" defer></script>',
    body: `<p class="notice" hidden>Apollo Sandbox does not answer: Apollo's servers may be out of reach. <a href="graphiql">Open GraphiQL</a>, which needs no other server.</p>
<div id="embeddableSandbox"><p class="loading">Loading Apollo Sandbox …</p></div>`,
    example,
  });

/** @param example JSON without `<` */
export const graphiqlPage = (example: string) =>
  page({
    csp: {
      'script-src': "'self'",
      // Monaco, the editor in GraphiQL, adds style elements.
      'style-src': "'self' 'unsafe-inline'",
      'img-src': "'self' data:",
      'font-src': 'data:',
      'worker-src': "'self'",
    },
    head: `<link rel="stylesheet" href="explorer/graphiql.css">
<script src="explorer/graphiql.js" defer></script>
<script src="explorer/graphiql-page.js" defer></script>`,
    body: `<p class="notice" hidden>This is GraphiQL, because Apollo Sandbox could not be loaded from Apollo's servers. <a href="graphql">Try Sandbox again</a></p>
<div id="graphiql"><p class="loading">Loading GraphiQL …</p></div>`,
    example,
  });

interface PageParts {
  readonly csp: Record<string, string>;
  readonly head: string;
  readonly body: string;
  readonly example: string;
}

function page({ csp, head, body, example }: PageParts): PageResponse {
  const directives = Object.entries({ ...CSP_OF_PAGES, ...csp }).map(([name, value]) => `${name} ${value}`);
  return {
    status: 200,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': directives.join('; '),
    },
    body: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>LTS gateway</title>
<link rel="icon" type="image/svg+xml" href="explorer/favicon.svg">
${head}
<link rel="stylesheet" href="explorer/pages.css">
<script type="application/json" id="example">${example}</script>
</head>
<body>
<noscript><p class="notice">This page needs JavaScript.</p></noscript>
${body}
</body>
</html>
`,
  };
}
