import type { Box, Point } from './placed-chart.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

const HEADINGS: Readonly<Record<Direction, Point>> = {
  up: { x: 0, y: -1 },
  down: { x: 0, y: 1 },
  left: { x: -1, y: 0 },
  right: { x: 1, y: 0 },
};
/** What lies aside counts as if it were this many times further. */
const ASIDE = 2;

/**
 * What an arrow key leads to: the nearest item in that direction, those straight ahead before those aside. `null`:
 * there is none.
 */
export function nearestTowards<Item extends Box>(items: readonly Item[], from: Box, direction: Direction): Item | null {
  const heading = HEADINGS[direction];
  const start = centreOf(from);
  const ranked = items.flatMap((item) => {
    const { x, y } = centreOf(item);
    const ahead = (x - start.x) * heading.x + (y - start.y) * heading.y;
    const aside = Math.abs((x - start.x) * heading.y) + Math.abs((y - start.y) * heading.x);
    return ahead > 0.5 ? [{ item, distance: ahead + ASIDE * aside }] : [];
  });
  return ranked.toSorted((a, b) => a.distance - b.distance)[0]?.item ?? null;
}

function centreOf({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
