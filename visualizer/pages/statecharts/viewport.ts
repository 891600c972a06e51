import { useCallback, useEffect, useLayoutEffect, useRef, useState, type RefObject } from 'react';

import type { Box } from '../../statechart/placed-chart.ts';

/** What of the chart is seen: a point of the chart at the upper left corner, and how large one of its pixels is. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Viewport {
  readonly view: View;
  readonly zoom: (by: number) => void;
  /** The whole chart. */
  readonly fit: () => void;
  /** Moves so far that the box is seen, no further; zooms in when it could not be read. */
  readonly reveal: (box: Box) => void;
}

const LARGEST = 2.5;
const LEGIBLE = 0.62;
const MARGIN = 40;
const WHEEL_STEP = 0.0022;

/** Pans by dragging, two fingers or the wheel; zooms by the wheel with Ctrl, by pinching, or by {@link Viewport.zoom}. */
export function useViewport(element: RefObject<Element | null>, chart: { readonly width: number; readonly height: number }): Viewport {
  const [view, setView] = useState<View>({ x: 0, y: 0, scale: 0 });
  const size = useRef({ width: 0, height: 0 });
  const { width, height } = chart;

  const fit = useCallback(() => setView(wholeOf({ width, height }, size.current)), [width, height]);
  const zoomAt = useCallback(
    (by: number, at?: { readonly x: number; readonly y: number }) => {
      const { width: seenWidth, height: seenHeight } = size.current;
      const { x, y } = at ?? { x: seenWidth / 2, y: seenHeight / 2 };
      setView((from) => {
        const least = Math.min(wholeOf({ width, height }, size.current).scale, 0.3);
        const scale = Math.min(LARGEST, Math.max(least, from.scale * by));
        return { scale, x: from.x + x / from.scale - x / scale, y: from.y + y / from.scale - y / scale };
      });
    },
    [width, height],
  );
  const reveal = useCallback((box: Box) => setView((from) => revealing(from, box, size.current)), []);

  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry === undefined) return;
      const isFirst = size.current.width === 0;
      size.current = { width: entry.contentRect.width, height: entry.contentRect.height };
      if (isFirst) fit();
    });
    observer.observe(target);
    return () => observer.disconnect();
  }, [element, fit]);
  useEffect(fit, [fit]);
  usePointers(element, setView, zoomAt);
  return { view, zoom: zoomAt, fit, reveal };
}

function wholeOf(chart: { readonly width: number; readonly height: number }, seen: { readonly width: number; readonly height: number }): View {
  if (seen.width === 0 || seen.height === 0) return { x: 0, y: 0, scale: 0 };
  const scale = Math.min(1.25, seen.width / chart.width, seen.height / chart.height);
  return { scale, x: (chart.width - seen.width / scale) / 2, y: (chart.height - seen.height / scale) / 2 };
}

function revealing(from: View, box: Box, seen: { readonly width: number; readonly height: number }): View {
  if (seen.width === 0) return from;
  if (from.scale < LEGIBLE) {
    const scale = 0.85;
    return { scale, x: box.x + box.width / 2 - seen.width / scale / 2, y: box.y + box.height / 2 - seen.height / scale / 2 };
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

/** React's own listeners for wheels are passive: they could not keep the page from scrolling. */
function usePointers(element: RefObject<Element | null>, setView: (change: (from: View) => View) => void, zoomAt: (by: number, at: { x: number; y: number }) => void): void {
  useEffect(() => {
    const target = element.current;
    if (!(target instanceof SVGElement)) return;
    const pointers = new Map<number, PointerEvent>();
    const placeOf = ({ clientX, clientY }: MouseEvent): { x: number; y: number } => {
      const { left, top } = target.getBoundingClientRect();
      return { x: clientX - left, y: clientY - top };
    };
    const pan = (dx: number, dy: number): void => setView((from) => ({ ...from, x: from.x - dx / from.scale, y: from.y - dy / from.scale }));
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) zoomAt(Math.exp(-event.deltaY * WHEEL_STEP * (event.ctrlKey ? 3 : 1)), placeOf(event));
      else pan(-event.deltaX, -event.deltaY);
    };
    const onDown = (event: PointerEvent): void => {
      pointers.set(event.pointerId, event);
    };
    const onMove = (event: PointerEvent): void => {
      const last = pointers.get(event.pointerId);
      if (last === undefined) return;
      if (Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 3 && !target.hasPointerCapture(event.pointerId)) return;
      // Only what moves is a drag: a click must reach what it is on.
      target.setPointerCapture(event.pointerId);
      const [other] = [...pointers.values()].filter(({ pointerId }) => pointerId !== event.pointerId);
      pointers.set(event.pointerId, event);
      if (other === undefined) return pan(event.clientX - last.clientX, event.clientY - last.clientY);
      const before = Math.hypot(last.clientX - other.clientX, last.clientY - other.clientY);
      const now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
      pan((event.clientX - last.clientX) / 2, (event.clientY - last.clientY) / 2);
      if (before > 0) zoomAt(now / before, placeOf(event));
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
  }, [element, setView, zoomAt]);
}
