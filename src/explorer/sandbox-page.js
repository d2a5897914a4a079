// Loads Apollo Sandbox from Apollo's servers. Where that fails, the page gives way to GraphiQL, which needs no other server.

const SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com/v2/embeddable-sandbox.umd.production.min.js';
/** Time for the script to arrive. GraphiQL has the rest of five seconds to appear. */
const SCRIPT_DEADLINE_MS = 3_000;
/** Time for Sandbox's frame to report. It loads far more than the script, so a slow network is not taken for a blocked one. */
const FRAME_DEADLINE_MS = 10_000;

let hasFallenBack = false;
function fallBack() {
  hasFallenBack = true;
  location.replace('graphiql?sandbox=unavailable');
}

function start() {
  clearTimeout(deadline);
  if (hasFallenBack) return;
  try {
    const { document: text, variables, headers } = JSON.parse(document.querySelector('#example').textContent);
    document.querySelector('.loading').remove();
    // A proxy may answer with a page of its own: then there is no such class.
    new window.EmbeddedSandbox({
      target: '#embeddableSandbox',
      initialEndpoint: new URL('graphql', document.baseURI).href,
      initialState: { document: text, variables, headers },
      hideCookieToggle: false,
      endpointIsEditable: false,
      runTelemetry: false,
      allowDynamicStyles: false,
    });
  } catch {
    fallBack();
    return;
  }
  const frame = document.querySelector('#embeddableSandbox iframe');
  if (frame !== null) watch(frame);
}

/** The script may come from the browser's cache, while the frame's server cannot be reached. */
function watch(frame) {
  if (!navigator.onLine) {
    fallBack();
    return;
  }
  const notice = document.querySelector('.notice');
  const noticeTimer = setTimeout(() => {
    notice.hidden = false;
  }, FRAME_DEADLINE_MS);
  window.addEventListener('message', ({ source }) => {
    if (source !== frame.contentWindow) return;
    clearTimeout(noticeTimer);
    notice.hidden = true;
  });
}

const deadline = setTimeout(fallBack, SCRIPT_DEADLINE_MS);
const script = document.createElement('script');
script.src = SCRIPT;
script.addEventListener('load', start);
script.addEventListener('error', fallBack);
document.head.append(script);
