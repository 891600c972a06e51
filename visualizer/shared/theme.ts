import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';
export const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

const CHOSEN = 'wa-theme';
const SYSTEM_DARK = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** `system` follows the machine's own setting. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  try {
    localStorage.setItem(CHOSEN, theme);
  } catch {
    // Storage is switched off here: the choice lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Before anything is drawn. */
export function applyChosenTheme(): void {
  try {
    const chosen = THEMES.find((theme) => theme === localStorage.getItem(CHOSEN));
    if (chosen !== undefined) chooseTheme(chosen);
  } catch {
    // Storage is switched off here.
  }
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    subscribe,
    () => THEMES.find((theme) => theme === document.documentElement.dataset['theme']) ?? 'system',
  );
}

/** Whether the page is dark now, by choice or as the machine is. */
export function useIsDark(): boolean {
  const theme = useTheme();
  const isSystemDark = useSyncExternalStore(subscribeSystem, () => SYSTEM_DARK.matches);
  return theme === 'system' ? isSystemDark : theme === 'dark';
}

function subscribeSystem(listener: () => void): () => void {
  SYSTEM_DARK.addEventListener('change', listener);
  return () => SYSTEM_DARK.removeEventListener('change', listener);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
