import { type MouseEvent, type ReactNode, useEffect, useState } from 'react';
import type { Failure } from './failure.ts';
import { useTexts } from './use-texts.ts';

interface FailureMessageProps {
  readonly failure: Failure;
  readonly onRetry: () => void;
  /** More to do about it. */
  readonly children?: ReactNode;
}

export function FailureMessage({ failure, onRetry, children }: FailureMessageProps) {
  const texts = useTexts();
  const besideFields = Object.values(failure.inputErrors);
  const isRepeated = besideFields.includes(failure.message);
  return (
    <div className={isRepeated ? 'actions' : 'failure'}>
      {!isRepeated && <p role="alert">{failure.message}</p>}
      {/* Outside of the alert: a screen reader would read the countdown every second. */}
      <div className="actions">
        {failure.isRetryable && (
          <RetryButton key={failure.requestId} afterSeconds={failure.retryAfterSeconds} onRetry={onRetry} />
        )}
        {children}
      </div>
      {failure.requestId && besideFields.length === 0 && (
        <p className="hint">
          {texts.requestId}: <code>{failure.requestId}</code>
        </p>
      )}
    </div>
  );
}

function RetryButton({ afterSeconds, onRetry }: { afterSeconds: number; onRetry: () => void }) {
  const texts = useTexts();
  const [secondsLeft, setSecondsLeft] = useState(afterSeconds);
  useEffect(() => {
    const end = Date.now() + afterSeconds * 1_000; // a timer alone is late in a tab in the background
    const timer = setInterval(() => {
      const left = Math.ceil((end - Date.now()) / 1_000);
      setSecondsLeft(Math.max(0, left));
      if (left <= 0) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [afterSeconds]);

  function retry(event: MouseEvent<HTMLButtonElement>) {
    // The message and this button go away: the focus must not get lost with them.
    event.currentTarget.closest<HTMLElement>('[tabindex="-1"]')?.focus();
    onRetry();
  }

  return (
    <button type="button" disabled={secondsLeft > 0} onClick={retry}>
      {secondsLeft > 0 ? texts.tryAgainIn(secondsLeft) : texts.tryAgain}
    </button>
  );
}
