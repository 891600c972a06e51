import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { nearestTowards } from '../../../visualizer/statechart/nearest.ts';
import { roundPath } from '../../../visualizer/statechart/round-path.ts';

describe('a rounded way', () => {
  it('turns around its corners', () => {
    expect(
      roundPath([
        { x: 0, y: 0 },
        { x: 0, y: 20 },
        { x: 20, y: 20 },
      ]),
    ).toBe('M0 0L0 14Q0 20 6 20L20 20');
  });

  it('turns no wider than half of a short piece', () => {
    expect(
      roundPath([
        { x: 0, y: 0 },
        { x: 0, y: 4 },
        { x: 20, y: 4 },
      ]),
    ).toBe('M0 0L0 2Q0 4 2 4L20 4');
  });

  it('keeps its ends, whatever is between, and is always a way', () => {
    const point = fc.record({ x: fc.integer({ min: 0, max: 999 }), y: fc.integer({ min: 0, max: 999 }) });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 6 }), (points) => {
        const way = roundPath(points);
        const [first, last] = [points[0], points.at(-1)];
        expect(way.startsWith(`M${first?.x} ${first?.y}`)).toBe(true);
        expect(way.endsWith(`L${last?.x} ${last?.y}`)).toBe(true);
        expect(way).not.toContain('NaN');
      }),
    );
  });
});

describe('an arrow key', () => {
  const at = (id: string, x: number, y: number) => ({ id, x, y, width: 10, height: 10 });
  const here = at('here', 50, 50);
  const around = [
    at('above', 50, 10),
    at('below', 52, 90),
    at('far below', 50, 200),
    at('right', 90, 50),
    at('aside', 80, 95),
  ];

  it('leads to the nearest in its direction, straight ahead before aside', () => {
    expect(
      (['up', 'down', 'right', 'left'] as const).map((direction) => nearestTowards(around, here, direction)?.id),
    ).toEqual(['above', 'below', 'right', undefined]);
  });
});
