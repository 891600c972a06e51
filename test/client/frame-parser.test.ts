import fc from 'fast-check';
import { expect, it } from 'vitest';

import { FrameParser } from '../../src/client/frame-parser.ts';

const STREAM =
  ': open\nretry: 2000\n\nid: 1-0\nevent: session.snapshot\ndata: {"name":"Ana: ventas"}\n\n: still here\nid: 2-0\n\ndata: a\ndata:b\n\n';
const FRAMES = [
  { id: null, event: 'message', data: null, retryMs: 2_000 },
  { id: '1-0', event: 'session.snapshot', data: '{"name":"Ana: ventas"}', retryMs: null },
  { id: '2-0', event: 'message', data: null, retryMs: null },
  { id: null, event: 'message', data: 'a\nb', retryMs: null },
];

it('a stream gives the same frames wherever it is cut and however its lines end', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(STREAM.length * 2)), fc.constantFrom('\n', '\r\n', '\r'), (cuts, end) => {
      const text = `${STREAM.replaceAll('\n', end)}:`;
      const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
      const parser = new FrameParser();
      expect(
        places.flatMap((place, index) => Array.from(parser.feed(text.slice(place, places[index + 1] ?? place)))),
      ).toEqual(FRAMES);
    }),
  );
});

it('a name with a line separator of Unicode is kept whole', () => {
  expect([...new FrameParser().feed('data: "a\u2028b"\n\n')]).toMatchObject([{ data: '"a\u2028b"' }]);
});

it('what the stream ends in the middle of is no frame', () => {
  expect([...new FrameParser().feed('id: 1-0\ndata: {}\n')]).toEqual([]);
});

it('a frame is cut only when it is asked for, so that a flood can be taken in between other work', () => {
  const frames = new FrameParser().feed('data: first\n\ndata: second\n\n');
  expect(frames.next().value).toMatchObject({ data: 'first' });
  expect(frames.next().value).toMatchObject({ data: 'second' });
  expect(frames.next().done).toBe(true);
});
