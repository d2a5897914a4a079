import type { ErrorLike } from '@apollo/client';
import { useEffect, useRef, useState } from 'react';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import { useLanguageChange, useTexts } from './use-texts.ts';

interface OlderLogsProps {
  readonly hasMore: boolean;
  /** Whether LTS has looked at everything for the last page. */
  readonly isComplete: boolean;
  /** Of the last log that is shown. */
  readonly cursor: string | null;
  /** Rejects where the page cannot be read. */
  readonly load: (cursor: string | null) => Promise<unknown>;
  /** @returns whether there are new logs, the first of which has the focus now */
  readonly focusNew: () => boolean;
}

/** Below the list: loads the next page when the person scrolls to it, or presses the button. */
export function OlderLogs({ hasMore, isComplete, cursor, load, focusNew }: OlderLogsProps) {
  const texts = useTexts();
  const [isLoading, setLoading] = useState(false);
  const [error, setError] = useState<ErrorLike>();
  const [hasFailed, setFailed] = useState(false);
  const section = useRef<HTMLDivElement>(null);
  const isBusy = useRef(false); // `isLoading` comes too late where scrolling and a click are at once
  const isByButton = useRef(false);
  useLanguageChange(() => setError(undefined));

  async function loadNext(byButton: boolean) {
    if (isBusy.current) return;
    isBusy.current = true;
    isByButton.current = byButton;
    setLoading(true);
    setError(undefined);
    const failed = await load(cursor).then(
      () => undefined,
      (reason: ErrorLike) => reason,
    );
    isBusy.current = false;
    setError(failed);
    setFailed(failed !== undefined);
    setLoading(false);
  }

  // LTS allows few reads a minute. So only a full page without a failure has the next one follow by itself: after any other
  // this stays in view, and page after page would be read.
  const isAutomatic = hasMore && isComplete && !hasFailed;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `loadNext` is a new function each time, and each page has a cursor
  useEffect(() => {
    if (!isAutomatic || !section.current) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) void loadNext(false);
      },
      { rootMargin: '200px' },
    );
    observer.observe(section.current);
    return () => observer.disconnect();
  }, [isAutomatic, cursor]);

  useEffect(() => {
    if (isLoading || !isByButton.current) return;
    isByButton.current = false;
    // The button is below what has come, or has gone.
    if (!focusNew() && document.activeElement === document.body) section.current?.focus();
  }, [isLoading, focusNew]);

  const failure = failureOf(texts, error);
  return (
    <div className="older" ref={section} tabIndex={-1}>
      {!isComplete && <p>{texts.incomplete}</p>}
      {failure && <FailureMessage failure={failure} onRetry={() => void loadNext(true)} />}
      {hasMore && !failure && (
        <button type="button" aria-disabled={isLoading} onClick={() => void loadNext(true)}>
          {isLoading ? texts.loading : texts.showOlder}
        </button>
      )}
      {!hasMore && <p className="hint">{texts.noOlder}</p>}
    </div>
  );
}
