import type { CreateLogStreamMutation, CreateLogStreamMutationVariables } from '../typescript/operations.ts';

type Result = CreateLogStreamMutation['createLogStream'];
type Variables = CreateLogStreamMutationVariables;
type Failure = Extract<Result, { __typename: 'LtsError' }>;

/** Sends the mutation once: with Apollo Client, or with urql. */
export type SendCreate = (variables: Variables) => Promise<{
  result?: Result | undefined;
  errors?: readonly { message: string; extensions?: Record<string, unknown> }[];
  isConnectionLost?: boolean;
}>;

/** What the app shows next. */
export type Shown =
  | { view: 'logStream'; id: string }
  | { view: 'form'; inputErrors: Failure['inputErrors']; existing: Failure['existingLogStream'] } // offer to open it
  | { view: 'signIn' }
  | { view: 'logStreams'; text: string } // the create may have taken effect: let the user look
  | { view: 'message'; text: string };

const ATTEMPTS = 3;
const NO_CONNECTION = 'No connection. Check your network, then try again.';
/** LTS's clock is read in whole seconds. */
const CLOCK_SECONDS = 2;

/** Creates a log stream. Sends the create again where that is safe. */
export async function createLogStream(
  send: SendCreate,
  variables: Variables,
  wait: (seconds: number) => Promise<void> = pause,
): Promise<Shown> {
  let firstSentAt = performance.now(); // of the attempts that may have taken effect
  for (let attempt = 1; ; attempt += 1) {
    const { result, errors, isConnectionLost } = await send(variables);
    const isLast = attempt === ATTEMPTS;

    // No response: the gateway may have carried out the create all the same.
    if (isConnectionLost) {
      if (isLast) return { view: 'logStreams', text: NO_CONNECTION };
      await wait(2 ** attempt);
      continue;
    }

    // 1. `null` with errors: the gateway refused the request, or failed.
    if (!result) {
      const { message, extensions } = errors?.[0] ?? { message: 'No result.', extensions: {} };
      const seconds = extensions?.retryAfterSeconds;
      if (typeof seconds !== 'number' || isLast) {
        return { view: 'message', text: String(extensions?.localizedMessage ?? message) };
      }
      await wait(seconds);
      firstSentAt = performance.now();
      continue;
    }

    // 2. It exists now.
    if (result.__typename === 'LogStreamCreated') return { view: 'logStream', id: result.logStreamId };

    // 3. A failure. A type that was added after this app was built is no LtsError, but has a message.
    if (result.__typename !== 'LtsError') return { view: 'message', text: messageOf(result) };
    if (result.isRetryable && !isLast) {
      await wait(result.retryAfterSeconds ?? 2 ** attempt);
      firstSentAt = performance.now();
      continue;
    }
    const existing = result.existingLogStream;
    if (existing && isOwn(result, firstSentAt)) return { view: 'logStream', id: existing.id };
    return afterFailure(result);
  }
}

/**
 * Whether what has the name was made by this very create: the app, the browser or the network may have sent it twice.
 *
 * @param firstSentAt by `performance.now()`
 */
export function isOwn(
  { existedForSeconds, existingMatchesInput }: Pick<Failure, 'existedForSeconds' | 'existingMatchesInput'>,
  firstSentAt: number,
): boolean {
  const sentForSeconds = (performance.now() - firstSentAt) / 1000 + CLOCK_SECONDS;
  return (
    existingMatchesInput === true &&
    typeof existedForSeconds === 'number' &&
    existedForSeconds <= sentForSeconds
  );
}

function afterFailure(failure: Failure): Shown {
  if (failure.outcome !== 'NOT_APPLIED') return { view: 'logStreams', text: failure.localizedMessage };
  switch (failure.kind) {
    case 'INVALID_INPUT':
    case 'ALREADY_EXISTS':
      return { view: 'form', inputErrors: failure.inputErrors, existing: failure.existingLogStream };
    case 'UNAUTHENTICATED':
      return { view: 'signIn' };
    default: // all other kinds, and those that are added later
      return { view: 'message', text: failure.localizedMessage };
  }
}

function messageOf(failure: { message?: string }): string {
  return failure.message ?? 'Something went wrong. Update the app.';
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
