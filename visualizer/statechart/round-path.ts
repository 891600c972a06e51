import type { Point } from './placed-chart.ts';

/** The way as an SVG path, its corners rounded by at most `radius` pixels. */
export function roundPath(points: readonly Point[], radius = 6): string {
  const [first, ...others] = points;
  if (first === undefined) return '';
  const parts = others.map((point, index) => {
    const before = points[index] ?? first;
    const after = points[index + 2];
    if (after === undefined) return `L${point.x} ${point.y}`;
    const turn = Math.min(radius, distance(before, point) / 2, distance(point, after) / 2);
    const into = towards(point, before, turn);
    const out = towards(point, after, turn);
    return `L${into.x} ${into.y}Q${point.x} ${point.y} ${out.x} ${out.y}`;
  });
  return `M${first.x} ${first.y}${parts.join('')}`;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Point, to: Point, by: number): Point {
  const whole = distance(from, to);
  const share = whole === 0 ? 0 : by / whole;
  const round = (value: number): number => Math.round(value * 10) / 10;
  return { x: round(from.x + (to.x - from.x) * share), y: round(from.y + (to.y - from.y) * share) };
}
