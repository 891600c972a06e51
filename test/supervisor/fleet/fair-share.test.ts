import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { shareOf, type Sharer } from '../../../src/supervisor/fleet/fair-share.ts';

const node = (nodeId: string, over: Partial<Sharer> = {}): Sharer => ({
  nodeId,
  capacity: 100,
  running: 0,
  isServing: true,
  isShort: false,
  ...over,
});
const REST = { wanted: 60, interrupted: 0 };

describe('a node’s share of the sessions', () => {
  it('is all that it has room for while nobody else serves', () => {
    expect(shareOf(node('a'), [], REST)).toMatchObject({ places: 100, surplus: 0 });
    expect(shareOf(node('a'), [node('b', { isServing: false })], REST)).toMatchObject({ places: 100, surplus: 0 });
  });

  it('is its part by capacity, and one more for who is new', () => {
    expect(shareOf(node('a'), [node('b'), node('c')], REST).places).toBe(21);
    expect(shareOf(node('a', { capacity: 50 }), [node('b')], REST).places).toBe(21);
  });

  it('is half as large where memory or processor are short', () => {
    expect(shareOf(node('a', { isShort: true }), [node('b')], REST).places).toBe(21);
  });

  it('has room for sessions that have lost their node', () => {
    expect(shareOf(node('a'), [node('b')], { wanted: 60, interrupted: 20 }).places).toBe(41);
  });

  it('is exceeded by no more than a tenth before sessions move', () => {
    const others = [node('b', { running: 30 }), node('c')];
    expect(shareOf(node('a', { running: 22 }), others, REST).surplus).toBe(0);
    expect(shareOf(node('a', { running: 30 }), others, REST).surplus).toBe(8);
  });

  it('is nothing for a node that is drained, which gives away what others have room for', () => {
    const drained = node('a', { running: 30, isServing: false });
    expect(shareOf(drained, [node('b', { running: 95 })], REST)).toEqual({
      places: 0,
      surplus: 5,
      roomElsewhere: 5,
      receivers: 1,
    });
    expect(shareOf(drained, [], REST)).toMatchObject({ places: 0, surplus: 0 });
  });

  it('leaves room for every session, whatever the nodes are', () => {
    const anyNode = fc.record({
      nodeId: fc.uuid(),
      capacity: fc.integer({ min: 1, max: 200 }),
      running: fc.integer({ min: 0, max: 200 }),
      isServing: fc.boolean(),
      isShort: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyNode, { minLength: 1, maxLength: 6 }), fc.nat(400), (nodes, asked) => {
        const serving = nodes.filter(({ isServing }) => isServing);
        // What is short of memory takes less: only the rest is promised.
        fc.pre(serving.length > 0 && serving.every(({ isShort }) => !isShort));
        const capacity = serving.reduce((sum, one) => sum + one.capacity, 0);
        const wanted = Math.min(asked, capacity);
        const places = nodes.map((one) => {
          const others = nodes.filter((other) => other !== one);
          return shareOf(one, others, { wanted, interrupted: 0 }).places;
        });
        expect(places.reduce((sum, of) => sum + of, 0)).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });
});
