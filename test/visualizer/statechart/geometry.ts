import type { Box, PlacedChart, Point } from '../../../visualizer/statechart/placed-chart.ts';

/** Rounding to a tenth of a pixel. */
const EPSILON = 0.2;

export const overlap = (a: Box, b: Box): boolean =>
  a.x + EPSILON < b.x + b.width &&
  b.x + EPSILON < a.x + a.width &&
  a.y + EPSILON < b.y + b.height &&
  b.y + EPSILON < a.y + a.height;

export const lies = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x - EPSILON &&
  inner.y >= outer.y - EPSILON &&
  inner.x + inner.width <= outer.x + outer.width + EPSILON &&
  inner.y + inner.height <= outer.y + outer.height + EPSILON;

/** Whether the point is on the border of the box, not merely inside or near. */
export function isOnBorder({ x, y }: Point, box: Box): boolean {
  const near = (a: number, b: number) => Math.abs(a - b) <= EPSILON;
  const isWithin = lies({ x, y, width: 0, height: 0 }, box);
  return isWithin && (near(x, box.x) || near(x, box.x + box.width) || near(y, box.y) || near(y, box.y + box.height));
}

export const isRightAngled = (points: readonly Point[]): boolean =>
  points.every(({ x, y }, index) => {
    const before = points[index - 1] ?? { x, y };
    return Math.abs(before.x - x) <= EPSILON || Math.abs(before.y - y) <= EPSILON;
  });

/** Pairs of an array, each once. */
export const pairs = <Item>(items: readonly Item[]): readonly (readonly [Item, Item])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));

/** Whatever is wrong with a chart, in words; nothing when it is as it should be. */
export function faultsOf({ graph, states, starts, routes, width, height }: PlacedChart): readonly string[] {
  const boxes = new Map(states.map((state) => [state.id, state]));
  const boxOf = (id: string): Box => boxes.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  const solids = [
    ...states.filter(({ id }) => !states.some(({ parent }) => parent === id)),
    ...starts.map(({ of, dot }) => ({ id: `start of ${of}`, ...dot })),
  ];
  const labels = routes.map(({ id, label }) => ({ id, ...label }));
  return [
    ...pairs(states)
      .filter(([a, b]) => a.parent === b.parent && overlap(a, b))
      .map(([a, b]) => `${a.id} overlaps its sibling ${b.id}`),
    ...states
      .filter(({ id, parent }) => parent !== null && !lies(boxOf(id), boxOf(parent)))
      .map(({ id }) => `${id} is not inside its parent`),
    ...pairs(labels)
      .filter(([a, b]) => overlap(a, b))
      .map(([a, b]) => `the labels of ${a.id} and ${b.id} overlap`),
    ...labels.flatMap((label) =>
      solids.filter((solid) => overlap(label, solid)).map((solid) => `the label of ${label.id} covers ${solid.id}`),
    ),
    ...routes.flatMap(({ id, source, target, points, standIn }) => {
      const [first, last] = [points[0], points.at(-1)];
      if (first === undefined || last === undefined) return [`${id} has no way`];
      return [
        ...(isOnBorder(first, standIn ?? boxOf(source)) ? [] : [`${id} does not begin at the border of its source`]),
        ...(isOnBorder(last, boxOf(target)) ? [] : [`${id} does not end at the border of its target`]),
        ...(isRightAngled(points) ? [] : [`${id} goes askew`]),
      ];
    }),
    ...starts
      .filter(
        ({ of, points }) =>
          !isOnBorder(points.at(-1) ?? { x: 0, y: 0 }, boxOf(graph.nodes.find(({ id }) => id === of)?.initial ?? '')),
      )
      .map(({ of }) => `the start of ${of} ends nowhere`),
    ...[...solids, ...labels]
      .filter((box) => !lies(box, { x: 0, y: 0, width, height }))
      .map(({ id }) => `${id} is outside of the picture`),
  ];
}
