import { ApolloProvider } from '@apollo/client/react';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createApolloClient, type Session } from './apollo-client.ts';
import { LogGroups } from './LogGroups.tsx';
import { SignIn } from './SignIn.tsx';
import { type Language, TEXTS } from './texts.ts';
import { preferredLanguage, TextsContext } from './use-texts.ts';

export function App() {
  const [language, setLanguage] = useState(preferredLanguage);
  const texts = TEXTS[language];
  // Before the effects of the components, which may send requests in this language.
  useLayoutEffect(() => {
    document.documentElement.lang = texts.tag;
    document.title = texts.title;
  }, [texts]);

  const [session, setSession] = useState<Session>();
  const [endedSession, setEndedSession] = useState<Session & { hasExpired: boolean }>();
  const client = useMemo(
    () =>
      session &&
      createApolloClient(session, () => {
        setEndedSession({ ...session, token: '', hasExpired: true });
        // A late response to an earlier session must not end this one.
        setSession((current) => (current === session ? undefined : current));
      }),
    [session],
  );
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    if (session) main.current?.focus(); // the button that had it is gone
  }, [session]);

  function signOut() {
    if (session) setEndedSession({ ...session, token: '', hasExpired: false });
    setSession(undefined);
  }

  return (
    <TextsContext value={texts}>
      <header>
        <h1>{texts.title}</h1>
        <select
          aria-label={texts.language}
          value={language}
          onChange={(event) => setLanguage(event.target.value as Language)}
        >
          <option value="en">English</option>
          <option value="zh">中文</option>
        </select>
        {session && (
          <button type="button" onClick={signOut}>
            {texts.signOut}
          </button>
        )}
      </header>
      <main ref={main} tabIndex={-1}>
        {session && client ? (
          <ApolloProvider client={client}>
            <LogGroups projectId={session.projectId} />
          </ApolloProvider>
        ) : (
          <SignIn ended={endedSession} onSignIn={setSession} />
        )}
      </main>
    </TextsContext>
  );
}
