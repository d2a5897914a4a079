import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { LogSearch, LogsQueryVariables } from '../../../clients/typescript/operations.ts';
import { Field } from './Field.tsx';
import { FoundLogs } from './FoundLogs.tsx';
import type { LogStreamName } from './LogStream.tsx';
import { useTexts } from './use-texts.ts';

/** The variables that say which log stream an operation reads. */
export type LogStreamIds = Pick<LogsQueryVariables, 'projectId' | 'groupId' | 'id'>;

const TIME_RANGES = ['900', '3600', '86400', '604800'] as const;
const FIRST_SEARCH: LogSearch = { lastSeconds: 3_600 };

interface LogsProps {
  readonly ids: LogStreamIds;
  readonly stream: LogStreamName;
  readonly onClose: () => void;
}

/** Searches the logs of a log stream. */
export function Logs({ ids, stream, onClose }: LogsProps) {
  const texts = useTexts();
  const [{ search, round }, setSearch] = useState({ search: FIRST_SEARCH, round: 0 });
  const [status, setStatus] = useState('');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);

  const start = (next: LogSearch) => setSearch({ search: next, round: round + 1 });

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const keywords = String(values.get('keywords')).trim();
    const lastSeconds = Number(values.get('lastSeconds'));
    start(keywords ? { lastSeconds, keywords } : { lastSeconds });
  }

  return (
    <section className="panel" aria-labelledby="logs">
      <div className="actions">
        <h2 id="logs" ref={heading} tabIndex={-1}>
          {texts.logsOf(stream.name)}
        </h2>
        <button type="button" onClick={onClose}>
          {texts.backToLogStreams}
        </button>
      </div>
      {/* POST, so that what is searched for does not get into the URL if the script fails. */}
      <form className="search" method="post" onSubmit={submit}>
        <Field label={texts.keywords} name="keywords" hint={texts.keywordsHint} />
        <label className="field">
          {texts.time}
          <select name="lastSeconds" defaultValue={String(FIRST_SEARCH.lastSeconds)}>
            {TIME_RANGES.map((seconds) => (
              <option key={seconds} value={seconds}>
                {texts.timeRanges[seconds]}
              </option>
            ))}
          </select>
        </label>
        <button type="submit" className="primary">
          {texts.search}
        </button>
      </form>
      <div className="actions">
        <p className="status" role="status">
          {status}
        </p>
        <button type="button" onClick={() => start(search)}>
          {texts.newestLogs}
        </button>
      </div>
      <FoundLogs
        key={round}
        ids={ids}
        search={search}
        onStatus={setStatus}
        onSearchAgain={() => start(search)}
      />
    </section>
  );
}
