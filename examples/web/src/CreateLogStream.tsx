import { useMutation } from '@apollo/client/react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import {
  CreateLogStreamDocument,
  type CreateLogStreamInput,
  type LogGroupFieldsFragment,
} from '../../../clients/typescript/operations.ts';
import { isOwn } from '../../../clients/web/create-log-stream.ts';
import { FailureMessage } from './FailureMessage.tsx';
import { Field } from './Field.tsx';
import { failureOf } from './failure.ts';
import type { LogStreamName } from './LogStream.tsx';
import { useLanguageChange, useTexts } from './use-texts.ts';

interface CreateLogStreamProps {
  readonly projectId: string;
  readonly group: LogGroupFieldsFragment;
  /** Requests the list of log streams once more. */
  readonly readAgain: () => Promise<readonly LogStreamName[]>;
  /** What to say about the create that succeeded last. */
  readonly done: string;
  readonly onSend: () => void;
  /** @param done what to say about it */
  readonly onOpen: (stream: LogStreamName, done: string) => void;
  /** @param isListed whether the list in the cache has it */
  readonly onCreated: (done: string, isListed: boolean) => void;
}

export function CreateLogStream(props: CreateLogStreamProps) {
  const { projectId, group, readAgain, done, onSend, onOpen, onCreated } = props;
  const texts = useTexts();
  const [create, { data, error, loading, reset }] = useMutation(CreateLogStreamDocument);
  const [sentName, setSentName] = useState('');
  const [look, setLook] = useState<'looking' | 'missing'>();
  const form = useRef<HTMLFormElement>(null);
  const feedback = useRef<HTMLDivElement>(null);
  /** The input of which it is not known whether it has taken effect, and since when. */
  const firstSent = useRef({ input: '', at: 0 });
  useLanguageChange(() => {
    if (loading) return;
    reset();
    setLook(undefined);
  });

  const result = data?.createLogStream;
  const ltsError = result?.__typename === 'LtsError' ? result : undefined;
  const failure = failureOf(texts, error, ltsError);
  useEffect(() => {
    if (!data && !error && !done && !look) return;
    const invalid = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    // On a phone, what is below the button is often outside of the window.
    if (invalid) invalid.focus();
    else feedback.current?.scrollIntoView({ block: 'nearest' });
  }, [data, error, done, look]);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (loading) return;
    const input = readInput(event.currentTarget);
    onSend();
    setSentName(input.name);
    setLook(undefined);
    const text = JSON.stringify({ group: group.id, input });
    if (firstSent.current.input !== text) firstSent.current = { input: text, at: performance.now() };
    const variables = { projectId, groupId: group.id, input };
    const response = await create({ variables }).catch(() => undefined); // the failure is in `error`
    const created = response?.data?.createLogStream;
    if (created?.__typename === 'LogStreamCreated') {
      end(created.logGroup !== null);
    } else if (created?.__typename === 'LtsError' && isOwn(created, firstSent.current.at)) {
      // The browser has sent the create again by itself, or the user has after a lost connection.
      reset();
      end(false);
    } else if (created?.__typename === 'LtsError' && created.outcome === 'NOT_APPLIED') {
      firstSent.current = { input: '', at: 0 };
    }

    function end(isListed: boolean) {
      firstSent.current = { input: '', at: 0 };
      form.current?.reset();
      onCreated(texts.created(input.name), isListed);
    }
  }

  async function lookAgain() {
    if (look === 'looking') return;
    setLook('looking');
    const streams = await readAgain().catch(() => undefined); // the failure is shown above the list
    const found = streams?.find(({ name }) => name === sentName);
    setLook(streams && !found ? 'missing' : undefined);
    if (!found) return;
    reset();
    form.current?.reset();
    onOpen(found, texts.wasCreated(sentName));
  }

  function sendAgain() {
    form.current?.querySelector<HTMLElement>('[type="submit"]')?.focus(); // the button that has it goes away
    form.current?.requestSubmit();
  }

  const existing = ltsError?.existingLogStream;
  return (
    <section className="panel" aria-labelledby="create">
      <h2 id="create">{texts.createLogStream}</h2>
      {/* The gateway has the rules: what it finds wrong is shown beside the fields. */}
      <form method="post" noValidate ref={form} onSubmit={submit}>
        <Field
          label={texts.name}
          name="input.name"
          required
          hint={texts.nameHint}
          error={failure?.inputErrors['input.name']}
        />
        <Field
          label={texts.retention}
          name="input.ttlInDays"
          inputMode="numeric"
          hint={texts.retentionHint(group.ttlInDays)}
          error={failure?.inputErrors['input.ttlInDays']}
        />
        <button type="submit" className="primary" aria-disabled={loading}>
          {loading ? texts.creating : texts.create}
        </button>
      </form>
      <div className="feedback" ref={feedback}>
        {failure && (
          <FailureMessage failure={failure} onRetry={sendAgain}>
            {existing && (
              <button
                type="button"
                onClick={() => {
                  reset();
                  onOpen(existing, '');
                }}
              >
                {texts.open(existing.name)}
              </button>
            )}
            {ltsError?.outcome === 'UNKNOWN' && (
              <button type="button" aria-disabled={look === 'looking'} onClick={lookAgain}>
                {look === 'looking' ? texts.looking : texts.lookAgain}
              </button>
            )}
            {look === 'missing' && (
              <button type="button" onClick={sendAgain}>
                {texts.createAgain}
              </button>
            )}
          </FailureMessage>
        )}
        <p role="status" className={done && 'done'}>
          {look === 'missing' ? texts.notInList(sentName) : done}
        </p>
      </div>
    </section>
  );
}

/** The name of each field is the path that `inputErrors` has for it. */
function readInput(form: HTMLFormElement): CreateLogStreamInput {
  const values = new FormData(form);
  const name = String(values.get('input.name')).trim();
  const retention = String(values.get('input.ttlInDays')).trim();
  return retention ? { name, ttlInDays: toNumber(retention) } : { name };
}

/** What is no number is sent as it is, because JSON has no NaN: the gateway refuses it. */
function toNumber(text: string): number {
  const number = Number(text);
  return Number.isFinite(number) ? number : (text as unknown as number);
}
