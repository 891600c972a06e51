import { createHash } from 'node:crypto';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Linked, useMessages, waId, WHOLE_BUILDS } from './messages-fixture.ts';

const BOB = '491799999999';
const CHAT = `${BOB}@c.us`;
const MEGABYTE = 1024 * 1024;

/** Reads a file from the page to its end. */
async function read({ ask }: Linked, handle: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for (let size = 0; ;) {
    const { piece, done } = await ask('mediaRead', { handle, bytes: 8 * MEGABYTE });
    expect(piece.byteLength).toBeLessThanOrEqual(MEGABYTE);
    hash.update(piece);
    size += piece.byteLength;
    if (done) return { size, sha256: hash.digest('base64') };
  }
}

describe.each(WHOLE_BUILDS)('media on the page of build %s', (build) => {
  const fixture = useMessages();

  it('go out by their paths, once, and as what they are meant to be', async () => {
    const { ask, phone, subject } = await fixture.link({ build });
    const path = join(fixture.chromium.registryDir, '..', 'a-file');
    await writeFile(path, 'the bytes', { mode: 0o600 });
    const media = { kind: 'media', path, mimetype: 'image/png', filename: 'a.png', size: 9 } as const;
    const sends = [
      { waId: waId(1), chatId: CHAT, content: { ...media, caption: 'Look' } },
      { waId: waId(2), chatId: CHAT, content: { ...media, as: 'document' } },
      { waId: waId(3), chatId: CHAT, content: { ...media, mimetype: 'audio/ogg', as: 'voice' } },
      { waId: waId(4), chatId: CHAT, content: { ...media, as: 'viewOnce' } },
    ] as const;
    for (const send of [...sends, sends[0]]) expect(await ask('send', send)).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => phone.sent().length).toBe(4);
    expect(phone.arrivals()).toEqual([waId(1), waId(2), waId(3), waId(4)]);
    expect(phone.sent().map(({ type, extra }) => ({ type, extra }))).toMatchObject([
      { type: 'image', extra: { caption: 'Look', mimetype: 'image/png', size: 9 } },
      { type: 'document', extra: { filename: 'a.png' } },
      { type: 'ptt' },
      { type: 'image', extra: { isViewOnce: true } },
    ]);
    const [first] = phone.sent();
    expect(first && phone.fileOf(first).sha256).toBe(createHash('sha256').update('the bytes').digest('base64'));

    // A file that the page can make nothing of, and one that is not as it was announced.
    expect(
      await ask('send', { waId: waId(5), chatId: CHAT, content: { ...media, mimetype: 'image/broken' } }),
    ).toMatchObject({ kind: 'refused', code: 'MEDIA_REFUSED' });
    expect(await ask('send', { waId: waId(6), chatId: CHAT, content: { ...media, size: 10 } })).toMatchObject({
      kind: 'refused',
      code: 'MEDIA_REFUSED',
    });
    expect(phone.sent()).toHaveLength(4);
    await rm(path);
    expect(subject.key).not.toBe('');
  });

  it('come in in pieces, are sent again by the phone, and are gone when they are gone', async () => {
    const linked = await fixture.link({ build });
    const { ask, phone, next } = linked;
    const file = await phone.uploads('application/pdf', new Uint8Array(3 * MEGABYTE + 7).fill(7));
    phone.receives({
      from: BOB,
      text: 'A file',
      type: 'document',
      media: { mimetype: 'application/pdf', file, filename: 'a.pdf' },
    });
    const { message } = await next('message');
    expect(message).toMatchObject({
      type: 'document',
      body: 'A file',
      media: {
        mimetype: 'application/pdf',
        size: file.size,
        filename: 'a.pdf',
        sha256: Buffer.from(file.sha256, 'base64').toString('hex'),
      },
    });
    phone.shelves(file.id, 'expired');
    expect(await ask('mediaOpen', { messageId: message.id })).toEqual({ kind: 'reuploading' });
    expect(await ask('mediaOpen', { messageId: message.waId })).toEqual({ kind: 'reuploading' });
    await expect.poll(() => phone.actions()).toContainEqual({ kind: 'reupload', data: { id: file.id } });
    phone.shelves(file.id, 'there');
    phone.happens({ kind: 'media', id: file.id });
    await expect
      .poll(async () => (await ask('mediaOpen', { messageId: message.id })).kind, { timeout: 30_000 })
      .toBe('open');
    const opened = await ask('mediaOpen', { messageId: message.id });
    if (opened.kind !== 'open') throw new Error(`It is ${opened.kind}`);
    expect(opened).toMatchObject({ size: file.size, mimetype: 'application/pdf', filename: 'a.pdf' });
    expect(await read(linked, opened.handle)).toEqual({ size: file.size, sha256: file.sha256 });
    await ask('mediaClose', { handle: opened.handle });
    phone.shelves(file.id, 'gone');
    phone.happens({ kind: 'media', id: file.id });
    await expect
      .poll(async () => (await ask('mediaOpen', { messageId: message.id })).kind, { timeout: 30_000 })
      .toBe('expired');
    expect(await ask('mediaOpen', { messageId: waId(9) })).toEqual({ kind: 'not_found' });
  });
});

describe('large media', () => {
  const fixture = useMessages();

  it.each([60, 250])('pass at %i MB, both ways, with the memory of this process flat', async (megabytes) => {
    const linked = await fixture.link({ build: '2026-09' });
    const { ask, phone, next } = linked;
    const path = join(fixture.chromium.registryDir, '..', 'large');
    const written = await open(path, 'w', 0o600);
    const block = Buffer.alloc(MEGABYTE, 5);
    for (let number = 0; number < megabytes; number += 1) await written.write(block);
    await written.close();
    const size = megabytes * MEGABYTE;
    const before = process.memoryUsage().rss;
    let most = before;
    const watching = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss);
    }, 20);
    const content = { kind: 'media', path, mimetype: 'video/mp4', filename: 'a.mp4', size, as: 'document' } as const;
    expect(await ask('send', { waId: waId(1), chatId: CHAT, content })).toMatchObject({ kind: 'accepted' });
    await expect.poll(() => phone.sent().length, { timeout: 60_000 }).toBe(1);
    const [sent] = phone.sent();
    expect(sent && phone.fileOf(sent).size).toBe(size);

    const file = await phone.uploads('video/mp4', path);
    phone.receives({ from: BOB, text: '', type: 'video', media: { mimetype: 'video/mp4', file } });
    const { message } = await next('message');
    const opened = await ask('mediaOpen', { messageId: message.id });
    if (opened.kind !== 'open') throw new Error(`It is ${opened.kind}`);
    expect(await read(linked, opened.handle)).toEqual({ size, sha256: file.sha256 });
    clearInterval(watching);
    // The test's own server streams in this process too.
    const raised = Math.round((most - before) / MEGABYTE);
    expect(raised, 'megabytes more').toBeLessThanOrEqual(60);
  });
});
