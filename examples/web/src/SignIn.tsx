import { type FormEvent, useEffect, useRef } from 'react';
import type { Session } from './apollo-client.ts';
import { Field } from './Field.tsx';
import { useTexts } from './use-texts.ts';

/** `npm run example` sets these to what its embedded LTS accepts. They are not in a build. */
const DEMO = import.meta.env.DEV
  ? { projectId: import.meta.env.VITE_DEMO_PROJECT_ID, token: import.meta.env.VITE_DEMO_TOKEN }
  : {};

interface SignInProps {
  /** The session before this one, if there was one. */
  readonly ended: { readonly projectId: string; readonly hasExpired: boolean } | undefined;
  readonly onSignIn: (session: Session) => void;
}

/** Takes a token that the person already has. A real app gets it from its own sign-in. */
export function SignIn({ ended, onSignIn }: SignInProps) {
  const texts = useTexts();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (ended) form.current?.querySelector<HTMLElement>('[name=token]')?.focus();
  }, [ended]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const read = (name: string) => String(values.get(name)).trim();
    onSignIn({ projectId: read('projectId'), token: read('token') });
  }

  return (
    // POST, so that the token does not get into the URL if the script fails.
    <form className="panel sign-in" method="post" ref={form} onSubmit={submit}>
      <h2>{texts.signIn}</h2>
      {ended?.hasExpired && (
        <p className="failure" role="alert">
          {texts.expired}
        </p>
      )}
      <Field
        label={texts.projectId}
        name="projectId"
        required
        defaultValue={ended?.projectId ?? DEMO.projectId}
      />
      <Field
        label={texts.token}
        name="token"
        type="password"
        required
        hint={texts.tokenHint}
        defaultValue={ended ? '' : DEMO.token}
      />
      <button type="submit" className="primary">
        {texts.signIn}
      </button>
    </form>
  );
}
