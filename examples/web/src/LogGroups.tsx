import { useQuery } from '@apollo/client/react';
import { useEffect, useRef, useState } from 'react';
import { LogGroupsDocument } from '../../../clients/typescript/operations.ts';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import type { LogStreamName } from './LogStream.tsx';
import { LogStreams } from './LogStreams.tsx';
import { Logs } from './Logs.tsx';
import { useLanguageChange, useTexts } from './use-texts.ts';

/** Chooses a log group of the project, and shows its log streams. */
export function LogGroups({ projectId }: { projectId: string }) {
  const texts = useTexts();
  const { data, error, refetch } = useQuery(LogGroupsDocument, { variables: { projectId } });
  const [chosenId, setChosenId] = useState<string>();
  const [logsOf, setLogsOf] = useState<LogStreamName>();
  /** The button that has opened the logs. */
  const opener = useRef<Element>(null);
  useEffect(() => {
    if (!logsOf && opener.current instanceof HTMLElement) opener.current.focus();
  }, [logsOf]);
  const reload = () => void refetch().catch(() => {}); // the failure is in `error`
  useLanguageChange(() => error && reload());

  const failure = failureOf(texts, error);
  if (failure) return <FailureMessage failure={failure} onRetry={reload} />;
  const groups = data?.logGroups;
  const group = groups?.find(({ id }) => id === chosenId) ?? groups?.[0];
  if (!group) return <p role="status">{groups ? texts.noLogGroups : texts.loading}</p>;
  return (
    <>
      <label className="field log-group" hidden={logsOf !== undefined}>
        {texts.logGroup}
        <select value={group.id} onChange={(event) => setChosenId(event.target.value)}>
          {groups?.map(({ id, name, alias }) => (
            <option key={id} value={id}>
              {alias ? `${name} (${alias})` : name}
            </option>
          ))}
        </select>
      </label>
      <LogStreams
        key={group.id}
        projectId={projectId}
        group={group}
        isHidden={logsOf !== undefined}
        onShowLogs={(stream) => {
          opener.current = document.activeElement;
          setLogsOf(stream);
        }}
      />
      {logsOf && (
        <Logs
          ids={{ projectId, groupId: group.id, id: logsOf.id }}
          stream={logsOf}
          onClose={() => setLogsOf(undefined)}
        />
      )}
    </>
  );
}
