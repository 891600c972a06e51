import type { ReactElement } from 'react';

import type { Session } from '../../src/client/index.ts';
import { exportHistory } from '../statechart/export-history.ts';
import { useWords } from '../shared/language.tsx';
import type { KnownStep } from './use-history.ts';
import { chartWords } from './words/index.ts';

interface ExportButtonProps {
  readonly session: Session;
  readonly steps: readonly KnownStep[];
}

/** Saves the history as a file, which `replayHistory` of the test kit reads. */
export function ExportButton({ session, steps }: ExportButtonProps): ReactElement {
  const words = useWords(chartWords).history;
  const save = (): void => {
    const history = exportHistory({ transitions: steps, maxAttempts: session.reconnect.maxAttempts, now: Date.now() });
    const url = URL.createObjectURL(new Blob([`${JSON.stringify(history, null, 2)}\n`], { type: 'application/json' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = 'session-history.json';
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" className="button" onClick={save} disabled={steps.length === 0}>
      {words.export}
    </button>
  );
}
