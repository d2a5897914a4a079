import { type ReactNode, useState } from 'react';
import type { LogFieldsFragment } from '../../../clients/typescript/operations.ts';
import { formatCount, formatLogTime } from './format.ts';
import { useTexts } from './use-texts.ts';

/** A log can have a million characters, or thousands of lines. */
const MAX_CHARACTERS = 1_000;
const MAX_LINES = 12;

interface LogLineProps {
  readonly log: LogFieldsFragment;
  /** Whether the logs around it are those of this one. */
  readonly isCurrent?: boolean;
  /** What can be done with it. */
  readonly children?: ReactNode;
}

export function LogLine({ log, isCurrent = false, children }: LogLineProps) {
  const texts = useTexts();
  const [isWhole, setWhole] = useState(false);
  const { at, content, labels } = log;
  const beginning = beginningOf(content);
  return (
    <li className="log" tabIndex={-1} aria-current={isCurrent || undefined}>
      <div className="log-head">
        {at ? <time dateTime={at}>{formatLogTime(at, texts.tag)}</time> : <span>{texts.noTime}</span>}
        {isCurrent && <strong>{texts.thisLog}</strong>}
        {children}
      </div>
      {/* Anybody may have written it: React makes it text, never HTML. */}
      <pre>{isWhole || beginning === content ? content : `${beginning}…`}</pre>
      {beginning !== content && (
        <button type="button" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole ? texts.showLess : texts.showWhole(formatCount(content.length, texts.tag))}
        </button>
      )}
      {labels.length > 0 && (
        <details>
          <summary>{texts.labels(labels.length)}</summary>
          <dl>
            {labels.map(({ key, value }) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}

function beginningOf(content: string): string {
  const lines = content.slice(0, MAX_CHARACTERS).split('\n').slice(0, MAX_LINES).join('\n');
  // Half of a character at the end would be shown as a replacement character.
  return lines === content ? content : lines.replace(/[\uD800-\uDBFF]$/, '');
}
