import type { MouseEvent, ReactElement } from 'react';

import { AccountMenu } from './account-menu.tsx';
import { useWords } from './language.tsx';
import { useVisitor } from './signed-in.tsx';
import { sharedWords } from './words/index.ts';

export type PageName = (typeof LINKS)[number][0];

/** Every page, in the order of the links. Each has a fragment: without one the browser would load the page anew. */
const LINKS = [
  ['sessions', '/#/'],
  ['fleet', '/#/fleet'],
  ['visualizer', '/visualizer#/'],
  ['docs', '/docs'],
] as const;

interface TopBarProps {
  /** Where one is, or within which page. */
  readonly page: PageName;
  /** One is deeper inside of `page`, as with a single session. */
  readonly isWithin?: boolean;
}

/** The product's name, the way to every page, and the account: the same wherever one is. */
export function TopBar({ page, isWithin = false }: TopBarProps): ReactElement {
  const words = useWords(sharedWords);
  const visitor = useVisitor();
  const current = isWithin ? 'true' : 'page';
  return (
    <header className="top-bar">
      <a className="skip" href="#content" onClick={focusContent}>
        {words.skip}
      </a>
      <a className="brand" href="/#/">
        <img src="/icon.svg" alt="" width="24" height="24" />
        <span>{words.product}</span>
      </a>
      <nav className="top-links" aria-label={words.product}>
        {LINKS.filter(([name]) => name !== 'fleet' || visitor?.access.scope === 'admin').map(([name, href]) => (
          <a key={name} href={href} aria-current={name === page ? current : undefined}>
            {words.pages[name]}
          </a>
        ))}
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
