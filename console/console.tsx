import { useEffect, useRef, type ReactElement } from 'react';

import { useWords } from '../visualizer/shared/language.tsx';
import { TopBar } from '../visualizer/shared/top-bar.tsx';
import { sharedWords } from '../visualizer/shared/words/index.ts';
import { FleetPage } from './fleet/fleet-page.tsx';
import { ListPage } from './list/list-page.tsx';
import { readRoute, useFragment, type Route } from './routes.ts';
import { SessionPage } from './session/session-page.tsx';

/** The console: its pages by the address's fragment. */
export function Console(): ReactElement {
  const fragment = useFragment();
  const route = readRoute(fragment);
  const main = useArrival(fragment, route);
  return (
    <>
      <TopBar page={route.page === 'fleet' ? 'fleet' : 'sessions'} isWithin={route.page === 'session'} />
      <main id="content" className="console" tabIndex={-1} ref={main}>
        {route.page === 'list' && <ListPage />}
        {route.page === 'fleet' && <FleetPage />}
        {route.page === 'session' && <SessionPage key={fragment} userId={route.userId} id={route.id} />}
      </main>
    </>
  );
}

/** Where one was scrolled to in the list. */
let listScroll = 0;

/** On the way to another page: its title, its top, and the focus for who does not see it. */
function useArrival(fragment: string, route: Route) {
  const { product, pages } = useWords(sharedWords);
  const main = useRef<HTMLElement>(null);
  const arrivedAt = useRef(fragment);
  const titles: Readonly<Record<Route['page'], string>> = {
    list: pages.sessions,
    fleet: pages.fleet,
    session: route.page === 'session' ? route.id : '',
  };
  const title = `${titles[route.page]} · ${product}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    if (arrivedAt.current === fragment) return undefined;
    arrivedAt.current = fragment;
    main.current?.focus({ preventScroll: true });
    scrollTo(0, route.page === 'list' ? listScroll : 0);
    return undefined;
  }, [fragment, route.page]);
  useEffect(() => {
    if (route.page !== 'list') return undefined;
    const remember = (): void => {
      if (readRoute(location.hash).page === 'list') listScroll = scrollY;
    };
    addEventListener('scroll', remember, { passive: true });
    return () => removeEventListener('scroll', remember);
  }, [route.page]);
  return main;
}
