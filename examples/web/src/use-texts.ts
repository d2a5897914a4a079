import { createContext, useContext, useEffect, useRef } from 'react';
import { type Language, TEXTS, type Texts } from './texts.ts';

export const preferredLanguage = (): Language => (navigator.language.startsWith('zh') ? 'zh' : 'en');

export const TextsContext = createContext<Texts>(TEXTS.en);
export const useTexts = (): Texts => useContext(TextsContext);

/** Calls back when the person has chosen another language: texts of the gateway that are shown are in the old one. */
export function useLanguageChange(callback: () => void): void {
  const { tag } = useTexts();
  const shown = useRef(tag);
  useEffect(() => {
    if (shown.current === tag) return;
    shown.current = tag;
    callback();
  });
}
