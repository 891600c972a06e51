import { expect, it } from 'vitest';

import type { Session } from '../../src/domain/session.ts';
import { openIncomingMedia } from '../../src/messaging/incoming-media.ts';
import type { RemoteDevices } from '../../src/messaging/remote-devices.ts';

const SESSION = { state: 'ready' } as Session; // all that is read of it

/** A page with media that say to be so large, and give that many pieces of 100 bytes. */
function pageWith(size: number | null, pieces: number) {
  const asked: string[] = [];
  let left = pieces;
  const answers: Record<string, () => unknown> = {
    mediaOpen: () => ({ kind: 'open', handle: 'h', size, mimetype: 'image/png' }),
    mediaRead: () => ({ piece: new Uint8Array(100), done: (left -= 1) === 0 }),
    mediaClose: () => undefined,
  };
  const call = async (_session: Session, name: string) => {
    asked.push(name);
    return answers[name]?.();
  };
  // The answers are those of the table of calls.
  const devices = { call } as unknown as Pick<RemoteDevices, 'call'>;
  return { asked, open: () => openIncomingMedia(devices, SESSION, { messageId: 'm', mostBytes: 250 }) };
}

it('what is too large by its sender’s own word is refused before a byte of it is read', async () => {
  const { open, asked } = pageWith(300, 3);
  await expect(open()).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect(asked).toEqual(['mediaOpen', 'mediaClose']);
});

it('what turns out larger than was said is broken off and closed', async () => {
  const { open, asked } = pageWith(null, 4);
  const media = await open();
  if (media.kind !== 'open') throw new Error('It is not open.');
  await expect(new Response(media.stream).arrayBuffer()).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  expect(asked).toEqual(['mediaOpen', 'mediaRead', 'mediaRead', 'mediaRead', 'mediaClose']);
});

it('what fits is streamed whole and closed', async () => {
  const { open, asked } = pageWith(200, 2);
  const media = await open();
  if (media.kind !== 'open') throw new Error('It is not open.');
  expect((await new Response(media.stream).arrayBuffer()).byteLength).toBe(200);
  expect(asked.at(-1)).toBe('mediaClose');
});
