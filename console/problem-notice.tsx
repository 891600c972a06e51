import type { ReactElement } from 'react';

import { ApiError } from '../src/client/index.ts';
import { useWords } from '../visualizer/shared/language.tsx';
import { consoleWords } from './words/index.ts';

interface ProblemNoticeProps {
  /** What was thrown. */
  readonly problem: unknown;
  readonly onDismiss?: () => void;
}

/** What did not work, in the service's own words, with what leads to its log. */
export function ProblemNotice({ problem, onDismiss }: ProblemNoticeProps): ReactElement {
  const words = useWords(consoleWords).problem;
  const refusal = problem instanceof ApiError ? problem : null;
  return (
    <div className="notice bad problem" role="alert">
      <p>
        <strong>{words.title}.</strong> {refusal === null ? words.unreachable : refusal.message}
      </p>
      {refusal !== null && (
        <p className="small mono">
          {refusal.code}
          {refusal.requestId !== null && ` · ${words.request(refusal.requestId)}`}
        </p>
      )}
      {onDismiss !== undefined && (
        <button className="button plain" type="button" onClick={onDismiss}>
          {words.dismiss}
        </button>
      )}
    </div>
  );
}
