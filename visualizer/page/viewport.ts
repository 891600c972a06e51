import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type RefObject } from 'react';

import type { Box, Point } from '../statechart/placed-chart.ts';

/** What of the chart is seen: a point of the chart at the upper left corner, and how large one of its pixels is. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Viewport {
  readonly view: View;
  /** How much room there is for it, in pixels; none before that is known. */
  readonly room: Size;
  readonly zoom: (by: number) => void;
  /** The whole chart, also when the room for it changes. */
  readonly fitChart: () => void;
  /** Moves so far that the box is seen, no further. When it could not be read, zooms in on what is `around` it. */
  readonly reveal: (box: Box, around: Box) => void;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const LARGEST = 2.5;
const LEGIBLE = 0.62;
const MARGIN = 40;
const WHEEL_STEP = 0.0022;
const UNKNOWN: View = { x: 0, y: 0, scale: 0 };

/**
 * Pans by dragging, two fingers or the wheel; zooms by the wheel with Ctrl, by pinching, or by {@link Viewport.zoom}.
 * In a page that is longer than the window the wheel scrolls the page, as everywhere on it.
 */
export function useViewport(element: RefObject<Element | null>, { width, height }: Size): Viewport {
  /** `null`: the whole chart, whatever room there is. */
  const [chosen, setChosen] = useState<View | null>(null);
  const [seen, setSeen] = useState<Size>({ width: 0, height: 0 });
  const whole = useMemo(() => wholeOf({ width, height }, seen), [width, height, seen]);
  const latest = useRef({ whole, seen });
  latest.current = { whole, seen };

  const change = useCallback((next: (from: View) => View) => {
    // Before it is known how much room there is, there is nothing to move.
    if (latest.current.seen.width > 0) setChosen((from) => next(from ?? latest.current.whole));
  }, []);
  const fitChart = useCallback(() => setChosen(null), []);
  const zoom = useCallback(
    (by: number, at?: Point) => {
      const { x, y } = at ?? { x: latest.current.seen.width / 2, y: latest.current.seen.height / 2 };
      change((from) => {
        const scale = Math.min(LARGEST, Math.max(Math.min(latest.current.whole.scale, 0.3), from.scale * by));
        return { scale, x: from.x + x / from.scale - x / scale, y: from.y + y / from.scale - y / scale };
      });
    },
    [change],
  );
  const reveal = useCallback(
    (box: Box, around: Box) => change((from) => revealing(from, box, around, latest.current.seen)),
    [change],
  );

  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const measure = (): void => setSeen({ width: target.clientWidth, height: target.clientHeight });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  usePointers(element, change, zoom);
  return { view: seen.width === 0 ? UNKNOWN : (chosen ?? whole), room: seen, zoom, fitChart, reveal };
}

function wholeOf(chart: Size, seen: Size): View {
  if (seen.width === 0 || seen.height === 0) return UNKNOWN;
  const scale = Math.min(1.25, seen.width / chart.width, seen.height / chart.height);
  return { scale, x: (chart.width - seen.width / scale) / 2, y: (chart.height - seen.height / scale) / 2 };
}

function revealing(from: View, box: Box, around: Box, seen: Size): View {
  if (from.scale < LEGIBLE) {
    const scale = Math.min(
      1,
      Math.max(
        LEGIBLE + 0.08,
        Math.min((seen.width - 2 * MARGIN) / around.width, (seen.height - 2 * MARGIN) / around.height),
      ),
    );
    const isSeenWhole = around.width * scale <= seen.width && around.height * scale <= seen.height;
    const middle = isSeenWhole ? around : box;
    return {
      scale,
      x: middle.x + middle.width / 2 - seen.width / scale / 2,
      y: middle.y + middle.height / 2 - seen.height / scale / 2,
    };
  }
  const shift = (start: number, length: number, at: number, extent: number): number => {
    const room = Math.min(MARGIN, Math.max(0, (extent - length) / 2));
    if (start - room < at) return start - room;
    return start + length + room > at + extent ? start + length + room - extent : at;
  };
  return {
    scale: from.scale,
    x: shift(box.x, box.width, from.x, seen.width / from.scale),
    y: shift(box.y, box.height, from.y, seen.height / from.scale),
  };
}

function pageScrolls(): boolean {
  const { scrollHeight, clientHeight } = document.documentElement;
  return scrollHeight > clientHeight;
}

/** React's own listeners for wheels are passive: they could not keep the page from scrolling. */
function usePointers(
  element: RefObject<Element | null>,
  change: (next: (from: View) => View) => void,
  zoom: (by: number, at: Point) => void,
): void {
  useEffect(() => {
    const target = element.current;
    if (!(target instanceof SVGElement)) return;
    const pointers = new Map<number, PointerEvent>();
    const placeOf = ({ clientX, clientY }: MouseEvent): Point => {
      const { left, top } = target.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };
    const pan = (dx: number, dy: number): void =>
      change((from) => ({ ...from, x: from.x - dx / from.scale, y: from.y - dy / from.scale }));
    const onWheel = (event: WheelEvent): void => {
      const zooms = event.ctrlKey || event.metaKey;
      if (!zooms && pageScrolls()) return;
      event.preventDefault();
      if (zooms) zoom(Math.exp(-event.deltaY * WHEEL_STEP * (event.ctrlKey ? 3 : 1)), placeOf(event));
      else pan(-event.deltaX, -event.deltaY);
    };
    const onDown = (event: PointerEvent): void => {
      pointers.set(event.pointerId, event);
    };
    const onMove = (event: PointerEvent): void => {
      const last = pointers.get(event.pointerId);
      if (last === undefined) return;
      if (
        Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 3 &&
        !target.hasPointerCapture(event.pointerId)
      )
        return;
      // Only what moves is a drag: a click must reach what it is on.
      target.setPointerCapture(event.pointerId);
      const other = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
      pointers.set(event.pointerId, event);
      if (other === undefined) return pan(event.clientX - last.clientX, event.clientY - last.clientY);
      const before = Math.hypot(last.clientX - other.clientX, last.clientY - other.clientY);
      const now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      pan((event.clientX - last.clientX) / 2, (event.clientY - last.clientY) / 2);
      if (before > 0) zoom(now / before, placeOf(event));
    };
    const onUp = ({ pointerId }: PointerEvent): void => {
      pointers.delete(pointerId);
    };
    target.addEventListener('wheel', onWheel, { passive: false });
    target.addEventListener('pointerdown', onDown);
    target.addEventListener('pointermove', onMove);
    for (const end of ['pointerup', 'pointercancel'] as const) target.addEventListener(end, onUp);
    return () => {
      target.removeEventListener('wheel', onWheel);
      target.removeEventListener('pointerdown', onDown);
      target.removeEventListener('pointermove', onMove);
      for (const end of ['pointerup', 'pointercancel'] as const) target.removeEventListener(end, onUp);
    };
  }, [element, change, zoom]);
}
