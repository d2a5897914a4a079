import { useMutation } from '@apollo/client/react';
import { useEffect, useRef } from 'react';
import { DeleteLogStreamDocument } from '../../../clients/typescript/operations.ts';
import { FailureMessage } from './FailureMessage.tsx';
import { failureOf } from './failure.ts';
import type { LogStreamName } from './LogStream.tsx';
import { useTexts } from './use-texts.ts';

interface DeleteLogStreamProps {
  readonly projectId: string;
  readonly groupId: string;
  readonly stream: LogStreamName;
  readonly onClose: () => void;
  /**
   * @param done what to say about it
   * @param isListed whether the list in the cache is without it already
   */
  readonly onDeleted: (done: string, isListed: boolean) => void;
}

/** Asks before it deletes. The browser keeps the focus in the dialog, and returns it when the dialog closes. */
export function DeleteLogStream({ projectId, groupId, stream, onClose, onDeleted }: DeleteLogStreamProps) {
  const texts = useTexts();
  const [remove, { data, error, loading }] = useMutation(DeleteLogStreamDocument);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const result = data?.deleteLogStream;
  const failure = failureOf(texts, error, result?.__typename === 'LtsError' ? result : undefined);

  async function confirm() {
    if (loading) return;
    const variables = { projectId, groupId, streamId: stream.id };
    const response = await remove({ variables }).catch(() => undefined); // the failure is in `error`
    const deleted = response?.data?.deleteLogStream;
    if (deleted?.__typename === 'LogStreamDeleted') {
      dialog.current?.close();
      onDeleted(texts.deleted(stream.name), deleted.logGroup !== null);
    } else if (deleted?.__typename === 'LtsError' && deleted.kind === 'NOT_FOUND') {
      dialog.current?.close();
      onDeleted(texts.wasGone(stream.name), false);
    }
  }

  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      aria-labelledby="delete"
      aria-describedby="delete-warning"
      onClose={onClose}
    >
      <h2 id="delete">{texts.deleteQuestion(stream.name)}</h2>
      <p id="delete-warning">{texts.deleteWarning}</p>
      {failure && <FailureMessage failure={failure} onRetry={confirm} />}
      <div className="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          {texts.cancel}
        </button>
        <button type="button" className="danger" aria-disabled={loading} onClick={confirm}>
          {loading ? texts.deleting : texts.delete}
        </button>
      </div>
    </dialog>
  );
}
