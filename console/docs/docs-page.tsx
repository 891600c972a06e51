import { useEffect, useRef, useState, type ReactElement } from 'react';

import { useWords } from '../../visualizer/shared/language.tsx';
import { useVisitor } from '../../visualizer/shared/signed-in.tsx';
import { useIsDark } from '../../visualizer/shared/theme.ts';
import { TopBar } from '../../visualizer/shared/top-bar.tsx';
import { sharedWords } from '../../visualizer/shared/words/index.ts';
import { showApi } from './swagger.ts';

/** The interface as its OpenAPI document has it, with the calls to try. Who is signed in tries them as themselves. */
export function DocsPage(): ReactElement {
  const words = useWords(sharedWords);
  const token = useVisitor()?.access.token ?? null;
  const isDark = useIsDark();
  const title = `${words.pages.docs} · ${words.product}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
  useEffect(() => {
    // Swagger's own name for it.
    document.documentElement.classList.toggle('dark-mode', isDark);
  }, [isDark]);
  return (
    <>
      <TopBar page="docs" />
      {/* Swagger brings a landmark of its own. */}
      <div id="content" className="docs" tabIndex={-1}>
        <Api key={token} token={token} failed={words.docs.failed} />
      </div>
    </>
  );
}

interface ApiProps {
  readonly token: string | null;
  /** What is said when there is nothing to show. */
  readonly failed: string;
}

function Api({ token, failed }: ApiProps): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const [hasFailed, setHasFailed] = useState(false);
  useEffect(() => {
    const within = place.current;
    if (within !== null) showApi(within, token).catch(() => setHasFailed(true));
  }, [token]);
  if (hasFailed)
    return (
      <p className="notice" role="alert">
        {failed}
      </p>
    );
  return <div ref={place} lang="en" />;
}
