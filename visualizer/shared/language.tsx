import {
  createContext,
  useContext,
  useLayoutEffect,
  useMemo,
  useState,
  type ReactElement,
  type ReactNode,
} from 'react';

import type { Dictionary, Language } from './languages.ts';

interface Choice {
  readonly language: Language;
  readonly choose: (language: Language) => void;
}

const CHOSEN = 'wa-language';
const LanguageContext = createContext<Choice>({ language: 'en', choose: () => undefined });

export function LanguageProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const [language, setLanguage] = useState(firstLanguage);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choice = useMemo((): Choice => ({ language, choose: (chosen) => setLanguage(remember(chosen)) }), [language]);
  return <LanguageContext.Provider value={choice}>{children}</LanguageContext.Provider>;
}

export function useLanguage(): Choice {
  return useContext(LanguageContext);
}

export function useWords<Words>(words: Dictionary<Words>): Words {
  return words[useLanguage().language];
}

function firstLanguage(): Language {
  const wanted = [chosenBefore(), ...navigator.languages].map((tag) => tag?.slice(0, 2));
  return wanted.find((tag): tag is Language => tag === 'en' || tag === 'es') ?? 'en';
}

function chosenBefore(): string | null {
  try {
    return localStorage.getItem(CHOSEN);
  } catch {
    return null;
  }
}

function remember(language: Language): Language {
  try {
    localStorage.setItem(CHOSEN, language);
  } catch {
    // Storage is switched off here: the choice lasts as long as the page.
  }
  return language;
}
