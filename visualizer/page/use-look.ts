import { useEffect, useState } from 'react';

import { stepsThatLedTo } from '../statechart/history.ts';
import { placesOf } from './live-chart.ts';
import type { KnownStep } from './use-history.ts';

/** Where in a session's history one looks: at the present, or at a step of the past. */
export interface Look {
  /** The rev of the step that was picked; `null`: the present. */
  readonly rev: number | null;
  /** Place of the step among the steps: the last one at the present, -1 when there is none. */
  readonly index: number;
  readonly step: KnownStep | undefined;
  readonly isPast: boolean;
  readonly isTracing: boolean;
  /** The parts of the chart that led to the step, while one traces it. */
  readonly led: ReturnType<typeof placesOf> | null;
  readonly pick: (rev: number | null) => void;
  /** Shows what led to the step that is looked at, or no longer does. */
  readonly trace: (isTracing: boolean) => void;
}

/** `session`: whose steps they are; another one begins without a trace. */
export function useLook(steps: readonly KnownStep[], session: string): Look {
  const [rev, pick] = useState<number | null>(null);
  const [isTracing, trace] = useState(false);
  useEffect(() => trace(false), [session]);
  const found = rev === null ? -1 : steps.findIndex((step) => step.rev === rev);
  const isPast = found !== -1;
  const index = isPast ? found : steps.length - 1;
  const led = isTracing && index >= 0 ? placesOf(stepsThatLedTo(steps, index).flatMap((at) => steps[at] ?? [])) : null;
  return { rev, index, step: steps[index], isPast, isTracing, led, pick, trace };
}
