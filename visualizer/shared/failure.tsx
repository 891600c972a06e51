import { Component, type ReactElement, type ReactNode } from 'react';

import { useWords } from './language.tsx';
import { sharedWords } from './words/index.ts';

interface FailureBoundaryProps {
  readonly children: ReactNode;
}

/** Where a component throws, the page says so rather than to turn blank. */
export class FailureBoundary extends Component<FailureBoundaryProps, { readonly error: unknown }> {
  override readonly state: { readonly error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === null ? this.props.children : <Failure />;
  }
}

function Failure(): ReactElement {
  const words = useWords(sharedWords);
  return (
    <main className="sign-in" id="content" role="alert">
      <div className="sign-in-card card">
        <h1>{words.failure.title}</h1>
        <p className="quiet">{words.failure.lead}</p>
        <button className="button primary" type="button" onClick={() => location.reload()}>
          {words.failure.reload}
        </button>
      </div>
    </main>
  );
}
