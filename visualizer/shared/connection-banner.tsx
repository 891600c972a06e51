import { useSyncExternalStore, type ReactElement } from 'react';

import { useWords } from './language.tsx';
import { useLiveSessions } from './signed-in.tsx';
import { sharedWords } from './words/index.ts';

/** Says that what is shown may be old, for as long as it may. */
export function ConnectionBanner(): ReactElement {
  const words = useWords(sharedWords);
  const { connection, status } = useLiveSessions();
  const isOnline = useSyncExternalStore(subscribeOnline, () => navigator.onLine);
  const isLost = connection === 'lost' && status !== 'refused';
  return (
    <div className="connection-banner" role="status" data-shown={isLost || !isOnline}>
      {(isLost || !isOnline) && <p>{isOnline ? words.connection.lost : words.connection.offline}</p>}
    </div>
  );
}

function subscribeOnline(listener: () => void): () => void {
  for (const event of ['online', 'offline']) addEventListener(event, listener);
  return () => {
    for (const event of ['online', 'offline']) removeEventListener(event, listener);
  };
}
