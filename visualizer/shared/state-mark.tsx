import type { ReactElement } from 'react';

import type { SessionState } from '../../src/client/index.ts';
import { useWords } from './language.tsx';
import { sharedWords } from './words/index.ts';

/** A shape for each state, so that they are told apart without colour. */
const SHAPES: Readonly<Record<SessionState, string>> = {
  ready:
    'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm3.3 4.9-4 4.2a.8.8 0 0 1-1.15 0L4.7 9.1a.8.8 0 1 1 1.15-1.1l.9.92 3.4-3.6a.8.8 0 1 1 1.16 1.1Z',
  waiting_qr:
    'M2 2h5v5H2V2Zm1.6 1.6v1.8h1.8V3.6H3.6ZM9 2h5v5H9V2Zm1.6 1.6v1.8h1.8V3.6h-1.8ZM2 9h5v5H2V9Zm1.6 1.6v1.8h1.8v-1.8H3.6ZM9 9h2v2H9V9Zm3 0h2v2h-2V9Zm-1.5 3h2v2h-2v-2Z',
  authenticating:
    'M8 1.5a6.5 6.5 0 1 0 6.5 6.5h-1.7A4.8 4.8 0 1 1 8 3.2V1.5Zm2.1.35-.5 1.6a4.8 4.8 0 0 1 2.95 2.95l1.6-.5a6.5 6.5 0 0 0-4.05-4.05Z',
  disconnected: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.7a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 0 1 0-9.6Z',
  reconnecting:
    'M13.6 1.9v4.2H9.4l1.6-1.6a4.6 4.6 0 0 0-7.4 2.1l-1.6-.5A6.3 6.3 0 0 1 12.2 3.3l1.4-1.4ZM2.4 14.1V9.9h4.2L5 11.5a4.6 4.6 0 0 0 7.4-2.1l1.6.5A6.3 6.3 0 0 1 3.8 12.7l-1.4 1.4Z',
  failed: 'M8 1.2 15.2 14H.8L8 1.2Zm-.8 4.6v4h1.6v-4H7.2Zm0 5v1.6h1.6v-1.6H7.2Z',
};

/** The state's shape and colour; say the state beside it. */
export function StateMark({ state }: { readonly state: SessionState }): ReactElement {
  return (
    <svg className="state-mark" data-state={state} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={SHAPES[state]} fill="currentColor" fillRule="evenodd" />
    </svg>
  );
}

/** Shape, colour and name. */
export function StateLabel({ state }: { readonly state: SessionState }): ReactElement {
  return (
    <span className="state-label" data-state={state}>
      <StateMark state={state} />
      {useWords(sharedWords).states[state]}
    </span>
  );
}
