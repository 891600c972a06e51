import type { GraphEdge } from '../../src/domain/machine-graph.ts';
import type { LabelLine } from './placed-chart.ts';

/** What sets a transition off. */
export function triggerOf(edge: GraphEdge): Pick<LabelLine, 'kind' | 'text'> {
  if ('event' in edge) return { kind: 'event', text: edge.event };
  return 'delay' in edge ? { kind: 'delay', text: edge.delay } : { kind: 'always', text: '' };
}
