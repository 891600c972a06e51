import type { Graph } from '../../src/domain/machine-graph.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

export interface PlacedState extends Box {
  readonly id: string;
  /** 0 for the whole chart. */
  readonly depth: number;
  readonly parent: string | null;
}

/** Where a state begins: a dot, with an arrow to the child in which it begins. */
export interface PlacedStart {
  readonly of: string;
  readonly dot: Box;
  readonly points: readonly Point[];
}

/** One line of a label. Several transitions may read alike. */
export interface LabelLine {
  readonly edges: readonly string[];
  readonly kind: 'event' | 'delay' | 'always';
  /** The event, or the name of the delay; empty for what needs neither. */
  readonly text: string;
  /** Only where it decides. */
  readonly guard: string | null;
}

/** All transitions from one state to another: one arrow, with a label. */
export interface PlacedRoute {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly points: readonly Point[];
  readonly label: Box;
  readonly lines: readonly LabelLine[];
  /**
   * A transition from a state to one inside of it begins at a small stand-in for the outer state, which lies beside the
   * target.
   */
  readonly standIn: Box | null;
}

/**
 * A statechart with a place for everything, in pixels from the upper left corner. What changes no state has no place.
 */
export interface PlacedChart {
  readonly graph: Graph;
  readonly width: number;
  readonly height: number;
  /** Outer states before inner ones. */
  readonly states: readonly PlacedState[];
  readonly starts: readonly PlacedStart[];
  readonly routes: readonly PlacedRoute[];
}
