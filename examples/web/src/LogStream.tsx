import { useEffect, useRef } from 'react';
import type { LogStreamFieldsFragment } from '../../../clients/typescript/operations.ts';
import { formatTime } from './format.ts';
import { useTexts } from './use-texts.ts';

/** What the results of mutations have of a log stream. */
export type LogStreamName = Pick<LogStreamFieldsFragment, 'id' | 'name'>;

interface LogStreamProps {
  readonly stream: LogStreamFieldsFragment;
  /** The log stream to open and to move the focus to. */
  readonly toOpen: LogStreamName | undefined;
  readonly onShowLogs: () => void;
  readonly onDelete: () => void;
}

export function LogStream({ stream, toOpen, onShowLogs, onDelete }: LogStreamProps) {
  const texts = useTexts();
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (toOpen?.id !== stream.id || !details.current) return;
    details.current.open = true;
    details.current.querySelector('summary')?.focus();
  }, [toOpen, stream.id]);

  const { id, name, alias, ttlInDays, createdAt } = stream;
  return (
    <div className="stream">
      <details ref={details}>
        <summary>
          <strong>{alias ? `${name} (${alias})` : name}</strong>{' '}
          <span className="hint">{ttlInDays === null ? texts.asLogGroup : texts.days(ttlInDays)}</span>
        </summary>
        <p className="hint">
          ID: <code>{id}</code>
          <br />
          {createdAt && texts.createdAt(formatTime(createdAt, texts.tag))}
        </p>
        <button type="button" className="danger" aria-label={texts.deleteStream(name)} onClick={onDelete}>
          {texts.delete}
        </button>
      </details>
      <button type="button" aria-label={texts.logsOf(name)} onClick={onShowLogs}>
        {texts.showLogs}
      </button>
    </div>
  );
}
