import { useQuery } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { LogContextDocument, type LogFieldsFragment } from '../../../clients/typescript/operations.ts';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import { LogLine } from './LogLine.tsx';
import type { LogStreamIds } from './Logs.tsx';
import { useLanguageChange, useTexts } from './use-texts.ts';

const AROUND = 10;

interface LogContextProps {
  readonly ids: LogStreamIds;
  /** Another object each time that its context is opened. */
  readonly log: LogFieldsFragment;
  readonly onClose: () => void;
}

/** The logs before and after one. The browser returns the focus to the button that opened it. */
export function LogContext({ ids, log, onClose }: LogContextProps) {
  const texts = useTexts();
  const { data, error, refetch } = useQuery(LogContextDocument, {
    variables: { ...ids, logId: log.id, before: AROUND, after: AROUND },
    fetchPolicy: 'network-only', // more may have come after it since
  });
  const dialog = useRef<HTMLDialogElement>(null);
  const reload = () => void refetch().catch(() => {}); // the failure is in `error`
  useLanguageChange(() => error && reload());
  // biome-ignore lint/correctness/useExhaustiveDependencies: opens again for another `log`
  useEffect(() => dialog.current?.showModal(), [log]);
  // The browser says in a later task that it was closed: it may have been opened again by then.
  const close = () => dialog.current?.open || onClose();
  useEffect(() => {
    if (data) dialog.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'center' });
  }, [data]);

  const failure = failureOf(texts, error);
  const logs = data?.logStream?.logContext;
  return (
    <dialog className="context" ref={dialog} tabIndex={-1} aria-labelledby="context" onClose={close}>
      <div className="actions">
        <h2 id="context">{texts.contextHeading}</h2>
        <button type="button" onClick={() => dialog.current?.close()}>
          {texts.close}
        </button>
      </div>
      <p className="hint" role="status">
        {!data && !error && texts.loading}
        {logs && texts.contextOrder}
      </p>
      {data?.logStream === null && <p>{texts.logStreamGone}</p>}
      {failure && <FailureMessage failure={failure} onRetry={reload} />}
      <ol className="logs">
        {logs?.map((near) => (
          <LogLine key={near.id} log={near} isCurrent={near.id === log.id} />
        ))}
      </ol>
    </dialog>
  );
}
