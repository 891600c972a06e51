import type { ReactElement } from 'react';

import { useWords } from './language.tsx';
import type { Keeping } from './token-keeping.ts';
import { sharedWords } from './words/index.ts';

interface KeepSignedInProps {
  readonly keeping: Keeping;
  readonly onChange: (keeping: Keeping) => void;
}

/** Whether one stays signed in while the tab is open, and what it means if not. */
export function KeepSignedIn({ keeping, onChange }: KeepSignedInProps): ReactElement {
  const words = useWords(sharedWords).signIn;
  return (
    <>
      <label className="check">
        <input
          type="checkbox"
          checked={keeping === 'tab'}
          onChange={(event) => onChange(event.target.checked ? 'tab' : 'page')}
        />
        {words.keep}
      </label>
      {keeping === 'page' && <p className="quiet small">{words.keepNot}</p>}
    </>
  );
}
