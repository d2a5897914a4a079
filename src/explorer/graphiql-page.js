// Starts GraphiQL, which `graphiql.js` defines, with the example operations in its tabs.

const urlOf = (path) => new URL(path, document.baseURI).href;
const { operations } = JSON.parse(document.querySelector('#example').textContent);
const prettyJson = (value) => JSON.stringify(value, null, 2);
const tabs = operations.map(({ query, variables, headers }) => ({
  query,
  variables: prettyJson(variables),
  headers: prettyJson(headers),
}));
const activeTab = storedTab() ?? tabs[0];

self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_moduleId, label) => urlOf(`explorer/${label}.worker.js`),
};

/** The active tab of before the page was loaded again. */
function storedTab() {
  const stored = JSON.parse(sessionStorage.getItem('graphiql:tabState') ?? 'null');
  return stored?.tabs[stored.activeTabIndex];
}

async function send(operation, { headers } = {}) {
  const response = await fetch(urlOf('graphql'), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(operation),
  });
  return response.json();
}

const parameters = new URLSearchParams(location.search);
document.querySelector('.notice').hidden = parameters.get('sandbox') !== 'unavailable';

window.YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#graphiql'), {
  title: 'LTS gateway',
  logo: '<img src="explorer/favicon.svg" alt="" width="24" height="24">',
  fetcher: send,
  defaultTabs: tabs,
  // GraphiQL fills the editors with these, not with the active tab, and adds a tab if they differ from it.
  initialQuery: activeTab.query ?? '',
  initialVariables: activeTab.variables ?? '',
  initialHeaders: activeTab.headers ?? '',
  defaultHeaders: tabs[0].headers, // of a new tab
  onEditQuery: () => {}, // or every edit would be written to the address
  // Tabs and headers survive a reload. A token is forgotten when the browser's tab is closed.
  storage: sessionStorage,
  shouldPersistHeaders: true,
});
