import type { Box, PlacedChart } from '../statechart/placed-chart.ts';

/** A state or an arrow of the chart, by its id. */
export interface Item extends Box {
  readonly kind: 'state' | 'route';
  readonly id: string;
}

/** All that can be pointed at, focused and told of, by its id. */
export function itemsOf({ states, routes }: PlacedChart): ReadonlyMap<string, Item> {
  const items: readonly Item[] = [
    ...states.map(({ id, x, y, width, height }) => ({ kind: 'state' as const, id, x, y, width, height })),
    ...routes.map(({ id, label: { x, y, width, height } }) => ({ kind: 'route' as const, id, x, y, width, height })),
  ];
  return new Map(items.map((item) => [item.id, item]));
}
