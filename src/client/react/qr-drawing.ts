import { useEffect, useState } from 'react';

import type { SessionHandle } from '../session-handle.ts';
import { pause } from '../timing.ts';

/** A QR as one path; the width and height of its field are `size`. */
export interface QrDrawing {
  readonly size: string;
  readonly path: string;
}

/** The dark modules: what is stroked in the service's SVG. */
const DRAWING = /viewBox="0 0 (\d+) \1".*stroke="#000000" d="([Mmhv\d. -]+)"/s;
const RETRY_MS = 2_000;

/**
 * Takes the path out of the service's SVG. What is not a plain path is no drawing: nothing else of it gets into the
 * page.
 */
export function readDrawing(svg: string): QrDrawing | null {
  const [, size, path] = DRAWING.exec(svg) ?? [];
  return size === undefined || path === undefined ? null : { size, path };
}

/**
 * The drawing of a session's present QR, fetched with the token. The former one stays until the next is there. `null`
 * without a code.
 */
export function useQrDrawing(session: SessionHandle, code: string | null): QrDrawing | null {
  const [drawing, setDrawing] = useState<QrDrawing | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const draw = async (): Promise<void> => {
      while (!signal.aborted && code !== null) {
        const svg = await session.qr({ format: 'svg', signal }).catch(() => '');
        const next = readDrawing(svg);
        if (signal.aborted) return;
        if (next !== null) return setDrawing(next);
        await pause(RETRY_MS, signal);
      }
    };
    if (code === null) setDrawing(null);
    else void draw();
    return () => leaving.abort();
  }, [session, code]);
  return code === null ? null : drawing;
}
