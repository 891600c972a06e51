import { useCallback, useMemo, useState, type KeyboardEvent, type RefObject } from 'react';

import { nearestTowards, type Direction } from '../statechart/nearest.ts';
import type { PartProps } from './chart-state.tsx';
import { CLOSER, FURTHER } from './chart-tools.tsx';
import type { Item } from './items.ts';
import type { Viewport } from './viewport.ts';

interface ChartFocusOptions {
  readonly svg: RefObject<SVGSVGElement | null>;
  readonly items: ReadonlyMap<string, Item>;
  readonly viewport: Viewport;
  /** Where the Tab key leads as long as nothing was focused. */
  readonly first: string;
}

interface ChartFocus {
  /** What is told of: pointed at, or else selected. */
  readonly shown: Item | null;
  /** It is told of until that is closed. */
  readonly isKept: boolean;
  /** Closes what is told of an item, and gives the focus back to it. */
  readonly close: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly parts: PartProps;
}

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** What of a chart is pointed at, selected and focused, by pointer and by keyboard. */
export function useChartFocus({ svg, items, viewport, first }: ChartFocusOptions): ChartFocus {
  const { zoom, fitChart, reveal } = viewport;
  const [pointed, point] = useState<string | null>(null);
  const [selected, setSelected] = useState<string | null>(null);
  const [entry, setEntry] = useState<string | null>(null);
  const tabStop = entry ?? first;

  const select = useCallback((id: string | null): void => {
    setSelected(id);
    if (id !== null) setEntry(id);
  }, []);
  const focus = (id: string): void =>
    svg.current?.querySelector<SVGElement>(`[data-item="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  const close = (): void => {
    if (selected !== null) focus(selected);
    select(null);
  };
  const walk = (direction: Direction): void => {
    const from = items.get(tabStop);
    if (from === undefined) return;
    const next = nearestTowards(
      [...items.values()].filter(({ id }) => id !== from.id),
      from,
      direction,
    );
    if (next === null) return;
    setEntry(next.id);
    focus(next.id);
    reveal(next, next);
  };
  const toggle = (): void => select(selected === tabStop ? null : tabStop);
  const commands: Readonly<Record<string, () => void>> = {
    Enter: toggle,
    ' ': toggle,
    Escape: () => select(null),
    '+': () => zoom(CLOSER),
    '=': () => zoom(CLOSER),
    '-': () => zoom(FURTHER),
    '0': fitChart,
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = ARROWS[event.key];
    const command = direction === undefined ? commands[event.key] : () => walk(direction);
    if (command === undefined) return;
    command();
    event.preventDefault();
  };
  const parts = useMemo((): PartProps => ({ point, select, setEntry, tabStop }), [select, tabStop]);
  return { shown: items.get(pointed ?? selected ?? '') ?? null, isKept: pointed === null, close, onKeyDown, parts };
}
