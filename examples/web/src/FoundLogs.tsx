import { useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import {
  type LogFieldsFragment,
  LogHistogramDocument,
  type LogSearch,
  LogsDocument,
} from '../../../clients/typescript/operations.ts';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import { formatCount, formatLogTime } from './format.ts';
import { LogContext } from './LogContext.tsx';
import { LogHistogram } from './LogHistogram.tsx';
import { LogLine } from './LogLine.tsx';
import type { LogStreamIds } from './Logs.tsx';
import { OlderLogs } from './OlderLogs.tsx';
import { useLanguageChange, useTexts } from './use-texts.ts';

const BUCKETS = 48;

interface FoundLogsProps {
  readonly ids: LogStreamIds;
  readonly search: LogSearch;
  readonly onStatus: (status: string) => void;
  readonly onSearchAgain: () => void;
}

/** What one search has found. Each search has its own, so that nothing of the one before is left. */
export function FoundLogs({ ids, search, onStatus, onSearchAgain }: FoundLogsProps) {
  const texts = useTexts();
  // The last hour is another one now than when it came into the cache.
  const fetchPolicy = 'network-only';
  const { data, error, fetchMore } = useQuery(LogsDocument, { variables: { ...ids, search }, fetchPolicy });
  const histogram = useQuery(LogHistogramDocument, {
    variables: { ...ids, search, buckets: BUCKETS },
    fetchPolicy,
  });
  const countAgain = () => void histogram.refetch().catch(() => {}); // the failure is in `histogram.error`
  const [contextOf, setContextOf] = useState<LogFieldsFragment>();
  useLanguageChange(() => {
    if (error) onSearchAgain();
    else if (histogram.error) countAgain();
  });

  const failure = failureOf(texts, error);
  const logs = data?.logStream?.logs;
  const count = logs?.edges.length ?? 0;
  const isEmpty = logs?.isComplete && count === 0;
  // Both mostly fail for the same reason, which is said once.
  const histogramFailure = failure || isEmpty ? undefined : failureOf(texts, histogram.error);

  let status = data || error ? '' : texts.loading;
  if (isEmpty) status = search.keywords ? texts.nothingFound : texts.noLogs;
  else if (logs) status = texts.shown(count, formatCount(count, texts.tag));
  useEffect(() => onStatus(status), [status, onStatus]);

  const list = useRef<HTMLOListElement>(null);
  const countBefore = useRef(0);
  const loadOlder = (after: string | null) => {
    countBefore.current = count;
    return fetchMore({ variables: { after } });
  };
  const focusNew = useCallback(() => {
    const line = list.current?.children[countBefore.current];
    if (line instanceof HTMLElement) line.focus();
    return line !== undefined;
  }, []);

  if (data?.logStream === null) return <p>{texts.logStreamGone}</p>;
  if (failure) return <FailureMessage failure={failure} onRetry={onSearchAgain} />;
  return (
    <>
      {histogramFailure && <FailureMessage failure={histogramFailure} onRetry={countAgain} />}
      {!histogramFailure && !isEmpty && (
        <LogHistogram histogram={histogram.data?.logStream?.logHistogram ?? undefined} />
      )}
      {isEmpty && <p className="hint">{search.keywords ? texts.nothingFoundHint : texts.noLogsHint}</p>}
      {logs && !isEmpty && (
        <>
          <ol className="logs" ref={list}>
            {logs.edges.map(({ node }) => (
              <LogLine key={node.id} log={node}>
                <button
                  type="button"
                  aria-label={texts.contextOf(node.at ? formatLogTime(node.at, texts.tag) : texts.noTime)}
                  onClick={() => setContextOf({ ...node })} // a new object, so that the context opens again
                >
                  {texts.context}
                </button>
              </LogLine>
            ))}
          </ol>
          <OlderLogs
            hasMore={logs.pageInfo.hasNextPage}
            isComplete={logs.isComplete}
            cursor={logs.pageInfo.endCursor}
            load={loadOlder}
            focusNew={focusNew}
          />
        </>
      )}
      {contextOf && <LogContext ids={ids} log={contextOf} onClose={() => setContextOf(undefined)} />}
    </>
  );
}
