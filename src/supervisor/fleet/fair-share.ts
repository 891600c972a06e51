/** A node as far as its share of the fleet's sessions is concerned. */
export interface Sharer {
  readonly nodeId: string;
  readonly capacity: number;
  /** Sessions that it runs. */
  readonly running: number;
  /** Whether it takes sessions at all: it is not being drained, and does not end. */
  readonly isServing: boolean;
  /** Whether memory or processor are short there. */
  readonly isShort: boolean;
}

/** What one node is to run, of what the whole fleet does. */
export interface Share {
  /** Sessions that it runs at most at present: the next one goes to another node. */
  readonly places: number;
  /** How many of those that it runs others should have: 0 within a tenth above its share. */
  readonly surplus: number;
  /** Sessions that other serving nodes have room for. */
  readonly roomElsewhere: number;
  /** Other nodes that serve. */
  readonly receivers: number;
}

/** A node that is short of memory or processor counts as half as large. */
const weightOf = ({ capacity, isServing, isShort }: Sharer): number =>
  isServing ? capacity * (isShort ? 1 / 2 : 1) : 0;

/**
 * The share of `self` in `wanted` sessions, by capacity. One more than the exact share is taken, so that a session that
 * is new finds a place at once; `interrupted` sessions have lost their node, and everybody makes room for them.
 */
export function shareOf(
  self: Sharer,
  others: readonly Sharer[],
  { wanted, interrupted }: { readonly wanted: number; readonly interrupted: number },
): Share {
  const serving = others.filter((one) => weightOf(one) > 0);
  const roomElsewhere = serving.reduce((sum, { capacity, running }) => sum + Math.max(0, capacity - running), 0);
  const elsewhere = { roomElsewhere, receivers: serving.length };
  if (!self.isServing) return { places: 0, surplus: Math.min(self.running, roomElsewhere), ...elsewhere };
  if (serving.length === 0) return { places: self.capacity, surplus: 0, ...elsewhere };
  const part = weightOf(self) / [self, ...serving].reduce((sum, one) => sum + weightOf(one), 0);
  const exact = wanted * part;
  const places = Math.min(self.capacity, Math.ceil(exact) + 1 + Math.ceil(interrupted * part));
  const surplus = Math.max(0, self.running - Math.max(1, Math.ceil(exact * 1.1)));
  return { places, surplus: Math.min(surplus, roomElsewhere), ...elsewhere };
}
