import { useQuery } from '@apollo/client/react';
import { useRef, useState } from 'react';
import { LogGroupDocument, type LogGroupFieldsFragment } from '../../../clients/typescript/operations.ts';
import { CreateLogStream } from './CreateLogStream.tsx';
import { DeleteLogStream } from './DeleteLogStream.tsx';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import { LogStream, type LogStreamName } from './LogStream.tsx';
import { useLanguageChange, useTexts } from './use-texts.ts';

interface LogStreamsProps {
  readonly projectId: string;
  readonly group: LogGroupFieldsFragment;
  /** While the logs of one are shown in its place. */
  readonly isHidden: boolean;
  readonly onShowLogs: (stream: LogStreamName) => void;
}

/** The log streams of a log group. Mutations change the list through the cache, without another request. */
export function LogStreams({ projectId, group, isHidden, onShowLogs }: LogStreamsProps) {
  const texts = useTexts();
  const { data, error, refetch } = useQuery(LogGroupDocument, { variables: { projectId, id: group.id } });
  const [status, setStatus] = useState('');
  const [created, setCreated] = useState('');
  const [toOpen, setToOpen] = useState<LogStreamName>();
  const [toDelete, setToDelete] = useState<LogStreamName>();
  const heading = useRef<HTMLHeadingElement>(null);

  const readAgain = async () => (await refetch()).data?.logGroup?.logStreams ?? [];
  const reload = () => void readAgain().catch(() => {}); // the failure is in `error`
  const clear = () => {
    setStatus('');
    setCreated('');
  };
  useLanguageChange(() => {
    clear();
    if (error) reload();
  });

  const failure = failureOf(texts, error);
  const streams = data?.logGroup?.logStreams;
  return (
    <div className="columns" hidden={isHidden}>
      <section className="panel" aria-labelledby="log-streams">
        <div className="actions">
          <h2 id="log-streams" ref={heading} tabIndex={-1}>
            {texts.logStreamsOf(group.name)}
          </h2>
          <button type="button" onClick={reload}>
            {texts.reload}
          </button>
        </div>
        <p className="status" role="status">
          {data || error ? status : texts.loading}
        </p>
        {failure && <FailureMessage failure={failure} onRetry={reload} />}
        {data?.logGroup === null && <p>{texts.logGroupGone}</p>}
        {streams?.length === 0 && <p className="hint">{texts.noLogStreams}</p>}
        {streams?.map((stream) => (
          <LogStream
            key={stream.id}
            stream={stream}
            toOpen={toOpen}
            onShowLogs={() => onShowLogs(stream)}
            onDelete={() => setToDelete(stream)}
          />
        ))}
      </section>
      <CreateLogStream
        projectId={projectId}
        group={group}
        readAgain={readAgain}
        done={created}
        onSend={clear}
        onOpen={(stream, done) => {
          clear();
          setStatus(done);
          setToOpen({ ...stream }); // a new object also opens the same one again
          if (!streams?.some(({ id }) => id === stream.id)) reload();
        }}
        onCreated={(done, isListed) => {
          setCreated(done);
          if (!isListed) reload();
        }}
      />
      {toDelete && (
        <DeleteLogStream
          projectId={projectId}
          groupId={group.id}
          stream={toDelete}
          onClose={() => setToDelete(undefined)}
          onDeleted={(done, isListed) => {
            clear();
            setStatus(done);
            if (!isListed) reload();
            heading.current?.focus(); // the button that opened the dialog is gone
          }}
        />
      )}
    </div>
  );
}
