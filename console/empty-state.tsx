import type { ReactElement, ReactNode } from 'react';

interface EmptyStateProps {
  readonly title: string;
  readonly lead: string;
  readonly tone?: 'calm' | 'bad';
  /** What one can do about it. */
  readonly children?: ReactNode;
}

/** Where there is nothing to show, why, and what to do. */
export function EmptyState({ title, lead, tone = 'calm', children }: EmptyStateProps): ReactElement {
  return (
    <section className="empty-state card" data-tone={tone} role={tone === 'bad' ? 'alert' : undefined}>
      <h2>{title}</h2>
      <p className="quiet">{lead}</p>
      {children}
    </section>
  );
}
