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
}

/** The log streams of a log group. Mutations change the list through the cache, without another request. */
export function LogStreams({ projectId, group }: LogStreamsProps) {
  const texts = useTexts();
  const { data, error, refetch } = useQuery(LogGroupDocument, { variables: { projectId, id: group.id } });
  const [status, setStatus] = useState('');
  const [toOpen, setToOpen] = useState<LogStreamName>();
  const [toDelete, setToDelete] = useState<LogStreamName>();
  const heading = useRef<HTMLHeadingElement>(null);

  const readAgain = async () => (await refetch()).data?.logGroup?.logStreams ?? [];
  const reload = () => void readAgain().catch(() => {}); // the failure is in `error`
  useLanguageChange(() => {
    setStatus('');
    if (error) reload();
  });

  const failure = failureOf(texts, error);
  const streams = data?.logGroup?.logStreams;
  return (
    <div className="columns">
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
          <LogStream key={stream.id} stream={stream} toOpen={toOpen} onDelete={() => setToDelete(stream)} />
        ))}
      </section>
      <CreateLogStream
        projectId={projectId}
        group={group}
        readAgain={readAgain}
        onSend={() => setStatus('')}
        onOpen={(stream, done) => {
          setStatus(done);
          setToOpen({ ...stream }); // a new object also opens the same one again
          if (!streams?.some(({ id }) => id === stream.id)) reload();
        }}
        onCreated={(done, isListed) => {
          setStatus(done);
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
            setStatus(done);
            if (!isListed) reload();
            heading.current?.focus(); // the button that opened the dialog is gone
          }}
        />
      )}
    </div>
  );
}
