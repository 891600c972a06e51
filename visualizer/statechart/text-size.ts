import type { LabelLine } from './placed-chart.ts';

/**
 * All text in a chart is set in the reader's monospaced font, whichever that is: none of those in use is wider than
 * this, as a share of the size. So the layout needs no browser to measure it.
 */
const WIDEST = 0.61;

export const NAME_SIZE = 13;
export const LABEL_SIZE = 11;
export const LABEL_LINE = 15;
export const STAND_IN_SIZE = 10;
export const LABEL_PADDING = { x: 6, y: 3 };

export function widthOf(text: string, size: number): number {
  return Math.ceil(text.length * size * WIDEST);
}

/** What a line of a label shows. A delay is told by a small clock, which is as wide as two letters. */
export function textOf({ kind, text, guard }: LabelLine): string {
  const trigger = kind === 'delay' ? `   ${text}` : text;
  return [trigger, guard === null ? '' : `[${guard}]`].filter((word) => word !== '').join(' ');
}

export function labelSize(lines: readonly LabelLine[]): { readonly width: number; readonly height: number } {
  return {
    width: Math.max(...lines.map((line) => widthOf(textOf(line), LABEL_SIZE))) + 2 * LABEL_PADDING.x,
    height: lines.length * LABEL_LINE + 2 * LABEL_PADDING.y,
  };
}
