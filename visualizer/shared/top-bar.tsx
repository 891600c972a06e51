import type { MouseEvent, ReactElement, ReactNode } from 'react';

import { AccountMenu } from './account-menu.tsx';
import { useWords } from './language.tsx';
import { useSignedIn } from './signed-in.tsx';
import { handOver } from './token-keeping.ts';
import { sharedWords } from './words/index.ts';

export type PageName = 'console' | 'visualizer';

const PATHS: Readonly<Record<PageName, string>> = { console: '/', visualizer: '/visualizer' };

/** The product's name, the way to the other pages, and the account. `children` are the page's own navigation. */
export function TopBar({ page, children }: { readonly page: PageName; readonly children?: ReactNode }): ReactElement {
  const words = useWords(sharedWords);
  const { access } = useSignedIn();
  // The next page of this tab is signed in as well, without the token being kept.
  const leave = (event: MouseEvent): void => {
    if (event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) handOver(access);
  };
  return (
    <header className="top-bar">
      <a className="skip" href="#content" onClick={focusContent}>
        {words.skip}
      </a>
      <a className="brand" href={PATHS[page]} onClick={leave}>
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span>{words.product}</span>
      </a>
      <nav className="top-links" aria-label={words.product}>
        {children}
        {page === 'console' ? (
          <a href={PATHS.visualizer} onClick={leave}>
            {words.pages.visualizer}
          </a>
        ) : (
          <a href={PATHS.console} onClick={leave}>
            {words.pages.console}
          </a>
        )}
        <a href="/docs">{words.pages.docs}</a>
      </nav>
      <AccountMenu />
    </header>
  );
}

/** Without the address: its fragment is the page's route. */
function focusContent(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#content')?.focus();
}
